"""Requests and notifications as cases, of which figures are made."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from app.policy.notifications import Progress, is_closed
from app.policy.requests import State
from app.reports.figures import Case

DONE = "done"
"""A ban or a withdrawal takes effect on receipt (Art. 21(3), 7(3)): nobody decides it."""


def requests(rows: Iterable[Row[Any]], zone: ZoneInfo) -> Iterator[Case]:
    """Requests: answered when the letter left, or closed without one, whichever came first."""
    for row in rows:
        closed_on = None if row.closed_at is None else row.closed_at.astimezone(zone).date()
        outcome = State.WITHDRAWN if row.state == State.WITHDRAWN else row.outcome or DONE
        days = [day for day in (row.letter_sent_on, closed_on) if day is not None]
        yield Case(row.right, str(outcome), row.received_on, row.due_on, min(days, default=None))


def notifications(rows: Iterable[Row[Any]], zone: ZoneInfo) -> Iterator[Case]:
    """What recipients were told, from the day it was sent; or queued, as long as it could not be sent."""
    for row in rows:
        answered = row.closed_at if is_closed(row.state) else None
        began: datetime = row.sent_at or row.queued_at
        on = None if answered is None else answered.astimezone(zone).date()
        yield Case(row.recipient, str(Progress(row.state)), began.astimezone(zone).date(), row.due_on, on)
