"""The first day that keeps a customership alive says the same as counting the months from each day (F82, N20)."""

from datetime import date, timedelta

import pytest

from app.policy.customership import active_since
from app.policy.deadlines import nominal

DAYS = [date(2023, 1, 1) + timedelta(days=n) for n in range(800)]
"""A leap year and its neighbours: every end of a month in which another month has no such day."""


@pytest.mark.parametrize("months", [1, 2, 6, 13, 24])
def test_a_customership_is_active_exactly_from_the_first_day_on(months: int) -> None:
    """That day's months have not run out yet, those of the day before it have."""
    firsts = [(day, active_since(day, months)) for day in DAYS]

    assert [day for day, first in firsts if nominal(first, months) < day] == []
    assert [day for day, first in firsts if nominal(first - timedelta(days=1), months) >= day] == []
