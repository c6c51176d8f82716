"""What a batch of audience rows changes: new subscribers, consents given, consents withdrawn.

An import adds and never overrules: somebody whom the register knows keeps the contact data it holds, unless
Mailchimp's own row changed later and the person is a mere subscriber. It lifts no suppression and brings
nobody back who was erased later than the row's consent. Who has left and is in no record gets none; only the
keyed hash of the address is suppressed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents.errors import EventReused
from app.consents.first import First, take_first
from app.consents.schemas import ConsentIn, ConsentOut, Evidence, Who
from app.consents.service import take as take_consents
from app.customers import suppression
from app.customers.identity import Address, email_address, reference_hash
from app.customers.record import contact_values, differences, new_values, values_like
from app.customers.repository import touch
from app.customers.schemas import CustomerFields
from app.customers.service import update
from app.db import new_id
from app.errors import Problem
from app.imports import repository
from app.imports.batch import Batch, reason_of
from app.imports.mailchimp import Person
from app.imports.schemas import AudiencePlan, Contact, Outcome, Settled
from app.policy.vocabulary import Channel

CHANNEL = Channel.EMAIL
_SOMEBODY = Who(id=str(UUID(int=0)))


@dataclass(slots=True)
class _Taking:
    """One row on its way in; settled when `outcome` is set, otherwise by its consent events.

    `news` is what the row changes in somebody known, `first` the consent of somebody whom it makes.
    """

    row: Person
    address: Address
    reference: str
    grave: str
    outcome: Outcome | None = None
    reason: str = ""
    fresh: bool = False
    news: dict[str, Any] | None = None
    first: First | None = None
    events: list[ConsentIn] = field(default_factory=list)

    @property
    def hash(self) -> str:
        return self.address.hash

    def settle(self, outcome: Outcome, reason: str) -> None:
        self.outcome, self.reason = outcome, reason


class AudienceBatch:
    """Takes rows in one transaction; made anew for each attempt."""

    def __init__(self, connection: Connection, op: Batch, plan: AudiencePlan, untimed_at: datetime) -> None:
        self._connection, self._op, self._plan, self._untimed_at = connection, op, plan, untimed_at
        self._words = plan.wording.model_dump_json()
        self._words_given = ConsentIn(
            event_id="import:", customer=_SOMEBODY, purpose=plan.purpose, channels=[CHANNEL], action="given",
            wording=plan.wording, collected_via="import", occurred_at=op.at,
        )  # fmt: skip
        self._like: dict[str, Any] | None = None

    def take(self, rows: Sequence[Person]) -> list[Settled]:
        """What became of each row, in their order; the same as if each came by itself."""
        settled: list[Settled] = []
        while len(settled) < len(rows):
            settled += self._take_first(rows[len(settled) :])
        return settled

    def _take_first(self, rows: Sequence[Person]) -> list[Settled]:
        """Take as many of these as do not concern each other; in an ordinary export these are all."""
        taking = list(self._strangers(rows))
        self._look_up(taking)
        changing = next((n for n, t in enumerate(taking) if self._changes(t)), len(taking))
        taking = taking[: changing or 1]
        for t in (t for t in taking if t.outcome is None):
            try:
                self._withdraw(t) if t.row.withdrawn else self._give(t)
            except Problem as problem:
                t.settle("skipped", reason_of(problem))
        repository.add_references(self._connection, self._plan.system, self._bound, self._op.at)
        repository.add_people(self._connection, self._new)
        repository.suppress(self._connection, list(self._leavers.values()), self._op.actor.id, self._op.at)
        self._op.touched(*(row["audit_key"] for row in self._new))
        self._first_consents([t for t in taking if t.first])
        self._consent([t for t in taking if t.outcome is None])
        return [Settled(t.row.part, t.row.line, t.outcome or "known", t.reason) for t in taking]

    def _strangers(self, rows: Sequence[Person]) -> Iterator[_Taking]:
        """The first rows, up to one whose address or reference another has named."""
        named: set[tuple[str, str]] = set()
        for row in rows:
            t = self._begin(row)
            own = {("address", t.hash), ("reference", t.reference)}
            if named & own:
                return
            named |= own
            yield t

    def _begin(self, row: Person) -> _Taking:
        keys = self._op.keys
        address = email_address(keys, row.email)
        reference = row.reference or keys.hash("import-reference", "email", address.normal)[:40]
        return _Taking(row, address, reference, reference_hash(keys, self._plan.system, reference))

    def _look_up(self, taking: Sequence[_Taking]) -> None:
        self._new: list[dict[str, Any]] = []
        self._leavers: dict[str, dict[str, Any]] = {}
        self._bound: dict[str, UUID] = {}
        system = self._plan.system
        hashes = {t.hash for t in taking}
        references = {t.reference for t in taking}
        self._by_reference = repository.people_by_reference(self._connection, system, references)
        self._by_email = repository.people_by_email(self._connection, hashes)
        ids = {i for found in self._by_email.values() for i in found} | set(self._by_reference.values())
        self._rows: dict[UUID, Row[Any]] = repository.people(self._connection, ids)
        graves = hashes | {t.grave for t in taking}
        self._erased = repository.erasures(self._connection, graves)
        self._suppressed = repository.suppressed(self._connection, hashes)

    def _since(self, address_hash: str) -> datetime | None:
        """Since when newsletters to an address are suppressed."""
        written = self._suppressed.get(address_hash)
        held = suppression.since(written, self._plan.purpose, CHANNEL) if written else None
        return held and held[0]

    def _give(self, t: _Taking) -> None:
        known = self._by_reference.get(t.reference)
        if known is not None:
            self._refresh(t, known)
            customer_id: UUID | None = known
        else:
            customer_id = self._behind(t)
        if customer_id is not None and t.outcome is None and t.first is None and t.row.at is not None:
            t.events = [self._given(t, customer_id, t.row.at)]

    def _changes(self, t: _Taking) -> bool:
        """Whether the row gives a known person another address or name, and so may concern any other row."""
        try:
            t.news = self._newer(t)
        except Problem as problem:
            t.settle("skipped", reason_of(problem))
        return t.news is not None

    def _newer(self, t: _Taking) -> dict[str, Any] | None:
        """What the row changes in a subscriber known by its reference: Mailchimp's own row changed later."""
        known = None if t.row.withdrawn else self._by_reference.get(t.reference)
        person, contact = self._rows.get(known) if known else None, t.row.contact
        if person is None or contact is None or person.kind != "subscriber":
            return None
        changed_at = t.row.changed_at()
        if changed_at is None or changed_at <= person.updated_at:
            return None
        values = contact_values(self._op, {"name": contact.name, "email": contact.email})
        values["last_interaction_at"] = person.last_interaction_at
        return values if differences(person, values) else None

    def _refresh(self, t: _Taking, customer_id: UUID) -> None:
        """Somebody known by this reference; their row follows Mailchimp's only if that changed later."""
        person = self._rows.get(customer_id)
        if t.news is not None:
            with self._connection.begin_nested():
                update(self._connection, self._op, customer_id, t.news)
            t.fresh = True
        elif person is not None and person.email_hash != t.hash:
            t.settle("skipped", "address_differs")

    def _behind(self, t: _Taking) -> UUID | None:
        """The one person behind the address, or a new subscriber; None when the row is settled."""
        people = self._by_email.get(t.hash, [])
        if len(people) > 1:
            t.settle("skipped", "several_people")
            return None
        if not people and not self._may_return(t):
            return None
        customer_id: UUID = people[0] if people else self._register(t)
        if people and t.row.at is not None and customer_id in self._rows:
            touch(self._connection, customer_id, t.row.at)
        self._bound[t.reference] = customer_id
        t.fresh = True
        return customer_id

    def _may_return(self, t: _Taking) -> bool:
        erased_at = max((self._erased[grave] for grave in (t.hash, t.grave) if grave in self._erased), default=None)
        if erased_at is not None and t.row.at is not None and t.row.at <= erased_at:
            t.settle("skipped", "older_than_erasure")
            return False
        if self._since(t.hash) is not None:
            t.settle("skipped", "suppressed")
            return False
        return True

    def _register(self, t: _Taking) -> UUID:
        contact, heard_at, given_at = t.row.contact, t.row.signed_up_at, t.row.at
        assert contact is not None and heard_at is not None and given_at is not None  # noqa: S101, PT018 (it has been read)
        customer_id, at = new_id(), self._op.at
        if self._like is None:
            self._like = self._first_values(contact, heard_at)
        values = values_like(self._op, self._like, contact.name, contact.email, t.address, heard_at)
        values |= {"id": customer_id, "version": 1, "audit_key": new_id(), "created_at": at, "updated_at": at}
        self._new.append(values)
        event_id = self._event_id(t, "given", str(customer_id), self._words)
        t.first = First(event_id, customer_id, given_at, t.row.confirmed_at)
        return customer_id

    def _first_values(self, contact: Contact, at: datetime) -> dict[str, Any]:
        """Of the first subscriber that the batch registers; the others are like them."""
        said = {"kind": "subscriber", "language": self._plan.language, "source": self._plan.source}
        seen = {"interaction": {"kind": "form", "occurred_at": at}}
        return new_values(self._op, CustomerFields.model_validate({**contact.model_dump(), **said, **seen}))

    def _withdraw(self, t: _Taking) -> None:
        at = t.row.at or self._untimed_at
        people = set(self._by_email.get(t.hash, ()))
        known = self._by_reference.get(t.reference)
        if not people and known is None:
            self._suppress_only(t, at)
            return
        if t.row.contact is not None:
            t.events.append(self._withdrawal(t, Who(email=t.row.email), at))
        if known is not None and known not in people:
            t.events.append(self._withdrawal(t, Who(id=str(known)), at))

    def _suppress_only(self, t: _Taking, at: datetime) -> None:
        """Who left and is in no record: the keyed hash of the address, and nothing else."""
        since = self._since(t.hash)
        if since is not None and (t.row.at is None or since >= at):
            t.settle("known", "no_record")
            return
        self._leavers[t.hash] = {
            "address_hash": t.hash, "key_id": self._op.keys.key_id, "purpose": self._plan.purpose, "channel": CHANNEL,
            "state": "suppressed", "origin": "consent_withdrawal", "since": max(at, since or at),
        }  # fmt: skip
        t.settle("taken", "no_record")

    def _given(self, t: _Taking, customer_id: UUID, at: datetime) -> ConsentIn:
        """The consent that a row tells of; put together of what has been validated, since most rows are such."""
        who = str(customer_id)
        said = {
            "event_id": self._event_id(t, "given", who, self._words), "occurred_at": at,
            "customer": _SOMEBODY.model_copy(update={"id": who}),
        }  # fmt: skip
        if t.row.confirmed_at is not None:
            said["evidence"] = Evidence(double_opt_in_confirmed_at=t.row.confirmed_at)
        return self._words_given.model_copy(update=said)

    def _withdrawal(self, t: _Taking, who: Who, at: datetime) -> ConsentIn:
        return ConsentIn(
            event_id=self._event_id(t, "withdrawn", who.id), customer=who, purpose=self._plan.purpose,
            channels=[CHANNEL], action="withdrawn", collected_via="import", occurred_at=at,
        )  # fmt: skip

    def _event_id(self, t: _Taking, action: str, customer_id: str | None, words: str = "") -> str:
        """An id that follows from what the row says, so that the same row is the same event."""
        said = (self._plan.system, self._plan.purpose, action, t.reference, str(t.row.at), customer_id or "", words)
        return f"import:{self._op.keys.hash('import-event', *said)[:48]}"

    def _first_consents(self, taking: Sequence[_Taking]) -> None:
        """Take the consents of those whom these rows have made."""
        refusals = take_first(self._connection, self._op, self._words_given, [t.first for t in taking if t.first])
        for t, problem in zip(taking, refusals, strict=True):
            if problem is None:
                t.settle("taken", t.reason or t.row.note)
            else:
                t.settle("skipped", reason_of(problem))

    def _consent(self, taking: Sequence[_Taking]) -> None:
        """Take all events at once and settle the rows by what became of theirs."""
        events = [event for t in taking for event in t.events]
        outcomes = iter(take_consents(self._connection, self._op, events) if events else ())
        for t in taking:
            self._settle(t, [next(outcomes) for _ in t.events])

    def _settle(self, t: _Taking, outcomes: Sequence[ConsentOut | Problem]) -> None:
        problem = next((o for o in outcomes if isinstance(o, Problem)), None)
        if problem is not None and not isinstance(problem, EventReused):
            t.settle("skipped", reason_of(problem))
            return
        recorded = any(isinstance(o, ConsentOut) and o.status == "recorded" for o in outcomes)
        suppressed = any(isinstance(o, ConsentOut) and o.suppressed for o in outcomes)
        note = "still_suppressed" if suppressed else t.reason or t.row.note
        t.settle("taken" if recorded or t.fresh else "known", note)
