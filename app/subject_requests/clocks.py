"""The statutory clock of a request, as the facts stand (Art. 12(3), 12(6), Reg. 1182/71)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.policy.deadlines import Clock, Ending, Extension, Pause, clock, counting
from app.register.definition import Definition
from app.subject_requests.schemas_out import ClockOut


def clock_of(definition: Definition, request: Row[Any], checks: Sequence[Row[Any]], today: date) -> Clock:
    """All dates; an unanswered question counts up to `today`, or to the day the request was closed."""
    extension = None
    if request.extension_sent_on is not None:
        # A request that a replay of the ledger brought back has lost the words, not the notice.
        extension = Extension(request.extension_sent_on, request.extension_reason or "lost")
    until = min(today, request.closed_at.astimezone(definition.zone).date()) if request.closed_at else today
    pauses = [to_pause(check) for check in checks]
    return clock(request.received_on, definition.holidays(), definition.zone, until, pauses, extension=extension)


def to_pause(check: Row[Any]) -> Pause:
    """A recorded question as the policy sees it."""
    ending = Ending(check.ending) if check.ending else None
    return Pause(check.asked_on, check.ended_on or check.sufficient_on, check.reason, ending)


def those_that_count(definition: Definition, request: Row[Any], checks: Sequence[Row[Any]]) -> set[UUID]:
    """The questions that stop the clock: necessary, reasoned, and asked without undue delay."""
    accepted = counting(map(to_pause, checks), request.received_on, definition.holidays())
    return {check.id for check in checks if to_pause(check) in accepted}


def clock_out(request: Row[Any], found: Clock, today: date) -> ClockOut:
    """The answer's form of a clock."""
    done = request.closed_at is not None
    return ClockOut(
        received_on=request.received_on,
        first_due_on=found.first_due_on,
        extended_due_on=found.extended_due_on,
        due_without_pause_on=found.due_without_pause_on,
        due_with_pause_on=found.due_with_pause_on,
        due_on=found.due_on,
        expires_at=found.expires_at,
        paused=found.paused and not done,
        paused_days=found.paused_days,
        extended=found.extended,
        days_left=(found.due_on - today).days,
        overdue=not done and today > found.due_on,
    )
