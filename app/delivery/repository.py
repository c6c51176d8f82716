"""What delivery asks the database besides the outbox itself."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, update

from app.consents.tables import consent_states
from app.customers.tables import customer_references, customers
from app.db import one_of
from app.notifications.tables import notification_attempts, notifications
from app.policy.notifications import CLOSED, Act, Progress
from app.processors.tables import processors
from app.subject_requests.tables import subject_requests


def case_numbers(connection: Connection, request_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of these cases."""
    c = subject_requests.c
    query = select(c.id, c.case_number).where(c.id.in_(sorted(request_ids)))
    return {row.id: row.case_number for row in connection.execute(query)} if request_ids else {}


def living(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """The records of those of the people who have not been erased."""
    c = customers.c
    query = select(customers).where(one_of(connection, c.id, customer_ids), c.erased_at.is_(None))
    return {row.id: row for row in connection.execute(query)} if customer_ids else {}


def references(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Under which ids systems know these people, as `system id`."""
    c = customer_references.c
    query = select(c.customer_id, c.system, c.external_id).where(one_of(connection, c.customer_id, customer_ids))
    found: dict[UUID, list[str]] = {}
    for row in connection.execute(query.order_by(c.system, c.external_id)) if customer_ids else ():
        found.setdefault(row.customer_id, []).append(f"{row.system} {row.external_id}")
    return found


def consent_states_of(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
    """Where these people's consents stand."""
    c = consent_states.c
    query: Select[Any] = select(c.customer_id, c.purpose, c.channel, c.action, c.recorded_at)
    found: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(query.where(one_of(connection, c.customer_id, customer_ids))) if customer_ids else ():
        found.setdefault(row.customer_id, []).append(row)
    return found


def memory_before(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """What the connector wished to be kept when the restriction began that is lifted now."""
    c = notifications.c
    query = select(c.memory).where(
        c.customer_id == row.customer_id,
        c.recipient == row.recipient,
        c.act == Act.RESTRICTION.value,
        c.request_id == row.request_id,
    )
    return connection.execute(query.order_by(c.id.desc()).limit(1)).scalar() or {}


def legal_name(connection: Connection, processor_id: UUID | None) -> str | None:
    """The legal entity behind a recipient, or the name it goes by."""
    if processor_id is None:
        return None
    c = processors.c
    return connection.execute(select(func.coalesce(c.legal_name, c.name)).where(c.id == processor_id)).scalar()


def end_attempts(
    connection: Connection, ids: Sequence[UUID], worker: str, at: datetime, outcome: str, code: str | None
) -> None:
    """Record how the attempts that this worker has begun ended."""
    c = notification_attempts.c
    mine = update(notification_attempts).where(c.notification_id.in_(ids), c.worker == worker, c.ended_at.is_(None))
    connection.execute(mine.values(ended_at=at, outcome=outcome, code=code))


def listed(
    connection: Connection,
    states: Collection[Progress],
    recipient: str | None,
    overdue_before: date | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """A page of the outbox, oldest first: of all states, or of these, each of which its index has in that order."""
    c = notifications.c
    query = select(notifications, subject_requests.c.case_number).outerjoin(
        subject_requests, subject_requests.c.id == c.request_id
    )
    query = query.order_by(c.id).limit(limit)
    if recipient is not None:
        query = query.where(c.recipient == recipient)
    if after is not None:
        query = query.where(c.id > after)
    if overdue_before is not None:
        states = (set(states) or set(Progress)) - CLOSED
        query = query.where(c.due_on < overdue_before)
    elif not states:
        return connection.execute(query).all()
    rows = [row for state in states for row in connection.execute(query.where(c.state == state))]
    return sorted(rows, key=lambda row: str(row.id))[:limit]


def with_case(connection: Connection, notification_id: UUID) -> Row[Any] | None:
    """One notification with the number of its case."""
    c = notifications.c
    query = select(notifications, subject_requests.c.case_number).outerjoin(
        subject_requests, subject_requests.c.id == c.request_id
    )
    return connection.execute(query.where(c.id == notification_id)).first()
