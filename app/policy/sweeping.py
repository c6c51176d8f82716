"""Which accounting material has reached its date, said of many rows at once instead of row by row (Article 5(1)(e)).

A span is a run of booking days that fall into one financial year: whatever was booked in it and is of one class has the
same last day, so one verdict speaks for all of it. The verdict itself is `assess`'s own, of a voucher that stands for
the others; a set-based sweep therefore cannot judge differently from an assessment.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.policy.erasure import assess
from app.policy.holdings import AccountingFacts, ErasureRequest, HeldPurpose, Holding, HoldingKind, Rules
from app.policy.retention import AccountingPeriod, CountedFrom, accounting_period
from app.policy.verdicts import Erase, holding_outcome
from app.policy.vocabulary import ErasureGround, Material


@dataclass(frozen=True, slots=True)
class CutOff:
    """Material of a class that was booked, and transacted, no later than this has reached its date."""

    booked_through: date
    transacted_through: date


@dataclass(frozen=True, slots=True)
class Case:
    """Of a span, the material of one class and of these transaction days, and why it goes."""

    material: Material
    transacted_from: date
    transacted_through: date
    verdict: Erase


@dataclass(frozen=True, slots=True)
class Span:
    """Booking days, both included, with what has reached its date among what was booked on them."""

    booked_from: date
    booked_through: date
    cases: tuple[Case, ...]


def cut_off(material: Material, rules: Rules, today: date) -> CutOff | None:
    """The last days that a class's period lies behind; None for a class that no rule gives a date.

    A period never gets shorter as the days go on, so each last day is found by halving. Where a period counts from
    both days (a notice's beside the statute's), both must have passed.
    """
    earliest = date(1, 1, 1)
    booked = _last_day(lambda day: _is_past(material, day, earliest, rules, today), today)
    transacted = _last_day(lambda day: _is_past(material, earliest, day, rules, today), today)
    return None if booked is None or transacted is None else CutOff(booked, transacted)


def _is_past(material: Material, booked: date, transacted: date, rules: Rules, today: date) -> bool:
    period = accounting_period(material, booked, transacted, rules.financial_years, rules.accounting)
    return isinstance(period, AccountingPeriod) and period.until < today


def _last_day(passed: Callable[[date], bool], today: date) -> date | None:
    """The last day that has passed; None when none has."""
    at = bisect_left(range(1, today.toordinal() + 1), 1, key=lambda n: int(not passed(date.fromordinal(n))))
    return date.fromordinal(at) if at else None


def spans(purposes: tuple[HeldPurpose, ...], rules: Rules, first: date, today: date) -> Iterator[Span]:
    """The spans from the financial year of `first` on, oldest first, that hold anything that has reached its date."""
    cut_offs = {material: found for material in Material if (found := cut_off(material, rules, today))}
    last = max((found.booked_through for found in cut_offs.values()), default=None)
    day = first
    while last is not None and day <= last:
        year = rules.financial_years.containing(day)
        through = min(year.end, last)
        cases = [
            case
            for material, found in cut_offs.items()
            if through <= found.booked_through
            for case in _cases(material, purposes, rules, (day, through), found, today)
        ]
        if cases:
            yield Span(day, through, tuple(cases))
        day = through + timedelta(days=1)


_Days = tuple[date, date]


def _cases(
    material: Material, purposes: tuple[HeldPurpose, ...], rules: Rules, booked: _Days, found: CutOff, today: date
) -> Iterator[Case]:
    for begin, end in _transaction_days(material, rules, booked, found):
        facts = AccountingFacts(material, booked[1], end, "here", None, buyer_printed=True)
        holding = Holding("voucher", HoldingKind.VOUCHER, "", purposes, accounting=facts)
        judged = assess([holding], ErasureRequest(ErasureGround.NO_LONGER_NECESSARY), rules, today)
        verdict = holding_outcome(judged, holding.id)
        if isinstance(verdict, Erase):
            yield Case(material, begin, end, verdict)


def _transaction_days(material: Material, rules: Rules, booked: _Days, found: CutOff) -> Iterator[_Days]:
    """Every day at once where only the booking counts; else year by year, around the years of the booking.

    A voucher that was booked years from its transaction is left to be judged by itself.
    """
    rule = rules.accounting.by_class.get(material)
    binding = [rules.accounting.as_notice, rule] if rules.accounting.profile == "as_notice" else [rule]
    if all(one is None or one.counted_from is not CountedFrom.CALENDAR_YEAR_OF_TRANSACTION for one in binding):
        yield date.min, date.max
        return
    for year in range(booked[0].year - 1, booked[1].year + 2):
        end = min(date(year, 12, 31), found.transacted_through)
        if end >= date(year, 1, 1):
            yield date(year, 1, 1), end
