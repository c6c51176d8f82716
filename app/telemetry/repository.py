"""What waits in the register, counted for metrics; numbers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, case, func, select, text

from app.breaches.tables import breach_people, breaches
from app.notifications.tables import notifications
from app.policy.notifications import CLOSED, Progress
from app.policy.requests import State
from app.subject_requests.tables import envelopes, leases, subject_requests
from app.upkeep import repository as upkeep

OPEN = tuple(state.value for state in State if state not in {State.COMPLETED, State.WITHDRAWN})


OPEN_STATES = sorted(set(Progress) - CLOSED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open requests by due date and right, executions whose delay has run out, recipients unanswered, leases."""

    open_requests: Sequence[tuple[date, str, int]]
    executions_due: int
    oldest_execution_at: datetime | None
    open_letters: int
    notifications: Sequence[tuple[str, str, int, int]]
    """By recipient and state: how many are open, and how many of them are overdue."""
    oldest_trace_at: datetime | None
    leases_until: Mapping[str, datetime]
    breaches_due: Sequence[datetime]
    breaches_settled: int
    people_to_tell: int


def waiting(connection: Connection, now: datetime) -> Waiting:
    """Count what waits at the instant `now`; each question is answered from an index or a small table."""
    c = subject_requests.c
    opened = (
        select(c.due_on, c.right, func.count())
        .where(c.state.in_(OPEN), c.channel != "inactivity")
        .group_by(c.due_on, c.right)
    )
    due = select(func.count(), func.min(c.execute_after)).where(c.state == "decided", c.execute_after <= now)
    sealed = select(func.count()).where(envelopes.c.destroyed_at.is_(None))
    n = notifications.c
    late = func.sum(case((n.due_on < now.date(), 1), else_=0))
    told = (
        select(n.recipient, n.state, func.count(), late).where(n.state.in_(OPEN_STATES)).group_by(n.recipient, n.state)
    )
    count, oldest = connection.execute(due).one()
    opened_breaches = connection.execute(
        select(breaches.c.due_at, breaches.c.clock_runs).where(text("closed_at IS NULL"))
    ).all()
    untold = select(func.count()).select_from(breach_people).where(text("state = 'to_tell'"))
    return Waiting(
        open_requests=[(day, right, number) for day, right, number in connection.execute(opened)],
        executions_due=count,
        oldest_execution_at=oldest,
        open_letters=connection.execute(sealed).scalar_one(),
        notifications=[tuple(row) for row in connection.execute(told)],
        oldest_trace_at=upkeep.oldest(connection),
        leases_until=dict(connection.execute(select(leases.c.name, leases.c.until)).all()),
        breaches_due=[due_at for due_at, runs in opened_breaches if runs],
        breaches_settled=sum(not runs for _, runs in opened_breaches),
        people_to_tell=connection.execute(untold).scalar_one(),
    )
