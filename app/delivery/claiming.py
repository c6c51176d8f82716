"""Claim what is due, so that of any number of workers one takes it; what a killed worker held comes due again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select, update

from app.db import one_of
from app.notifications.tables import notifications
from app.policy.notifications import Progress


def due_recipients(connection: Connection, now: datetime) -> list[str]:
    """Recipients for whom something is due."""
    c = notifications.c
    query = select(c.recipient).where(c.next_at <= now).distinct().order_by(c.recipient)
    return list(connection.execute(query).scalars())


LOOKED_AT = 4
"""How many due ones are looked at for each that is claimed: some wait for an older one of the same person."""
BEHIND = timedelta(seconds=20)
"""How long one waits that stands behind an older one of the same person."""


def claim(
    connection: Connection, recipient: str, worker: str, now: datetime, limit: int, lease: timedelta
) -> Sequence[Row[Any]]:
    """Take up to `limit` of what is due for a recipient, the longest due first; due again when the lease runs out.

    Of one person at one recipient only the oldest that has not left yet: what is told must arrive in its order. What
    stands behind another is put off a little, so that it does not stand in front of everybody else.
    """
    c = notifications.c
    due: Select[Any] = select(c.id, c.customer_id, c.state).where(c.recipient == recipient, c.next_at <= now)
    looked = due.order_by(c.next_at, c.id).limit(limit * LOOKED_AT).with_for_update(skip_locked=True)
    found = connection.execute(looked).all()
    first = _oldest(connection, recipient, found)
    free = [row.id for row in found if row.state != Progress.QUEUED or first.get(row.customer_id, row.id) == row.id]
    behind = sorted({row.id for row in found} - set(free))
    if behind:
        connection.execute(update(notifications).where(c.id.in_(behind)).values(next_at=now + BEHIND))
    mine = update(notifications).where(c.id.in_(free[:limit])).values(claimed_by=worker, next_at=now + lease)
    return sorted(connection.execute(mine.returning(notifications)).all(), key=lambda row: row.id) if free else []


def _oldest(connection: Connection, recipient: str, rows: Sequence[Row[Any]]) -> dict[UUID, UUID]:
    """Of each person among the rows, which of their notifications to the recipient comes first of those queued."""
    c = notifications.c
    people = sorted({row.customer_id for row in rows if row.customer_id is not None})
    query = select(c.customer_id, c.id).where(one_of(connection, c.customer_id, people))
    query = query.where(c.recipient == recipient, c.state == Progress.QUEUED.value).order_by(c.id.desc())
    return {row.customer_id: row.id for row in connection.execute(query)} if people else {}


def hold(connection: Connection, recipient: str, why: str, now: datetime, again_at: datetime) -> None:
    """Leave everything that is due for a recipient until later, and say why."""
    c = notifications.c
    due = update(notifications).where(c.recipient == recipient, c.next_at <= now)
    connection.execute(due.values(waiting=why, next_at=again_at))


def still_held(connection: Connection, worker: str, rows: Sequence[Row[Any]]) -> dict[Any, Row[Any]]:
    """Those of the rows that this worker still holds, locked; the others have been answered or taken up meanwhile."""
    c = notifications.c
    query = select(notifications).where(c.id.in_([row.id for row in rows]), c.claimed_by == worker).order_by(c.id)
    return {row.id: row for row in connection.execute(query.with_for_update())}
