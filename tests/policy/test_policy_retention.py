"""How long accounting material stays: KPL 2:10 § by both profiles, and another country's rule as data."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.retention import (
    AccountingPeriod,
    AccountingRules,
    FinancialYear,
    FinancialYears,
    Unclassified,
    accounting_period,
)
from app.policy.vocabulary import Material
from tests.policy.worlds import AS_NOTICE, BY_CLASS, CALENDAR_YEARS, IRISH, KPL, NOTICE, STATUTE, days


def day(text: str) -> date:
    return date.fromisoformat(text)


def period(material: Material, booked: str, years: FinancialYears, rules: AccountingRules) -> AccountingPeriod:
    found = accounting_period(material, day(booked), day(booked), years, rules)
    assert isinstance(found, AccountingPeriod)
    return found


# Booked on, closing day, voucher through, ledger through.
VECTORS = [
    ("2017-04-30", (4, 30), "2023-12-31", "2027-04-30"),
    ("2024-03-31", (3, 31), "2030-12-31", "2034-03-31"),
    ("2026-03-15", (12, 31), "2032-12-31", "2036-12-31"),
    ("2025-12-01", (3, 31), "2032-12-31", "2036-03-31"),
    ("2026-06-30", (6, 30), "2032-12-31", "2036-06-30"),
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[0])
def test_the_statutory_vectors_by_class(vector: tuple[str, tuple[int, int], str, str]) -> None:
    """Vouchers stay six calendar years after the financial year's end, ledgers ten years from it."""
    booked, closing, voucher, ledger = vector
    years = FinancialYears((), closing)
    assert period(Material.VOUCHER, booked, years, STATUTE).until == day(voucher)
    assert period(Material.LEDGER, booked, years, STATUTE).until == day(ledger)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[0])
def test_the_vectors_as_the_notice_promises(vector: tuple[str, tuple[int, int], str, str]) -> None:
    """Both classes stay ten years from the financial year's end, with the statute's date beside."""
    booked, closing, voucher, ledger = vector
    years = FinancialYears((), closing)
    noticed = period(Material.VOUCHER, booked, years, AS_NOTICE)
    assert noticed == AccountingPeriod(day(ledger), day(voucher), KPL, "2:10 §", "as_notice")
    books = period(Material.LEDGER, booked, years, AS_NOTICE)
    assert books == AccountingPeriod(day(ledger), day(ledger), KPL, "2:10 §", "as_notice")


def test_each_period_names_its_law_and_section() -> None:
    """A letter can cite the rule that was used."""
    assert period(Material.VOUCHER, "2026-03-15", CALENDAR_YEARS, STATUTE) == AccountingPeriod(
        day("2032-12-31"), day("2032-12-31"), KPL, "2:10 § 2", "by_class"
    )


def test_oss_records_run_from_the_year_of_the_transaction() -> None:
    """The special scheme counts ten years from the end of the year of the sale, whenever it was booked."""
    found = accounting_period(Material.OSS, day("2026-01-05"), day("2025-12-30"), FinancialYears((), (3, 31)), STATUTE)
    assert isinstance(found, AccountingPeriod)
    assert (found.until, found.section) == (day("2035-12-31"), "Art. 369k")


def test_a_notice_cannot_shorten_a_statute() -> None:
    """Where the class's own period ends later than the notice's, the later date binds and is cited."""
    years = FinancialYears((), (6, 30))
    found = period(Material.OSS, "2026-03-01", years, AS_NOTICE)
    assert found == AccountingPeriod(
        day("2036-12-31"), day("2036-12-31"), "Directive 2006/112/EC", "Art. 369k", "as_notice"
    )


@pytest.mark.parametrize("rules", [AS_NOTICE, STATUTE, IRISH])
def test_unclassified_material_is_a_question(rules: AccountingRules) -> None:
    """Nobody guesses a class: the accountant is asked, whichever profile binds."""
    found = accounting_period(Material.UNCLASSIFIED, day("2026-01-01"), day("2026-01-01"), CALENDAR_YEARS, rules)
    assert isinstance(found, Unclassified)
    assert found.question.endswith("?")


def test_a_second_country_is_only_data() -> None:
    """Seven years from the financial year's end, under another country's Act, needs no code."""
    found = period(Material.VOUCHER, "2026-03-15", FinancialYears((), (3, 31)), IRISH)
    assert found == AccountingPeriod(day("2033-03-31"), day("2033-03-31"), "TCA 1997", "s. 886", "by_class")


def test_a_class_without_a_rule_is_a_question_and_under_the_notice_has_no_statutory_date() -> None:
    """By class, a missing rule must be answered; under the notice, the notice's own period binds."""
    found = accounting_period(Material.LEDGER, day("2026-01-01"), day("2026-01-01"), CALENDAR_YEARS, IRISH)
    assert isinstance(found, Unclassified)
    assert "ledger" in found.question
    noticed = period(Material.LEDGER, "2026-01-01", CALENDAR_YEARS, AccountingRules("as_notice", NOTICE, {}))
    assert (noticed.until, noticed.statutory_until) == (day("2036-12-31"), None)


def test_listed_financial_years_come_first_and_cut_the_derived_ones() -> None:
    """A long year after a change of closing day is listed once; its neighbours do not overlap it."""
    long_year = FinancialYear(day("2025-01-01"), day("2026-06-30"))
    years = FinancialYears((long_year,), (6, 30))
    assert years.containing(day("2026-03-01")) == long_year
    assert years.containing(day("2025-01-01")) == years.containing(day("2026-06-30")) == long_year
    assert years.containing(day("2024-10-01")) == FinancialYear(day("2024-07-01"), day("2024-12-31"))
    assert years.containing(day("2026-07-01")) == FinancialYear(day("2026-07-01"), day("2027-06-30"))
    short_year = FinancialYear(day("2025-01-01"), day("2025-09-30"))
    after = FinancialYears((short_year,), (6, 30)).containing(day("2026-01-01"))
    assert after == FinancialYear(day("2025-10-01"), day("2026-06-30"))


@pytest.mark.parametrize(
    ("booked", "start", "end"),
    [
        ("2027-02-28", "2026-03-01", "2027-02-28"),
        ("2028-02-29", "2027-03-01", "2028-02-29"),
        ("2028-03-01", "2028-03-01", "2029-02-28"),
    ],
)
def test_a_year_may_close_at_the_end_of_february(booked: str, start: str, end: str) -> None:
    """A closing day of 29 February means the last of February, leap year or not."""
    assert FinancialYears((), (2, 29)).containing(day(booked)) == FinancialYear(day(start), day(end))


def test_ten_years_from_a_leap_day_end_on_the_last_of_february() -> None:
    """29 February 2024 plus ten years is a date that exists."""
    found = period(Material.LEDGER, "2024-02-29", FinancialYears((), (2, 29)), STATUTE)
    assert found.until == day("2034-02-28")


def test_the_ends_of_the_calendar_are_no_crash() -> None:
    """Material booked on the first or the last day there is still has a financial year and a period."""
    years = FinancialYears((), (6, 30))
    assert years.containing(date.max) == FinancialYear(day("9999-07-01"), date.max)
    assert years.containing(date.min) == FinancialYear(date.min, date(1, 6, 30))
    for material in BY_CLASS:
        assert period(material, "9999-12-31", years, STATUTE).until == date.max


closings = st.sampled_from(((12, 31), (6, 30), (2, 29), (2, 28), (4, 30)))
listed = st.lists(st.tuples(days, st.integers(0, 500)), max_size=3).map(
    lambda found: tuple(FinancialYear(start, start + timedelta(days=length)) for start, length in found)
)


@given(days, days, closings, listed)
def test_financial_years_contain_their_day_and_agree_with_each_other(
    one: date, other: date, closing: tuple[int, int], explicit: tuple[FinancialYear, ...]
) -> None:
    """Each day has one financial year; two derived years are either the same or apart."""
    years = FinancialYears(explicit, closing)
    first, second = years.containing(one), years.containing(other)
    assert first.start <= one <= first.end
    if first.start <= other <= first.end and not {first, second} & set(explicit):
        assert first == second


@given(st.sampled_from(tuple(BY_CLASS)), days, days, closings)
def test_the_notice_never_keeps_shorter_than_the_statute(
    material: Material, booked: date, transaction: date, closing: tuple[int, int]
) -> None:
    """Under the notice the date that binds is at least the class's own, which is always carried along."""
    years = FinancialYears((), closing)
    noticed = accounting_period(material, booked, transaction, years, AS_NOTICE)
    by_class = accounting_period(material, booked, transaction, years, STATUTE)
    assert isinstance(noticed, AccountingPeriod)
    assert isinstance(by_class, AccountingPeriod)
    assert noticed.statutory_until == by_class.until <= noticed.until
