"""API clients: make, list, withdraw; the bootstrap owner. Lives above `auth` because each change is audited."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.auth import repository
from app.auth.actor import new_token, token_hash
from app.auth.errors import ClientInvalid, ClientNotFound, LastOwner
from app.auth.roles import INTEGRATION_ROLES, SCOPES, Role
from app.auth.schemas import ClientMade, ClientNew, ClientOut
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
    if not integration and new.systems:
        raise ClientInvalid("only integrations own reference systems")
    if new.role in {Role.WEBSHOP, Role.BOOKING} and not new.systems:
        raise ClientInvalid("this role needs the reference system it owns")
    return {
        "id": new_id(),
        "name": new.name,
        "kind": "integration" if integration else "person",
        "role": new.role,
        "employment": new.employment,
        "systems": sorted(set(new.systems)),
        "default_purpose": new.default_purpose,
        "token_hash": token_hash(token),
        "created_at": at,
    }


def make(connection: Connection, op: Operation, new: ClientNew) -> ClientMade:
    """Make a client; its token is in this answer and nowhere else."""
    op.actor.must_be_person()
    if new.default_purpose is not None and op.definition.purpose(new.default_purpose) is None:
        raise PurposeUnknown
    token = new_token()
    values = values_of(new, token, op.at)
    repository.add_client(connection, values)
    op.audit(connection, "make", "api_client", values["id"], details={"role": values["role"]})
    return _made(connection, values["id"], token)


def reread(connection: Connection, op: Operation, client_id: UUID) -> ClientMade:
    """The client again, for a repeated Idempotency-Key; the token is not shown twice."""
    op.audit(connection, "read", "api_client", client_id)
    return _made(connection, client_id, None)


def _made(connection: Connection, client_id: UUID, token: str | None) -> ClientMade:
    row = repository.client(connection, client_id)
    if row is None:
        raise ClientNotFound
    return ClientMade(**_members(row), token=token)


def _members(row: Row[Any]) -> dict[str, Any]:
    role = Role(row.role)
    named = ("id", "name", "kind", "employment", "systems", "default_purpose", "created_at", "withdrawn_at")
    return {"role": role, "scopes": sorted(SCOPES[role]), **{name: getattr(row, name) for name in named}}


def listed(connection: Connection, window: Window) -> Page[ClientOut]:
    """All clients, withdrawn ones too."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository.clients(connection, after, window.limit + 1)
    return window.page([ClientOut(**_members(row)) for row in rows], [(str(row.id),) for row in rows])


def withdraw(connection: Connection, op: Operation, client_id: UUID) -> None:
    """Withdraw a client's token at once and for good; the last owner cannot go."""
    op.actor.must_be_person()
    owners = repository.active_owners(connection)
    row = repository.client(connection, client_id)
    if row is None or row.role == Role.BUILTIN:
        raise ClientNotFound
    if row.role == Role.OWNER and row.withdrawn_at is None and owners == 1:
        raise LastOwner
    op.audit(connection, "withdraw", "api_client", client_id)
    repository.withdraw_client(connection, client_id, op.at)


def bootstrap_owner(connection: Connection, token: str, at: datetime) -> bool:
    """Make the first owner, a person, with this token, or give the bootstrap owner this token; True when made.

    A bootstrap owner that was withdrawn stays so while another owner is there. Raises `Unauthorized` for a token
    too short to be safe.
    """
    if len(token) < 16:
        raise Unauthorized("a bootstrap token needs 16 characters or more")
    if repository.replace_bootstrap_token(connection, BOOTSTRAP_NAME, token_hash(token)):
        return False
    if repository.active_owners(connection):
        return False
    new = ClientNew(name=BOOTSTRAP_NAME, role="owner", employment="employee")
    repository.add_client(connection, {**values_of(new, token, at), "bootstrap": True})
    return True
