"""The holiday calendar of the definition: the default for Finland, its eves, any year."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.deadlines import due
from app.register.definition_calendar import HolidayCalendar
from tests.policy.test_policy_deadlines import VECTORS
from tests.register.documents import lumicos

FINLAND = {
    2026: "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-20 10-31 12-06 12-25 12-26",
    2027: "01-01 01-06 03-26 03-28 03-29 05-01 05-06 05-16 06-26 11-06 12-06 12-25 12-26",
    2028: "01-01 01-06 04-14 04-16 04-17 05-01 05-25 06-04 06-24 11-04 12-06 12-25 12-26",
}
EVES = {2026: "06-19 12-24", 2027: "06-25 12-24", 2028: "06-23 12-24"}
YEARS = st.integers(min_value=2018, max_value=2060)


def _days(year: int, text: str) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for day in text.split()}


def _year(calendar: HolidayCalendar, year: int) -> set[date]:
    container = calendar.holidays()
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {day for day in days if day in container and day.year == year}


@pytest.mark.parametrize("year", FINLAND)
def test_public_holidays_in_finland(year: int) -> None:
    """By default exactly the statutory public holidays count; the two eves are working days."""
    assert _year(lumicos().holiday_calendar, year) == _days(year, FINLAND[year])


@pytest.mark.parametrize("year", FINLAND)
def test_eves_by_the_switch(year: int) -> None:
    """With `eves: holidays` Midsummer Eve and Christmas Eve count too, and nothing else is added."""
    with_eves = HolidayCalendar(country="FI", eves="holidays")
    assert _year(with_eves, year) == _days(year, FINLAND[year]) | _days(year, EVES[year])


@given(YEARS)
def test_the_eves_are_the_only_difference_in_any_year(year: int) -> None:
    """In every year the switch adds Christmas Eve and the Friday before Midsummer Day, and no other day."""
    with_eves = _year(HolidayCalendar(country="FI", eves="holidays"), year)
    added = sorted(with_eves - _year(HolidayCalendar(country="FI"), year))
    assert [(day.month, day.weekday() == 4) for day in added if day.month == 6] == [(6, True)]
    assert added[1:] == [date(year, 12, 24)]


def test_a_deadline_rolls_past_the_holidays() -> None:
    """The container serves `policy.deadlines`: a month from 6 March 2026 ends after Easter Monday."""
    assert due(date(2026, 3, 6), 1, lumicos().holidays()) == date(2026, 4, 7)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[0])
def test_the_statutory_vectors_under_both_eve_policies(vector: tuple[str, ...]) -> None:
    """The same by the calendar that a definition really has: only one vector knows an eve, and only its first date."""
    received, _, first, with_eves, _, extended = map(date.fromisoformat, vector)
    for eves, expected in (("working_days", first), ("holidays", with_eves)):
        holidays = HolidayCalendar.model_validate({"country": "FI", "eves": eves}).holidays()
        assert (due(received, 1, holidays), due(received, 3, holidays)) == (expected, extended)


def test_only_dates_are_in_the_calendar() -> None:
    """Something that is no date is not a holiday, and asking raises nothing."""
    assert "2026-12-25" not in lumicos().holidays()
    assert datetime(2026, 12, 25, 12) not in lumicos().holidays()  # noqa: DTZ001 (a naive one is the point)
