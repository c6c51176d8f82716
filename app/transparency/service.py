"""Who consulted or changed what, when and why (Art. 5(2), 15; C-579/21)."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Connection

from app.audit.repository_seals import seals_after
from app.customers.errors import CustomerErased, CustomerNotFound
from app.pagination import Page, Window
from app.register.operation import Operation
from app.transparency import repository
from app.transparency.schemas import AuditEventOut, AuditSealOut


def audit_events(
    connection: Connection,
    op: Operation,
    customer_id: UUID | None,
    client_id: UUID | None,
    action: str | None,
    window: Window,
) -> Page[AuditEventOut]:
    """A page of the trail, oldest first; the look-up itself leaves a row."""
    audit_key = None if customer_id is None else _audit_key(connection, customer_id)
    after = UUID(window.after[0]) if window.after else None
    rows = repository.events_after(connection, audit_key, client_id, action, after, window.limit + 1)
    op.audit(connection, "read", "audit", subject_key=audit_key)
    return window.feed([AuditEventOut(**row._mapping) for row in rows], [(str(row.id),) for row in rows])


def audit_seals(connection: Connection, window: Window) -> Page[AuditSealOut]:
    """A page of the chain, from its beginning; it holds no personal data, so looking leaves no row."""
    found = seals_after(connection, int(window.after[0]) if window.after else 0, window.limit + 1)
    return window.feed([AuditSealOut(**asdict(seal)) for seal in found], [(str(seal.number),) for seal in found])


def _audit_key(connection: Connection, customer_id: UUID) -> UUID:
    """The key that links the trail to a person; it went with an erasure."""
    row = repository.audit_key_of(connection, customer_id)
    if row is None:
        raise CustomerNotFound
    if row.audit_key is None:
        raise CustomerErased
    key: UUID = row.audit_key
    return key
