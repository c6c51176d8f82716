"""API clients: make, list, rotate, withdraw; the bootstrap owner. Lives above `auth` because each change is audited."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.auth import repository
from app.auth.actor import new_token, token_hash
from app.auth.errors import ClientInvalid, ClientNotFound, ClientWithdrawn, LastOwner
from app.auth.roles import INTEGRATION_ROLES, SCOPES, Role
from app.auth.schemas import ClientEmail, ClientMade, ClientNew, ClientOut, FormerToken, TokenNew
from app.db import new_id
from app.errors import Unauthorized
from app.pagination import Page, Window
from app.register.errors import PurposeUnknown
from app.register.operation import Operation

BOOTSTRAP_NAME = "owner"


def values_of(new: ClientNew, token: str, at: datetime) -> dict[str, Any]:
    """The row of a new client; raises `ClientInvalid` when role, employment and systems do not fit together."""
    integration = new.role in INTEGRATION_ROLES
    if integration and new.employment is not None:
        raise ClientInvalid("an integration has no employment")
    if not integration and new.employment is None:
        raise ClientInvalid("a person is an employee, a trainee or a partner's staff (F85)")
    if integration and new.email is not None:
        raise ClientInvalid("only people are written to")
    if not integration and new.systems:
        raise ClientInvalid("only integrations own reference systems")
    if new.role in {Role.WEBSHOP, Role.BOOKING} and not new.systems:
        raise ClientInvalid("this role needs the reference system it owns")
    _must_lie_ahead(new.expires_at, at)
    return {
        "id": new_id(),
        "name": new.name,
        "kind": "integration" if integration else "person",
        "role": new.role,
        "employment": new.employment,
        "email": new.email,
        "systems": sorted(set(new.systems)),
        "default_purpose": new.default_purpose,
        "token_hash": token_hash(token),
        "created_at": at,
        "expires_at": new.expires_at,
    }


def _must_lie_ahead(expires_at: datetime | None, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        raise ClientInvalid("the token would have run out already")


def make(connection: Connection, op: Operation, new: ClientNew) -> ClientMade:
    """Make a client; its token is in this answer and nowhere else."""
    op.actor.must_be_person()
    if new.default_purpose is not None and op.definition.purpose(new.default_purpose) is None:
        raise PurposeUnknown
    token = new_token()
    values = values_of(new, token, op.at)
    repository.add_client(connection, values)
    op.audit(connection, "make", "api_client", values["id"], details={"role": values["role"]})
    return _made(connection, op, values["id"], token)


def reread(connection: Connection, op: Operation, client_id: UUID) -> ClientMade:
    """The client again, for a repeated Idempotency-Key; the token is not shown twice."""
    op.audit(connection, "read", "api_client", client_id)
    return _made(connection, op, client_id, None)


def _made(connection: Connection, op: Operation, client_id: UUID, token: str | None) -> ClientMade:
    return ClientMade(**_members(_there(connection, client_id), op.at), token=token)


def _there(connection: Connection, client_id: UUID) -> Row[Any]:
    row = repository.client(connection, client_id)
    if row is None:
        raise ClientNotFound
    return row


_NAMED = (
    *("id", "name", "kind", "employment", "email", "systems", "default_purpose"),
    *("created_at", "withdrawn_at", "expires_at", "last_used_at"),
)


def _members(row: Row[Any], at: datetime) -> dict[str, Any]:
    role, former = Role(row.role), None
    if row.withdrawn_at is None and row.former_until is not None and row.former_until > at:
        former = FormerToken(until=row.former_until, last_used_at=row.former_used_at)
    own = {name: getattr(row, name) for name in _NAMED}
    return {"role": role, "scopes": sorted(SCOPES[role]), "former_token": former, **own}


def listed(connection: Connection, window: Window, at: datetime) -> Page[ClientOut]:
    """All clients, withdrawn ones too."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository.clients(connection, after, window.limit + 1)
    return window.page([ClientOut(**_members(row, at)) for row in rows], [(str(row.id),) for row in rows])


def rotate(connection: Connection, op: Operation, client_id: UUID, asked: TokenNew) -> ClientMade:
    """Give a client a new token, shown in this answer alone; the present one works on for the overlap."""
    op.actor.must_be_person()
    return _made(connection, op, client_id, new_token_of(connection, op, client_id, asked))


def new_token_of(connection: Connection, op: Operation, client_id: UUID, asked: TokenNew) -> str:
    """The token that a client acts with from now on; raises what stands against it."""
    row = repository.client(connection, client_id)
    if row is None or row.role == Role.BUILTIN:
        raise ClientNotFound
    if row.expires_at is not None and "expires_at" not in asked.model_fields_set:
        raise ClientInvalid("the present token has an end: say when the new one ends, or that it has none (null)")
    _must_lie_ahead(asked.expires_at, op.at)
    op.audit(connection, "rotate", "api_client", client_id)
    token = new_token()
    until = op.at + timedelta(hours=asked.overlap_hours)
    if not repository.rotate_token(connection, client_id, token_hash(token), until, asked.expires_at):
        raise ClientWithdrawn
    return token


def set_email(connection: Connection, op: Operation, client_id: UUID, sent: ClientEmail) -> ClientOut:
    """Where a person is written to about requests they are in charge of; integrations are not."""
    op.actor.must_be_person()
    row = repository.client(connection, client_id)
    if row is None or row.role == Role.BUILTIN:
        raise ClientNotFound
    op.audit(connection, "change", "api_client", client_id, details={"members": ["email"]})
    if not repository.set_email(connection, client_id, sent.email):
        raise ClientInvalid("only people who have not been withdrawn are written to")
    return ClientOut(**_members(_there(connection, client_id), op.at))


def withdraw(connection: Connection, op: Operation, client_id: UUID) -> None:
    """Withdraw a client's tokens at once and for good; the last owner cannot go."""
    op.actor.must_be_person()
    if repository.active_owners(connection, op.at) == {client_id}:
        raise LastOwner
    row = repository.client(connection, client_id)
    if row is None or row.role == Role.BUILTIN:
        raise ClientNotFound
    op.audit(connection, "withdraw", "api_client", client_id)
    repository.withdraw_client(connection, client_id, op.at)


def bootstrap_owner(connection: Connection, token: str, at: datetime) -> bool:
    """Make the first owner, a person, with this token, or give the bootstrap owner this token; True when made.

    A bootstrap owner that was withdrawn, or whose token was rotated, is left alone while an owner is there. Raises
    `Unauthorized` for a token too short to be safe.
    """
    if len(token) < 16:
        raise Unauthorized("a bootstrap token needs 16 characters or more")
    if repository.replace_bootstrap_token(connection, BOOTSTRAP_NAME, token_hash(token)):
        return False
    if repository.active_owners(connection, at):
        return False
    new = ClientNew(name=BOOTSTRAP_NAME, role="owner", employment="employee")
    repository.add_client(connection, {**values_of(new, token, at), "bootstrap": True})
    return True
