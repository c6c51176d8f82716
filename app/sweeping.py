"""Runs a sweep: batch after batch, each a transaction of its own, at a pace that leaves callers alone."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from app.deps import Services
from app.pace import Pace
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers
from app.subject_requests import sweep
from app.subject_requests.sweep import NothingDue, Rule

log = structlog.get_logger("seloste.sweep")

SWEPT = Counter("seloste_swept_rows_total", "Rows erased by the sweep, by rule", ("rule",))
RATE = Gauge("seloste_sweep_rows_per_second", "How fast this process's sweep is going, pauses included; 0 when at rest")
TOLD_EVERY = 10.0
"""Seconds between two lines of progress in the log."""

Asked = Callable[[], Awaitable[bool]]
Progress = Callable[["Report"], None]


@dataclass(slots=True)
class Report:
    """What a sweep has done so far, or with `dry` would do: rows by rule."""

    as_of: date
    dry: bool
    rows: dict[str, int] = field(default_factory=dict)
    batches: int = 0
    seconds: float = 0.0
    finished: bool = False

    @property
    def total(self) -> int:
        """Rows of all rules."""
        return sum(self.rows.values())

    def add(self, rule: str, rows: int) -> None:
        """Count a batch."""
        self.rows[rule] = self.rows.get(rule, 0) + rows


async def _always() -> bool:
    return True


def _nobody(_report: Report) -> None:
    """Nobody watches."""


async def sweep_all(
    served: Services,
    registers: Registers,
    as_of: date | None = None,
    *,
    dry: bool = False,
    may_go_on: Asked = _always,
    progress: Progress = _nobody,
) -> Report:
    """Sweep everything that reaches its date; resumable, because done work is gone.

    Asked between two batches, `may_go_on` may end it early; the report then says that it is not finished.
    """
    op = await builtin_operation(BACKGROUND, served, registers)
    report = Report(as_of or op.today, dry)
    run = _Run(served, registers, report, may_go_on, progress, Pace(served.db))
    try:
        report.finished = await run.all(op)
    finally:
        report.seconds = time.monotonic() - run.began
        RATE.set(0)
    if report.finished:
        op = await builtin_operation(BACKGROUND, served, registers)
        await op.write(sweep.finish, report.as_of, report.rows, dry=dry)
    return report


@dataclass(slots=True)
class _Run:
    served: Services
    registers: Registers
    report: Report
    may_go_on: Asked
    progress: Progress
    pace: Pace
    began: float = field(default_factory=time.monotonic)

    async def all(self, op: Operation) -> bool:
        """Every rule in turn; False when it had to stop."""
        rules = await self.served.db.read(sweep.rules, op, self.report.as_of)
        for rule in rules:
            if self.report.dry:
                self.report.add(rule.name, await self.served.db.read(rule.count, op, self.report.as_of))
            elif not await self._take(rule):
                return False
        return True

    async def _take(self, rule: Rule) -> bool:
        pace, after = self.pace, None
        while True:
            op = await builtin_operation(BACKGROUND, self.served, self.registers)
            with pace.measured():
                try:
                    gone = await op.write(sweep.take, rule, self.report.as_of, pace.limit, after)
                except NothingDue:
                    return True
            self._count(rule, gone.rows)
            after = gone.last
            if after is None:
                return True
            await pace.rest()
            if not await self.may_go_on():
                return False

    def _count(self, rule: Rule, rows: int) -> None:
        report = self.report
        report.add(rule.name, rows)
        report.batches += 1
        report.seconds = time.monotonic() - self.began
        SWEPT.labels(rule.name).inc(rows)
        RATE.set(report.total / report.seconds if report.seconds else 0)
        self.progress(report)


class Telling:
    """Progress as lines of the log, one every few seconds."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def __call__(self, report: Report) -> None:
        """Called after each batch."""
        if time.monotonic() - self._at > TOLD_EVERY:
            self._at = time.monotonic()
            tell("sweeping", report)


def tell(what: str, report: Report) -> None:
    """One line of the log about a sweep."""
    rate = round(report.total / report.seconds) if report.seconds else 0
    facts: dict[str, Any] = {"rows": report.total, "by_rule": report.rows, "batches": report.batches}
    log.info(what, **facts, rows_per_second=rate, seconds=round(report.seconds, 1))
