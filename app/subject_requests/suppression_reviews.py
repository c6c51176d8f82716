"""The yearly review of suppressions (Art. 5(1)(e)): each stands for a ban or a withdrawal, and somebody looks again.

A suppression is kept as long as direct marketing exists, because without it a ban could not be obeyed (Art. 21(3)).
Only the person lifts it, so a review erases nothing: it records that they are needed still, and what stands out, such
as those under a key that the installation no longer uses, which match nobody.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select

from app.customers.tables import suppressions
from app.db import new_id
from app.pagination import Page, Window
from app.policy.deadlines import nominal
from app.register.operation import Operation
from app.subject_requests.schemas_inactivity import ReviewDueOut, ReviewIn, ReviewOut, StandingOut
from app.subject_requests.tables import suppression_reviews


def due(connection: Connection, op: Operation) -> ReviewDueOut:
    """What stands now, and by when it must be looked at again."""
    standing = _standing(connection, op)
    op.audit(connection, "read", "suppression_review")
    due_on = _due_on(connection, op)
    return ReviewDueOut(due_on=due_on, overdue=due_on is not None and due_on < op.today, standing=standing)


def _due_on(connection: Connection, op: Operation) -> date | None:
    """A period after the last review, or after the oldest suppression."""
    last = _newest(connection)
    if last is not None:
        found: date = last.next_on
        return found
    oldest = connection.execute(select(func.min(suppressions.c.since))).scalar()
    if oldest is None:
        return None
    return nominal(oldest.astimezone(op.definition.zone).date(), op.definition.retention.suppression_review_months)


def _newest(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(suppression_reviews).order_by(suppression_reviews.c.id.desc()).limit(1)).first()


def _standing(connection: Connection, op: Operation) -> list[StandingOut]:
    c = suppressions.c
    grouped = (c.purpose, c.channel, c.origin, c.key_id)
    query = select(*grouped, func.count(), func.min(c.since)).where(c.state == "suppressed")
    return [
        StandingOut(
            purpose=purpose, channel=channel, origin=origin, key_id=key, usable=key == op.keys.key_id,
            number=number, oldest_at=oldest,
        )
        for purpose, channel, origin, key, number, oldest in connection.execute(query.group_by(*grouped))
    ]  # fmt: skip


def review(connection: Connection, op: Operation, sent: ReviewIn) -> ReviewOut:
    """A named human has looked: they are needed still, because the bans stand."""
    op.actor.must_be_person()
    values = {
        "id": new_id(),
        "reviewed_on": op.today,
        "next_on": nominal(op.today, op.definition.retention.suppression_review_months),
        "standing": [one.model_dump(mode="json") for one in _standing(connection, op)],
        "reasoning": sent.reasoning,
        "reviewed_by": op.actor.id,
        "reviewed_by_name": op.actor.name,
        "reviewed_at": op.at,
        "register_version": op.register.version,
    }
    connection.execute(insert(suppression_reviews).values(**values))
    op.audit(connection, "review", "suppression_review", values["id"])
    return reread_out(connection, UUID(str(values["id"])))


def reread(connection: Connection, op: Operation, review_id: UUID) -> ReviewOut:
    """The review again, for a repeated Idempotency-Key."""
    op.audit(connection, "read", "suppression_review", review_id)
    return reread_out(connection, review_id)


def reread_out(connection: Connection, review_id: UUID) -> ReviewOut:
    """The review as it was recorded."""
    row = connection.execute(select(suppression_reviews).where(suppression_reviews.c.id == review_id)).one()
    return _out(row)


def listed(connection: Connection, op: Operation, window: Window) -> Page[ReviewOut]:
    """Reviews, oldest first."""
    c = suppression_reviews.c
    query = select(suppression_reviews).order_by(c.id).limit(window.limit + 1)
    if window.after:
        query = query.where(c.id > UUID(window.after[0]))
    rows: Sequence[Row[Any]] = connection.execute(query).all()
    op.audit(connection, "list", "suppression_review")
    return window.page([_out(row) for row in rows], [(str(row.id),) for row in rows])


def _out(row: Row[Any]) -> ReviewOut:
    return ReviewOut(**{name: getattr(row, name) for name in ReviewOut.model_fields})
