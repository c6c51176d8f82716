"""No clock later than the law allows: any pauses and extensions against an oracle that only counts days."""

from collections.abc import Container
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.policy.deadlines import (
    Ending,
    Extension,
    Pause,
    RefusalCode,
    clock,
    counting,
    pause_refusal,
    refused_late,
)
from tests.policy.calendars import EVES, HELSINKI, HOLIDAYS

DAY = timedelta(days=1)
DOUBT = "two customers share the address"


def works(day: date, holidays: Container[date]) -> bool:
    return day.isoweekday() < 6 and day not in holidays


def month_later(day: date, months: int) -> date:
    """Walks to the same day of the month, or to the last of a month that has none."""
    there, left = day, months
    while left:
        there += DAY
        in_month = (there.year - day.year) * 12 + there.month - day.month == months - left + 1
        if in_month and (there.day == day.day or (there + DAY).month != there.month):
            left -= 1
    return there


def last_day(received: date, months: int, stopped: set[date], holidays: Container[date]) -> date:
    """The end of the period, one day later for each day on which the clock stood."""
    day = month_later(received, months)
    for _ in stopped:
        day += DAY
    while not works(day, holidays):
        day += DAY
    return day


def between(first: date, after_last: date) -> list[date]:
    return [first + DAY * n for n in range((after_last - first).days)]


def law(
    received: date, pauses: list[Pause], extension: Extension | None, today: date, holidays: Container[date]
) -> tuple[date, set[date]]:
    """The last lawful day of an answer, and the days on which the clock stood."""
    stopped: set[date] = set()
    turns = {received}
    for pause in sorted(pauses, key=lambda p: (p.asked_on, p.ended_on or date.max)):
        asked = pause.asked_on
        prompt = any(
            turn <= asked and sum(works(day, holidays) for day in between(turn + DAY, asked)) < 3 for turn in turns
        )
        running = asked <= last_day(received, 1, {day for day in stopped if day < asked}, holidays)
        if prompt and running and pause.reason.strip() and pause.ending != "withdrawn":
            stopped |= set(between(asked, min(pause.ended_on or today, today)))
            turns |= {pause.ended_on} if pause.ending == "insufficient" and pause.ended_on else set()
    first = last_day(received, 1, stopped, holidays)
    told = extension is not None and extension.reason.strip() and received <= extension.notice_sent_on <= first
    return (last_day(received, 3, stopped, holidays) if told else first), stopped


@st.composite
def questions(draw: st.DrawFn, received: date) -> Pause:
    asked = received + DAY * draw(st.integers(-2, 45))
    reason = draw(st.sampled_from((DOUBT, DOUBT, DOUBT, " ")))
    length = draw(st.none() | st.integers(0, 30))
    if length is None:
        return Pause(asked, None, reason)
    return Pause(asked, asked + DAY * length, reason, draw(st.sampled_from(Ending)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[date, list[Pause], Extension | None, date]:
    received = draw(st.dates(date(2026, 1, 1), date(2028, 3, 1)))
    pauses = draw(st.lists(questions(received), max_size=5))
    sent = draw(st.none() | st.integers(-2, 80))
    notice = None if sent is None else Extension(received + DAY * sent, draw(st.sampled_from((DOUBT, ""))))
    return received, pauses, notice, received + DAY * draw(st.integers(0, 120))


START = date(2026, 3, 2)
AGAIN = [Pause(START + DAY, START + DAY * 9, DOUBT, Ending.INSUFFICIENT), Pause(START + DAY * 11, None, DOUBT)]


@given(cases(), st.booleans())
@example(case=(START, AGAIN, None, START + DAY * 30), with_eves=False)
@example(case=(START, AGAIN, Extension(START + DAY * 48, DOUBT), START + DAY * 60), with_eves=True)
def test_no_clock_is_later_than_the_law_allows(
    case: tuple[date, list[Pause], Extension | None, date], with_eves: bool
) -> None:
    """Nor earlier: due date, paused days and extension are exactly what the oracle counts."""
    received, pauses, extension, today = case
    holidays = HOLIDAYS | EVES if with_eves else HOLIDAYS
    latest, stopped = law(received, pauses, extension, today, holidays)
    found = clock(received, holidays, HELSINKI, today, pauses, extension=extension)
    assert (found.due_on, found.paused_days) == (latest, len(stopped))
    assert found.due_on <= last_day(received, 3, stopped, holidays)
    assert found.due_without_pause_on <= found.due_on


def test_a_question_that_was_taken_back_pauses_nothing() -> None:
    """It was not necessary, and only what is necessary may be asked (Article 12(6))."""
    pause = Pause(START + DAY, START + DAY * 8, DOUBT, Ending.WITHDRAWN)
    refusal = pause_refusal(pause, START, HOLIDAYS)
    assert refusal is not None
    assert refusal.code is RefusalCode.WITHDRAWN
    assert clock(START, HOLIDAYS, HELSINKI, START + DAY * 20, [pause]).paused_days == 0


@pytest.mark.parametrize(("asked_again", "counts"), [(11, True), (14, True), (15, False)])
def test_an_answer_that_does_not_do_may_be_followed_by_a_question(asked_again: int, counts: bool) -> None:
    """Within three working days of it; the days between the two are the controller's own."""
    first = Pause(START + DAY, START + DAY * 9, DOUBT, Ending.INSUFFICIENT)
    second = Pause(START + DAY * asked_again, START + DAY * 20, DOUBT, Ending.SUFFICIENT)
    found = clock(START, HOLIDAYS, HELSINKI, START + DAY * 25, [second, first])
    assert found.paused_days == 8 + (20 - asked_again if counts else 0)
    assert counting([second, first], START, HOLIDAYS) == ((first, second) if counts else (first,))


def test_what_has_run_out_cannot_be_stopped_any_more() -> None:
    """Answers that do not do, and a question in time after each, fill the month; then the request is overdue."""
    pauses, asked = list[Pause](), START
    while asked <= date(2026, 4, 8):
        pauses.append(Pause(asked, asked, DOUBT, Ending.INSUFFICIENT))
        asked = next(
            day for day in between(asked + DAY, asked + DAY * 20) if sum(map(_works, between(asked, day + DAY))) == 4
        )
    pauses.append(Pause(asked, None, DOUBT))
    found = clock(START, HOLIDAYS, HELSINKI, date(2026, 6, 30), pauses)
    assert (found.due_on, found.paused) == (date(2026, 4, 2), False)
    assert law(START, pauses, None, date(2026, 6, 30), HOLIDAYS) == (found.due_on, set())
    assert len(counting(pauses, START, HOLIDAYS)) == sum(pause.asked_on <= found.due_on for pause in pauses)


def _works(day: date) -> bool:
    return works(day, HOLIDAYS)


def test_a_refusal_has_one_month_whatever_the_extension_says() -> None:
    """Article 12(4) knows no extension."""
    found = clock(START, HOLIDAYS, HELSINKI, START, extension=Extension(START, DOUBT))
    assert found.extended
    assert not refused_late(found.first_due_on, found.first_due_on)
    assert refused_late(found.first_due_on + DAY, found.first_due_on)
