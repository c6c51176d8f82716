"""Breaches, assessments, notices and the timeline in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, literal, select, text, tuple_, update

from app.audit.tables import audit_events
from app.breaches.tables import breach_assessments, breach_events, breach_notices, breach_numbers, breaches
from app.customers.repository import upsert_into
from app.db import new_id

OPEN = text("closed_at IS NULL")
"""In constants, as the partial index knows it."""


def next_number(connection: Connection, year: int) -> str:
    """The next number of the year, without gaps among what is committed."""
    statement = upsert_into(connection, breach_numbers).values(year=year, last=1)
    statement = statement.on_conflict_do_update(index_elements=["year"], set_={"last": breach_numbers.c.last + 1})
    last = connection.execute(statement.returning(breach_numbers.c.last)).scalar_one()
    return f"B-{year}-{last:04d}"


def add_breach(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a breach."""
    connection.execute(insert(breaches).values(**values))


def breach(connection: Connection, name: UUID | str, *, lock: bool = False) -> Row[Any] | None:
    """One breach by id or number, optionally locked until the transaction ends."""
    c = breaches.c
    query = select(breaches).where(c.id == name if isinstance(name, UUID) else c.number == name)
    return connection.execute(query.with_for_update() if lock else query).first()


def change_breach(connection: Connection, breach_id: UUID, values: dict[str, Any]) -> None:
    """Change a breach and count its version up."""
    statement = update(breaches).where(breaches.c.id == breach_id)
    connection.execute(statement.values(version=breaches.c.version + 1, **values))


def list_breaches(
    connection: Connection,
    is_open: bool | None,
    due_before: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Breaches by the end of their period; `is_open` None means all."""
    c = breaches.c
    query = select(breaches).order_by(c.due_at, c.id).limit(limit)
    if is_open is not None:
        query = query.where(OPEN if is_open else c.closed_at.is_not(None))
    if due_before is not None:
        query = query.where(c.due_at < due_before)
    if after is not None:
        query = query.where(
            tuple_(c.due_at, c.id) > tuple_(literal(after[0], c.due_at.type), literal(after[1], c.id.type))
        )
    return connection.execute(query).all()


def add_assessment(connection: Connection, values: dict[str, Any]) -> None:
    """Append an assessment."""
    connection.execute(insert(breach_assessments).values(id=new_id(), **values))


def assessments(connection: Connection, breach_id: UUID) -> Sequence[Row[Any]]:
    """All assessments, oldest first; the last stands."""
    c = breach_assessments.c
    return connection.execute(select(breach_assessments).where(c.breach_id == breach_id).order_by(c.id)).all()


def add_notice(connection: Connection, values: dict[str, Any]) -> None:
    """Append a notification, or words for people."""
    connection.execute(insert(breach_notices).values(id=new_id(), **values))


def notices(connection: Connection, breach_id: UUID) -> Sequence[Row[Any]]:
    """Everything written to the authority and for people, oldest first."""
    c = breach_notices.c
    return connection.execute(select(breach_notices).where(c.breach_id == breach_id).order_by(c.id)).all()


def add_event(connection: Connection, values: dict[str, Any]) -> UUID:
    """Append to the timeline; the entry's id."""
    event_id = new_id()
    connection.execute(insert(breach_events).values(id=event_id, **values))
    return event_id


def event(connection: Connection, event_id: UUID) -> Row[Any]:
    """One entry of the timeline, with the number of its breach; entries are never deleted."""
    query = select(breach_events, breaches.c.number).join(breaches, breaches.c.id == breach_events.c.breach_id)
    return connection.execute(query.where(breach_events.c.id == event_id)).one()


def events(connection: Connection, breach_id: UUID) -> Sequence[Row[Any]]:
    """The timeline, oldest first."""
    c = breach_events.c
    return connection.execute(select(breach_events).where(c.breach_id == breach_id).order_by(c.id)).all()


def subject_key_of_case(connection: Connection, request_id: UUID) -> UUID | None:
    """The subject key that the trail of an executed request names; it outlives the link to the person."""
    c = audit_events.c
    query = select(c.subject_key).where(
        c.action == "execute",
        c.entity == "subject_request",
        c.entity_id == str(request_id),
        c.subject_key.is_not(None),
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()
