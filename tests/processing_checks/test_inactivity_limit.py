"""The first day that keeps a customership alive says the same as counting the months from each day (F82, N20)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.policy.deadlines import nominal
from app.processing_checks.people import first_active_day


@given(
    day=st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    months=st.integers(1, 120),
    apart=st.integers(-5, 5),
)
def test_a_day_keeps_it_alive_exactly_from_the_first_on(day: date, months: int, apart: int) -> None:
    """Also where a month has no such day: of 28, 29, 30 and 31 January only the last of February is left."""
    first = first_active_day(day, months)
    last = first + timedelta(days=apart)

    assert (nominal(last, months) >= day) == (last >= first)
