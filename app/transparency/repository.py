"""The audit trail, read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, union_all

from app.audit.tables import audit_events, audit_subjects
from app.customers.tables import customers
from app.db import settled_before


def audit_key_of(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The audit key of a person; None when there is no such customer."""
    return connection.execute(select(customers.c.audit_key).where(customers.c.id == customer_id)).first()


def events_after(
    connection: Connection,
    audit_key: UUID | None,
    client_id: UUID | None,
    action: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Audit rows in the order in which they were written."""
    c = audit_events.c
    query = select(audit_events).order_by(c.id).limit(limit)
    if audit_key is not None:
        own = select(c.id).where(c.subject_key == audit_key)
        among_others = select(audit_subjects.c.event_id).where(audit_subjects.c.audit_key == audit_key)
        query = query.where(c.id.in_(union_all(own, among_others)))
    if client_id is not None:
        query = query.where(c.client_id == client_id)
    if action is not None:
        query = query.where(c.action == action)
    if after is not None:
        query = query.where(c.id > after)
    if connection.dialect.name == "postgresql":
        query = query.where(c.id < settled_before())
    return connection.execute(query).all()
