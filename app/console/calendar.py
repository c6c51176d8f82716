"""Deadlines on a calendar: whole weeks from Monday, this month and the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.subject_requests.schemas_out import RequestRow

SHOWN = 2
"""Months: a request has one, and what comes late in this one was received in the last."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day with what is due on it; `outside` belongs to the month before or after."""

    on: date
    outside: bool
    due: Sequence[RequestRow]


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks."""

    first: date
    weeks: Sequence[Sequence[CalendarDay]]


def months(today: date, rows: Iterable[RequestRow], shown: int = SHOWN) -> list[Month]:
    """The month of today and those after it."""
    due: dict[date, list[RequestRow]] = {}
    for row in rows:
        due.setdefault(row.due_on, []).append(row)
    found, first = [], today.replace(day=1)
    for _ in range(shown):
        found.append(Month(first, list(_weeks(first, due))))
        first = following(first)
    return found


def following(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def _weeks(first: date, due: dict[date, list[RequestRow]]) -> Iterable[list[CalendarDay]]:
    monday, end = first - timedelta(days=first.weekday()), following(first)
    while monday < end:
        days = [monday + timedelta(days=n) for n in range(7)]
        outside = [day.month != first.month for day in days]
        yield [CalendarDay(d, out, [] if out else due.get(d, [])) for d, out in zip(days, outside, strict=True)]
        monday += timedelta(days=7)
