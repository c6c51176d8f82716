"""Disputes and legal holds: what is needed to establish, exercise or defend legal claims (Art. 17(3)(e))."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.service import find
from app.db import new_id
from app.pagination import Page, Window
from app.register.operation import Operation
from app.subject_requests import repository
from app.subject_requests.errors import HoldNotFound
from app.subject_requests.schemas import HoldIn
from app.subject_requests.schemas_out import HoldOut


def set_hold(connection: Connection, op: Operation, customer_id: UUID, sent: HoldIn) -> HoldOut:
    """Set a hold: while it stands nothing of the person is erased."""
    op.actor.must_be_person()
    customer = find(connection, op, customer_id)
    values: dict[str, Any] = {
        "id": new_id(),
        "customer_id": customer_id,
        "set_on": op.today,
        "set_by": op.actor.id,
        **sent.model_dump(),
    }
    repository.add_hold(connection, values)
    op.audit(connection, "hold", "legal_hold", values["id"], customer.audit_key)
    return _out(connection, values["id"])


def reread(connection: Connection, op: Operation, hold_id: UUID) -> HoldOut:
    """The hold again, for a repeated Idempotency-Key."""
    op.audit(connection, "read", "legal_hold", hold_id)
    return _out(connection, hold_id)


def listed(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[HoldOut]:
    """The holds in force, oldest first."""
    customer = find(connection, op, customer_id)
    op.audit(connection, "read", "legal_hold", None, customer.audit_key)
    holds = window.rest([HoldOut(**_members(row)) for row in repository.holds_of(connection, customer_id)])
    return window.page(holds, [(str(hold.id),) for hold in holds])


def release(connection: Connection, op: Operation, customer_id: UUID, hold_id: UUID) -> None:
    """Release a hold; the next sweep looks at what it kept."""
    op.actor.must_be_person()
    customer = find(connection, op, customer_id)
    if not repository.release_hold(connection, customer_id, hold_id, op.today):
        raise HoldNotFound
    op.audit(connection, "release", "legal_hold", hold_id, customer.audit_key)


def _out(connection: Connection, hold_id: UUID) -> HoldOut:
    row = repository.hold(connection, hold_id)
    if row is None:
        raise HoldNotFound
    return HoldOut(**_members(row))


def _members(row: Row[Any]) -> dict[str, Any]:
    named = ("id", "kind", "claim", "set_on", "set_by", "review_on", "released_on")
    return {name: getattr(row, name) for name in named}
