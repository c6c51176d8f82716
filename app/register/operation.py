"""An operation: who acts, for which purpose, when, under which version of the definition.

Each request is one operation. It runs functions in a transaction and sees to it that each change and
each read of personal data leaves exactly one audit row; that row is written only while the client's
token is valid and the definition is the newest, checked by the database in the same statement.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Integer, String, Uuid, bindparam

from app.audit.repository import AuditEvent, append, append_subjects, guarded_insert
from app.auth import idempotency
from app.auth.actor import Actor
from app.auth.idempotency import IdempotencyKey
from app.auth.repository import active_client, client_is_active
from app.auth.roles import DEFAULT_NATURE, NATURES
from app.db import Database, Instant, Prepared, new_id
from app.errors import Unauthorized
from app.keys import Keys
from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.register.errors import PurposeNotForRole, PurposeUnknown
from app.register.repository import is_newest
from app.register.versions import Register, Registers

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, "Operation", P], T]

GUARDS = (
    active_client(
        bindparam("audit_client_id", type_=Uuid()),
        bindparam("acting_token", type_=String()),
        bindparam("audit_at", type_=Instant()),
    ),
    is_newest(bindparam("audit_register_version", type_=Integer())),
)
_APPEND = guarded_insert(*GUARDS)


class RegisterChanged(Exception):
    """A newer version of the definition was applied meanwhile; the operation is run again under it."""


class NotAudited(AssertionError):
    """A change was about to be committed without its audit row: a fault of ours, rolled back."""


@dataclass(slots=True)
class Operation:
    """One request's context; `work` functions receive it after the connection."""

    db: Database
    keys: Keys
    registers: Registers
    actor: Actor
    register: Register
    purpose: Purpose
    at: datetime
    key: IdempotencyKey | None = None
    named_purpose: str | None = None
    audited: bool = False

    @property
    def definition(self) -> Definition:
        """The definition in force."""
        return self.register.definition

    @property
    def today(self) -> date:
        """The controller's calendar day."""
        return self.at.astimezone(self.definition.zone).date()

    def start_of(self, day: date) -> datetime:
        """The first instant of a calendar day in the controller's time zone."""
        return datetime.combine(day, time.min, tzinfo=self.definition.zone)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, operation, …)` in one transaction and commit."""
        done: T = await self._persist(self.db.write, work, *args, **kwargs)
        return done

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work`, exactly one changing statement, in autocommit."""
        done: T = await self._persist(self.db.once, work, *args, **kwargs)
        return done

    async def fetch(self, statement: Prepared, event: AuditEvent, **values: Any) -> Sequence[Any]:
        """Run a change that also writes `event` behind `GUARDS`; no rows, and nothing done, when one fails.

        Then the caller goes step by step, which explains what stands against it.
        """
        return await self.db.fetch(statement, {**event.values(), **self._acting, **values})

    async def create(self, work: Work[P, T], reread: Callable[..., T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write`, at most once per Idempotency-Key: a replay answers `reread(connection, operation, id)`."""
        made: T = await self._persist(self.db.write, _keyed(work, reread), *args, **kwargs)
        return made

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query over what is not personal data; the token is checked again first."""

        def guarded(connection: Connection) -> T:
            if not self._may_act(connection):
                raise Unauthorized
            return work(connection, *args, **kwargs)

        return await self.db.read(guarded)

    async def _persist(self, run: Callable[..., Any], work: Any, *args: Any, **kwargs: Any) -> Any:
        def whole(connection: Connection) -> Any:
            self.audited = False
            result = work(connection, self, *args, **kwargs)
            if not self.audited:
                raise NotAudited
            return result

        for _ in range(3):
            try:
                return await run(whole)
            except RegisterChanged:
                self.register = await self.registers.refresh()
                self.purpose = purpose_of(self.actor, self.definition, self.named_purpose)
        return await run(whole)

    def event(
        self,
        action: str,
        entity: str,
        entity_id: object = None,
        subject_key: UUID | None = None,
        outcome: str = "done",
        details: dict[str, Any] | None = None,
    ) -> AuditEvent:
        """The audit row of this operation, not yet written."""
        return AuditEvent(
            id=new_id(),
            at=self.at,
            client_id=self.actor.id,
            role=self.actor.role,
            purpose=self.purpose.code,
            action=action,
            outcome=outcome,
            entity=entity,
            entity_id=None if entity_id is None else str(entity_id),
            subject_key=subject_key,
            register_version=self.register.version,
            details=details,
        )

    def audit(
        self,
        connection: Connection,
        action: str,
        entity: str,
        entity_id: object = None,
        subject_key: UUID | None = None,
        *,
        outcome: str = "done",
        details: dict[str, Any] | None = None,
        subjects: Iterable[UUID] = (),
    ) -> UUID:
        """Write the audit row; raises `Unauthorized` or `RegisterChanged` when a guard does not hold."""
        event = self.event(action, entity, entity_id, subject_key, outcome, details)
        if not append(connection, _APPEND, event, **self._acting):
            self.explain_refusal(connection)
        append_subjects(connection, event.id, subjects)
        self.audited = True
        return event.id

    def explain_refusal(self, connection: Connection) -> None:
        """Raise what the failed guard means."""
        if not self._may_act(connection):
            raise Unauthorized
        raise RegisterChanged

    @property
    def _acting(self) -> dict[str, str]:
        """The bind of `GUARDS` that is none of the audit row's."""
        return {"acting_token": self.actor.token}

    def _may_act(self, connection: Connection) -> bool:
        return client_is_active(connection, self.actor.id, self.actor.token, self.at)


def purpose_of(actor: Actor, definition: Definition, named: str | None) -> Purpose:
    """The purpose an operation is for: the one named, the client's default, or the first that suits its role.

    Raises `PurposeUnknown` (F18: only purposes declared beforehand) and `PurposeNotForRole`.
    """
    code = named or actor.default_purpose
    if code is not None:
        found = definition.purpose(code)
        if found is None:
            raise PurposeUnknown(declared=[purpose.code for purpose in definition.purposes])
        if found.nature not in NATURES[actor.role]:
            raise PurposeNotForRole
        return found
    nature = DEFAULT_NATURE[actor.role]
    return next((p for p in definition.purposes if p.nature == nature), definition.purposes[0])


def _keyed(work: Work[P, T], reread: Callable[..., T]) -> Callable[..., T]:
    def run(connection: Connection, op: Operation, *args: Any, **kwargs: Any) -> T:
        if op.key is None:
            return work(connection, op, *args, **kwargs)
        ids = idempotency.claim(connection, op.key, op.at)
        if ids is not None:
            return reread(connection, op, *(UUID(i) for i in ids))
        result = work(connection, op, *args, **kwargs)
        idempotency.complete(connection, op.key, 201, [str(result.id)])  # type: ignore[attr-defined] # every Out has one
        return result

    return run
