"""Claim what is due, so that of any number of workers one takes it; what a killed worker held comes due again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select, update

from app.notifications.tables import notifications
from app.policy.notifications import Progress


def due_recipients(connection: Connection, now: datetime) -> list[str]:
    """Recipients for whom something is due."""
    c = notifications.c
    query = select(c.recipient).where(c.next_at <= now).distinct().order_by(c.recipient)
    return list(connection.execute(query).scalars())


def claim(
    connection: Connection, recipient: str, worker: str, now: datetime, limit: int, lease: timedelta
) -> Sequence[Row[Any]]:
    """Take up to `limit` of what is due for a recipient, the oldest first; it is due again when the lease runs out.

    Of one person at one recipient only the oldest that has not left yet: what is told must arrive in its order.
    """
    c = notifications.c
    chosen = _due(recipient, now).limit(limit).with_for_update(skip_locked=True).cte("chosen")
    taken = (
        update(notifications)
        .where(c.id.in_(select(chosen.c.id)))
        .values(claimed_by=worker, next_at=now + lease)
        .returning(notifications)
    )
    return sorted(connection.execute(taken).all(), key=lambda row: row.id)


def hold(connection: Connection, recipient: str, why: str, now: datetime, again_at: datetime) -> None:
    """Leave everything that is due for a recipient until later, and say why."""
    c = notifications.c
    due = update(notifications).where(c.recipient == recipient, c.next_at <= now)
    connection.execute(due.values(waiting=why, next_at=again_at))


def _due(recipient: str, now: datetime) -> Select[Any]:
    """What is due, in order. The oldest of a person is asked for row by row, from the index, until there are enough."""
    c, older = notifications.c, notifications.alias("older").c
    oldest = (
        select(older.id)
        .where(
            older.customer_id == c.customer_id,
            older.recipient == c.recipient,
            older.state == Progress.QUEUED.value,
        )
        .order_by(older.id)
        .limit(1)
        .scalar_subquery()
    )
    first = or_(c.customer_id.is_(None), c.state != Progress.QUEUED.value, c.id == oldest)
    return select(c.id).where(c.recipient == recipient, c.next_at <= now, first).order_by(c.next_at, c.id)


def still_held(connection: Connection, worker: str, rows: Sequence[Row[Any]]) -> dict[Any, Row[Any]]:
    """Those of the rows that this worker still holds, locked; the others have been answered or taken up meanwhile."""
    c = notifications.c
    query = select(notifications).where(c.id.in_([row.id for row in rows]), c.claimed_by == worker).order_by(c.id)
    return {row.id: row for row in connection.execute(query.with_for_update())}
