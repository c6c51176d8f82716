"""How long accounting material stays: statutory periods computed from the financial year.

`until` is inclusive: material is retained through that date and may be erased the day after. Which law
applies, for how many years and counted from where is data from the register definition; nothing national is
coded here.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias, assert_never

from app.policy.deadlines import nominal
from app.policy.vocabulary import Material

Profile: TypeAlias = Literal["as_notice", "by_class"]
"""Whether the published notice's one period binds, or the statute's period for each class of material."""


@dataclass(frozen=True, slots=True)
class FinancialYear:
    """One financial year, both days included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class FinancialYears:
    """The controller's financial years: the listed ones first, the rest derived from the closing day.

    A derived year never overlaps a listed one, so a change of the closing day needs only its odd years
    listed.
    """

    explicit: tuple[FinancialYear, ...]
    closing: tuple[int, int]

    def containing(self, day: date) -> FinancialYear:
        """The financial year into which something booked on `day` falls."""
        listed = next((year for year in self.explicit if year.start <= day <= year.end), None)
        if listed is not None:
            return listed
        this_closing = self._closing_in(day.year)
        if day > this_closing:
            start, end = this_closing + timedelta(days=1), self._closing_in(day.year + 1)
        else:
            start, end = _day_after(self._closing_in(day.year - 1)), this_closing
        return FinancialYear(
            max([start, *(_day_after(year.end) for year in self.explicit if year.end < day)]),
            min([end, *(year.start - timedelta(days=1) for year in self.explicit if year.start > day)]),
        )

    def _closing_in(self, year: int) -> date:
        month, day = self.closing
        if year > MAXYEAR:
            return date.max
        if year < MINYEAR:
            return date.min
        return date(year, month, min(day, monthrange(year, month)[1]))


class CountedFrom(StrEnum):
    """The event from which a statutory period runs."""

    FINANCIAL_YEAR_END = "financial_year_end"
    CALENDAR_YEAR_OF_FINANCIAL_YEAR_END = "calendar_year_of_financial_year_end"
    CALENDAR_YEAR_OF_TRANSACTION = "calendar_year_of_transaction"


@dataclass(frozen=True, slots=True)
class AccountingRule:
    """One statutory period; `material` is None for the notice's single period over all classes."""

    material: Material | None
    years: int
    counted_from: CountedFrom
    law: str
    section: str


@dataclass(frozen=True, slots=True)
class AccountingRules:
    """The definition's answer to "how long": the profile that binds, and both sets of periods."""

    profile: Profile
    as_notice: AccountingRule
    by_class: Mapping[Material, AccountingRule]


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """Retained through `until`. `statutory_until` is the class's own date, which the notice may overstate.

    It is None only where the notice's period binds and the definition has no rule for that class.
    """

    until: date
    statutory_until: date | None
    law: str
    section: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Unclassified:
    """Material whose class is not known: a human must answer before anyone may say how long it stays."""

    question: str


def accounting_period(
    material: Material, booked_on: date, transaction_on: date, years: FinancialYears, rules: AccountingRules
) -> AccountingPeriod | Unclassified:
    """How long one piece of accounting material must be kept.

    A notice may promise to keep longer than the statute, but it cannot shorten a legal obligation: where the
    class's own date is later than the notice's, the class's date and section bind.
    """
    if material is Material.UNCLASSIFIED:
        return Unclassified("Which class of accounting material is this: a voucher, a ledger or an OSS record?")
    year, rule = years.containing(booked_on), rules.by_class.get(material)
    statutory = None if rule is None else _until(rule, year, transaction_on)
    match rules.profile:
        case "by_class":
            if rule is None or statutory is None:
                return Unclassified(f"No retention rule is defined for {material}: how long must it stay?")
            return AccountingPeriod(statutory, statutory, rule.law, rule.section, "by_class")
        case "as_notice":
            noticed, binding = _until(rules.as_notice, year, transaction_on), rules.as_notice
            if rule is not None and statutory is not None and statutory > noticed:
                noticed, binding = statutory, rule
            return AccountingPeriod(noticed, statutory, binding.law, binding.section, "as_notice")
        case _ as unreachable:
            assert_never(unreachable)


def _until(rule: AccountingRule, year: FinancialYear, transaction_on: date) -> date:
    match rule.counted_from:
        case CountedFrom.FINANCIAL_YEAR_END:
            return nominal(year.end, rule.years * 12)
        case CountedFrom.CALENDAR_YEAR_OF_FINANCIAL_YEAR_END:
            return _year_end(year.end.year + rule.years)
        case CountedFrom.CALENDAR_YEAR_OF_TRANSACTION:
            return _year_end(transaction_on.year + rule.years)
        case _ as unreachable:
            assert_never(unreachable)


def _year_end(year: int) -> date:
    return date(min(year, MAXYEAR), 12, 31)


def _day_after(day: date) -> date:
    return day if day in (date.min, date.max) else day + timedelta(days=1)
