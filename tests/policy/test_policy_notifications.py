"""Telling recipients: what closes a notification, when it is overdue, how long the next try waits."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.policy.notifications import (
    ACT_OF,
    CLOSED,
    TRIES,
    Progress,
    is_closed,
    is_overdue,
    retry_delay,
)
from app.policy.vocabulary import Right

CHANCES = st.floats(0, 1, exclude_max=True)


def test_sending_closes_nothing() -> None:
    assert {state for state in Progress if not is_closed(state)} == {Progress.QUEUED, Progress.SENT, Progress.FAILED}


def test_what_concerns_nobody_but_the_person_tells_nobody() -> None:
    assert set(Right) - set(ACT_OF) == {Right.ACCESS, Right.PORTABILITY}


@given(st.sampled_from(Progress), st.integers(-40, 40))
def test_overdue_is_open_and_past_its_day(state: Progress, days: int) -> None:
    today = date(2026, 11, 29)
    assert is_overdue(state, today + timedelta(days=days), today) is (state not in CLOSED and days < 0)


@given(st.integers(1, 100), CHANCES, st.none() | st.timedeltas(timedelta(), timedelta(days=7)))
def test_the_next_try_waits_as_long_as_was_asked_and_never_for_ever(
    attempts: int, chance: float, asked: timedelta | None
) -> None:
    delay = retry_delay(attempts, chance, asked)
    assert delay >= (asked or timedelta(seconds=2))
    assert delay <= max(timedelta(hours=12), asked or timedelta())


@given(st.integers(1, 99), CHANCES)
def test_it_grows(attempts: int, chance: float) -> None:
    assert retry_delay(attempts + 1, chance) >= retry_delay(attempts, chance)


def test_the_tries_last_for_days() -> None:
    assert timedelta(days=1) < sum((retry_delay(n, 0.5) for n in range(1, TRIES)), timedelta()) < timedelta(days=7)
