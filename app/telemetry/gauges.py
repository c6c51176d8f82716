"""Prometheus gauges of what waits: asked of the database when somebody scrapes, at most every few seconds.

Every process answers the same numbers for the register and its own for the database connections; over several
processes take `max` of the first and `sum` of the second.
"""

import time
from collections.abc import Iterable
from datetime import date, datetime

from prometheus_client import Gauge

from app.db import Unavailable
from app.deps import Services
from app.policy.breaches import hours_left
from app.policy.vocabulary import Right
from app.register.errors import RegisterMissing
from app.register.versions import Registers
from app.telemetry.repository import Waiting, waiting

BANDS = ((-1, "overdue"), (3, "0-3"), (7, "4-7"), (14, "8-14"))
"""Days left until the due date, up to and including; beyond the last it is `15+`."""
SOON_DAYS = 7
HOURS = ((-1, "overdue"), (11, "0-11"), (23, "12-23"), (47, "24-47"))
"""Whole hours left until the authority must be told of a breach; beyond the last it is `48+`."""
EVERY_SECONDS = 10.0
SWEEP_LEASE = "sweep"
"""The lease that decides which process sweeps; it ends when the next sweep is due."""

UP = Gauge("seloste_database_up", "1 when the database answered this scrape")
CONNECTIONS = Gauge("seloste_database_load", "Connections in use and idle, or writes that wait their turn", ("kind",))
OPEN_REQUESTS = Gauge("seloste_open_requests", "Requests not yet closed, by days left until due", ("days_left",))
OPEN_BY_RIGHT = Gauge(
    "seloste_open_requests_by_right",
    "Requests not yet closed, by right: overdue, due within 7 days, or later",
    ("right", "due"),
)
EXECUTIONS_DUE = Gauge("seloste_executions_due", "Decided erasures whose delay has run out")
EXECUTION_LAG = Gauge("seloste_execution_lag_seconds", "How long the oldest of them has waited")
LETTERS = Gauge("seloste_open_letters", "Letters that an executed request still waits for")
NOTIFICATIONS = Gauge(
    "seloste_open_notifications",
    "What recipients have not answered yet",
    ("recipient", "state"),
)
NOTIFICATIONS_OVERDUE = Gauge("seloste_overdue_notifications", "What recipients should have answered before today")
SWEEP_LAG = Gauge("seloste_sweep_lag_seconds", "How long the daily sweep is overdue; 0 while it is in time")
TRACES = Gauge("seloste_erasure_bytes_age_seconds", "Age of the oldest erasure whose bytes may still be in the files")
OPEN_BREACHES = Gauge(
    "seloste_open_breaches", "Breaches not yet closed, by whole hours left to tell the authority", ("hours_left",)
)
PEOPLE_TO_TELL = Gauge("seloste_breach_people_to_tell", "People affected by a breach who have not been told of it")


class Gauges:
    """Sets the gauges of one app."""

    def __init__(self, served: Services, registers: Registers) -> None:
        self._served = served
        self._registers = registers
        self._asked_at = float("-inf")

    async def refresh(self) -> None:
        """Ask the database, unless it was asked a moment ago; one that is away is told as a gauge, not as a failure."""
        for kind, number in self._served.db.load().items():
            CONNECTIONS.labels(kind).set(number)
        if time.monotonic() - self._asked_at < EVERY_SECONDS:
            return
        now = self._served.clock()
        try:
            found = await self._served.db.read(waiting, now)
            _show(found, now, await self._today(now))
        except Unavailable:
            UP.set(0)
        else:
            UP.set(1)
            self._asked_at = time.monotonic()

    def forget(self) -> None:
        """Ask again at the next scrape."""
        self._asked_at = float("-inf")

    async def _today(self, now: datetime) -> date:
        try:
            zone = (await self._registers.current()).definition.zone
        except RegisterMissing:
            return now.date()
        return now.astimezone(zone).date()


def _show(found: Waiting, now: datetime, today: date) -> None:
    for band, number in by_days_left(((day, number) for day, _, number in found.open_requests), today):
        OPEN_REQUESTS.labels(band).set(number)
    for (right, due), number in by_right(found.open_requests, today).items():
        OPEN_BY_RIGHT.labels(right, due).set(number)
    EXECUTIONS_DUE.set(found.executions_due)
    oldest = found.oldest_execution_at
    EXECUTION_LAG.set((now - oldest).total_seconds() if oldest else 0)
    TRACES.set((now - found.oldest_trace_at).total_seconds() if found.oldest_trace_at else 0)
    LETTERS.set(found.open_letters)
    NOTIFICATIONS.clear()
    for recipient, state, number, _ in found.notifications:
        NOTIFICATIONS.labels(recipient, state).set(number)
    NOTIFICATIONS_OVERDUE.set(sum(late for _, _, _, late in found.notifications))
    for band, number in by_hours_left(found.breaches_due, now):
        OPEN_BREACHES.labels(band).set(number)
    OPEN_BREACHES.labels("settled").set(found.breaches_settled)
    PEOPLE_TO_TELL.set(found.people_to_tell)
    next_sweep = found.leases_until.get(SWEEP_LEASE)
    SWEEP_LAG.set(max(0.0, (now - next_sweep).total_seconds()) if next_sweep else 0)


def by_right(requests: Iterable[tuple[date, str, int]], today: date) -> dict[tuple[str, str], int]:
    """The number of requests for each right that are overdue, due soon or later; rights without any too."""
    counts = {(right.value, due): 0 for right in Right for due in ("overdue", "soon", "later")}
    for due_on, right, number in requests:
        left = (due_on - today).days
        counts[right, "overdue" if left < 0 else "soon" if left <= SOON_DAYS else "later"] += number
    return counts


def by_days_left(requests: Iterable[tuple[date, int]], today: date) -> list[tuple[str, int]]:
    """The number of requests in each band, empty bands too; takes (due date, number) and the controller's day."""
    counts = dict.fromkeys([name for _, name in BANDS] + ["15+"], 0)
    for due_on, number in requests:
        left = (due_on - today).days
        counts[next((name for most, name in BANDS if left <= most), "15+")] += number
    return list(counts.items())


def by_hours_left(due: Iterable[datetime], now: datetime) -> list[tuple[str, int]]:
    """The number of breaches in each band, empty bands too; takes the ends of their periods."""
    counts = dict.fromkeys([name for _, name in HOURS] + ["48+"], 0)
    for due_at in due:
        left = hours_left(due_at, now)
        counts[next((name for most, name in HOURS if left <= most), "48+")] += 1
    return list(counts.items())
