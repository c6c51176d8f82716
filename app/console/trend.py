"""Consents given and withdrawn by month, as bars and as numbers; about nobody in particular."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from app.console import repository
from app.console.flows import purpose_name
from app.register.operation import Operation

MONTHS = 12
BAR, PAIR, TALL = 18, 52, 160


@dataclass(frozen=True, slots=True)
class MonthCount:
    """A month with its two bars."""

    first: date
    x: int
    given: int
    withdrawn: int
    given_height: int
    withdrawn_height: int


@dataclass(frozen=True, slots=True)
class PurposeCount:
    """The same months of one purpose."""

    name: str
    given: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Twelve months, this one the last."""

    months: Sequence[MonthCount]
    purposes: Sequence[PurposeCount]
    highest: int


def trend(connection: Connection, op: Operation, language: str) -> Trend:
    """Counted by when the person said it."""
    firsts = last_months(op.today)
    rows = repository.consents_by_month(connection, [op.start_of(day) for day in firsts], op.at + timedelta(seconds=1))
    counts = [tuple(row)[1:] for row in rows]
    totals = [sum(column) for column in zip(*counts, strict=True)] or [0] * (2 * MONTHS)
    highest = max(*totals, 1)
    months = [
        _month(first, number, totals[2 * number], totals[2 * number + 1], highest)
        for number, first in enumerate(firsts)
    ]
    purposes = [
        PurposeCount(purpose_name(op.definition, row.purpose, language), sum(each[::2]), sum(each[1::2]))
        for row, each in zip(rows, counts, strict=True)
    ]
    return Trend(months, purposes, highest)


def last_months(today: date) -> list[date]:
    """The first days of twelve months, this one the last."""
    firsts = [today.replace(day=1)]
    while len(firsts) < MONTHS:
        firsts.insert(0, (firsts[0] - timedelta(days=1)).replace(day=1))
    return firsts


def _month(first: date, number: int, given: int, withdrawn: int, highest: int) -> MonthCount:
    heights = (round(TALL * given / highest), round(TALL * withdrawn / highest))
    return MonthCount(first, 40 + number * PAIR, given, withdrawn, *heights)
