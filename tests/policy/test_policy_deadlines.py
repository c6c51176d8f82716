"""Article 12(3) under Regulation 1182/71: the law's vectors first, then what must hold for every date."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.policy.deadlines import (
    Extension,
    Pause,
    RefusalCode,
    clock,
    due,
    extension_refusal,
    nominal,
    pause_refusal,
    receipt_on,
    roll,
)
from tests.policy.calendars import EVES, HELSINKI, HOLIDAYS

# Received, nominal +1, first due, first due if the eves count, nominal +3, extended due.
VECTORS = [
    ("2026-01-30", "2026-02-28", "2026-03-02", "2026-03-02", "2026-04-30", "2026-04-30"),
    ("2027-01-31", "2027-02-28", "2027-03-01", "2027-03-01", "2027-04-30", "2027-04-30"),
    ("2028-02-29", "2028-03-29", "2028-03-29", "2028-03-29", "2028-05-29", "2028-05-29"),
    ("2026-03-05", "2026-04-05", "2026-04-07", "2026-04-07", "2026-06-05", "2026-06-05"),
    ("2027-02-26", "2027-03-26", "2027-03-30", "2027-03-30", "2027-05-26", "2027-05-26"),
    ("2027-04-01", "2027-05-01", "2027-05-03", "2027-05-03", "2027-07-01", "2027-07-01"),
    ("2026-05-15", "2026-06-15", "2026-06-15", "2026-06-15", "2026-08-15", "2026-08-17"),
    ("2026-05-20", "2026-06-20", "2026-06-22", "2026-06-22", "2026-08-20", "2026-08-20"),
    ("2026-07-31", "2026-08-31", "2026-08-31", "2026-08-31", "2026-10-31", "2026-11-02"),
    ("2026-09-30", "2026-10-30", "2026-10-30", "2026-10-30", "2026-12-30", "2026-12-30"),
    ("2026-11-06", "2026-12-06", "2026-12-07", "2026-12-07", "2027-02-06", "2027-02-08"),
    ("2026-11-25", "2026-12-25", "2026-12-28", "2026-12-28", "2027-02-25", "2027-02-25"),
    ("2026-12-01", "2027-01-01", "2027-01-04", "2027-01-04", "2027-03-01", "2027-03-01"),
    ("2026-12-31", "2027-01-31", "2027-02-01", "2027-02-01", "2027-03-31", "2027-03-31"),
    ("2027-11-24", "2027-12-24", "2027-12-24", "2027-12-27", "2028-02-24", "2028-02-24"),
]
DOUBT = "two customers share the address"
REASON = "three systems, each searched by hand"
received_days = st.dates(date(2026, 1, 1), date(2028, 8, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[0])
def test_the_statutory_vectors(vector: tuple[str, ...]) -> None:
    """A period ends on the same day of the month, or the month's last day, or the next working day."""
    received, nominal_1, first, with_eves, nominal_3, extended = map(day, vector)
    assert nominal(received, 1) == nominal_1
    assert due(received, 1, HOLIDAYS) == first
    assert due(received, 1, HOLIDAYS | EVES) == with_eves
    assert nominal(received, 3) == nominal_3
    assert due(received, 3, HOLIDAYS) == due(received, 3, HOLIDAYS | EVES) == extended


@pytest.mark.parametrize(
    ("received", "end"),
    [("2026-03-05", "2026-04-05"), ("2026-08-31", "2026-09-30"), ("2026-09-03", "2026-10-03")],
)
def test_the_authorities_own_examples(received: str, end: str) -> None:
    """EDPB 01/2022 and the corrected British guidance: the end has the date of the day of receipt."""
    assert nominal(day(received), 1) == day(end)


def test_periods_are_counted_from_receipt_and_never_chained() -> None:
    """31 January plus three months is 30 April, not 28 April by way of February."""
    assert nominal(day("2026-01-31"), 3) == day("2026-04-30") != nominal(day("2026-02-28"), 2)


@pytest.mark.parametrize(
    ("instant", "received", "first"),
    [
        ("2026-08-31T20:59:59+00:00", "2026-08-31", "2026-09-30"),
        ("2026-08-31T21:00:00+00:00", "2026-09-01", "2026-10-01"),
        ("2026-12-31T22:00:00+00:00", "2027-01-01", "2027-02-01"),
    ],
)
def test_receipt_is_a_day_in_the_controllers_time_zone(instant: str, received: str, first: str) -> None:
    """One second before local midnight and local midnight itself are different days of receipt."""
    received_on = receipt_on(datetime.fromisoformat(instant), HELSINKI)
    assert received_on == day(received)
    assert due(received_on, 1, HOLIDAYS) == day(first)


def test_an_instant_without_a_time_zone_is_no_receipt() -> None:
    """A caller who forgot the zone is told so, instead of being given a date that may be a day off."""
    with pytest.raises(ValueError, match="time zone"):
        receipt_on(datetime(2026, 8, 31, 23, 59), HELSINKI)  # noqa: DTZ001 - the missing zone is the point


def test_a_due_date_expires_at_the_local_midnight_that_follows() -> None:
    """The last hour of the due date belongs to the period; the instant is exclusive and knows summer time."""
    dates = clock(day("2026-02-27"), HOLIDAYS, HELSINKI, day("2026-02-27"))
    assert dates.due_on == day("2026-03-27")
    assert dates.expires_at.astimezone(UTC) == datetime(2026, 3, 27, 22, tzinfo=UTC)
    summer = clock(day("2026-02-28"), HOLIDAYS, HELSINKI, day("2026-03-01"))
    assert summer.due_on == day("2026-03-30")
    assert summer.expires_at.astimezone(UTC) == datetime(2026, 3, 30, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received", "asked", "sufficient", "paused_days", "without", "due_on"),
    [
        ("2026-03-02", "2026-03-04", "2026-03-11", 7, "2026-04-02", "2026-04-09"),
        ("2026-11-16", "2026-11-17", "2026-11-27", 10, "2026-12-16", "2026-12-28"),
    ],
)
def test_an_identity_pause_moves_the_due_date_by_its_calendar_days(
    received: str, asked: str, sufficient: str, paused_days: int, without: str, due_on: str
) -> None:
    """The clock stops from the question to the answer, and only then is the end moved to a working day."""
    pause = Pause(day(asked), day(sufficient), DOUBT)
    dates = clock(day(received), HOLIDAYS, HELSINKI, day("2026-12-31"), [pause])
    assert (dates.paused, dates.paused_days, dates.extended) == (False, paused_days, False)
    assert dates.due_on == dates.due_with_pause_on == dates.first_due_on == day(due_on)
    assert dates.due_without_pause_on == day(without)


def test_an_open_pause_counts_up_to_today() -> None:
    """While the person has not answered, each day moves the due date by one."""
    pause = Pause(day("2026-03-04"), None, DOUBT)
    dates = clock(day("2026-03-02"), HOLIDAYS, HELSINKI, day("2026-03-11"), [pause])
    assert (dates.paused, dates.paused_days, dates.due_on) == (True, 7, day("2026-04-09"))


def test_overlapping_pauses_do_not_count_a_day_twice() -> None:
    """Two questions open at once stop the clock once, in whatever order they are recorded."""
    pauses = [
        Pause(day("2026-03-04"), day("2026-03-11"), DOUBT),
        Pause(day("2026-03-03"), day("2026-03-06"), DOUBT),
        Pause(day("2026-03-05"), day("2026-03-07"), DOUBT),
    ]
    for order in (pauses, pauses[::-1]):
        assert clock(day("2026-03-02"), HOLIDAYS, HELSINKI, day("2026-03-20"), order).paused_days == 8


def test_an_answer_dated_before_its_question_pauses_nothing() -> None:
    """A slip of the pen never shortens the time that remains."""
    pause = Pause(day("2026-03-04"), day("2026-03-03"), DOUBT)
    assert clock(day("2026-03-02"), HOLIDAYS, HELSINKI, day("2026-03-20"), [pause]).paused_days == 0


@pytest.mark.parametrize(
    ("asked", "reason", "code"),
    [
        ("2026-04-09", DOUBT, None),
        ("2026-04-02", DOUBT, None),
        ("2026-04-10", DOUBT, RefusalCode.TOO_LATE),
        ("2026-04-01", DOUBT, RefusalCode.BEFORE_RECEIPT),
        ("2026-04-03", "  ", RefusalCode.NO_REASON),
    ],
)
def test_only_a_reasoned_question_asked_without_delay_pauses(asked: str, reason: str, code: RefusalCode | None) -> None:
    """After Maundy Thursday the third working day is the Thursday after Easter; later is too late."""
    received, pause = day("2026-04-02"), Pause(day(asked), None, reason)
    refusal = pause_refusal(pause, received, HOLIDAYS)
    assert (refusal.code if refusal else None) == code
    dates = clock(received, HOLIDAYS, HELSINKI, day("2026-04-20"), [pause])
    assert dates.paused is (code is None)
    assert (dates.paused_days > 0) is (code is None)


@pytest.mark.parametrize(
    ("sent", "reason", "due_on", "code"),
    [
        ("2026-12-28", REASON, "2027-02-25", None),
        ("2026-11-25", REASON, "2027-02-25", None),
        ("2026-12-29", REASON, "2026-12-28", RefusalCode.TOO_LATE),
        ("2026-12-01", " ", "2026-12-28", RefusalCode.NO_REASON),
        ("2026-11-24", REASON, "2026-12-28", RefusalCode.BEFORE_RECEIPT),
    ],
)
def test_an_extension_counts_only_if_told_in_time_and_with_reasons(
    sent: str, reason: str, due_on: str, code: RefusalCode | None
) -> None:
    """The notice must leave by the first due date; one day later is a breach and extends nothing."""
    received, extension = day("2026-11-25"), Extension(day(sent), reason)
    dates = clock(received, HOLIDAYS, HELSINKI, day("2026-12-30"), extension=extension)
    assert dates.due_on == day(due_on)
    assert dates.extended is (code is None)
    assert (dates.first_due_on, dates.extended_due_on) == (day("2026-12-28"), day("2027-02-25"))
    refusal = extension_refusal(extension, received, dates.first_due_on)
    assert refusal == dates.extension_refusal
    assert (refusal.code if refusal else None) == code


def test_an_extension_keeps_the_pause_and_counts_from_receipt() -> None:
    """Three months from receipt and the paused days, whenever within the first period the notice left."""
    pause = Pause(day("2026-11-17"), day("2026-11-27"), DOUBT)
    dates = clock(
        day("2026-11-16"),
        HOLIDAYS,
        HELSINKI,
        day("2026-12-20"),
        [pause],
        extension=Extension(day("2026-12-28"), REASON),
    )
    assert dates.due_on == dates.extended_due_on == day("2027-02-26")
    assert dates.due_without_pause_on == day("2027-02-16")


def test_a_refusal_says_what_went_wrong() -> None:
    """The breach is explained with both dates, so that a letter or a report can repeat it."""
    refusal = extension_refusal(Extension(day("2026-12-29"), REASON), day("2026-11-25"), day("2026-12-28"))
    assert refusal is not None
    assert "2026-12-29" in refusal.text
    assert "2026-12-28" in refusal.text
    assert "12(3)" in refusal.text


def test_the_end_of_the_calendar_is_no_crash() -> None:
    """Dates near the year 9999 stop at the last day that can be written down."""
    last_day = clock(date(9999, 12, 30), HOLIDAYS, HELSINKI, date.max, [Pause(date.max, None, DOUBT)])
    assert last_day.due_on == last_day.extended_due_on == date.max
    assert last_day.expires_at.astimezone(UTC) == datetime.max.replace(tzinfo=UTC)
    assert roll(date.max, {date.max}) == date.max
    assert nominal(date(9999, 11, 15), 1) == date(9999, 12, 15)
    assert nominal(date(9999, 11, 15), 2) == date.max
    assert due(date(9999, 11, 29), 1, (), paused_days=10**6) == date.max
    assert receipt_on(datetime.max.replace(tzinfo=UTC), HELSINKI) == date.max
    assert receipt_on(datetime.min.replace(tzinfo=UTC), timezone(timedelta(hours=-5))) == date.min


@given(received_days, st.sampled_from((1, 3)), st.integers(0, 60))
def test_a_due_date_is_never_a_weekend_or_a_holiday(received: date, months: int, paused_days: int) -> None:
    """Whatever the day of receipt, a period ends on a working day."""
    due_on = due(received, months, HOLIDAYS | EVES, paused_days)
    assert due_on.weekday() < 5
    assert due_on not in HOLIDAYS | EVES


@given(received_days, st.dates(date(2026, 1, 1), date(2029, 1, 1)), st.booleans())
@example(received=day("2026-11-25"), sent=day("2026-12-28"), reasoned=True)
def test_without_a_pause_no_due_date_lies_beyond_three_months(received: date, sent: date, reasoned: bool) -> None:
    """Neither an extension nor anything else goes past three months from receipt and the roll."""
    extension = Extension(sent, REASON if reasoned else "")
    dates = clock(received, HOLIDAYS, HELSINKI, sent, extension=extension)
    assert dates.due_on <= roll(nominal(received, 3), HOLIDAYS)
    assert dates.due_on in (dates.first_due_on, dates.extended_due_on)
    assert dates.expires_at == datetime.combine(dates.due_on + timedelta(days=1), datetime.min.time(), HELSINKI)


@given(received_days, st.lists(st.tuples(st.integers(-2, 9), st.integers(-3, 40) | st.none()), max_size=4))
def test_pauses_only_ever_add_the_days_they_cover(received: date, spans: list[tuple[int, int | None]]) -> None:
    """The paused days are exactly the days with an accepted question open, and never move a date back."""
    today = received + timedelta(days=30)
    pauses = []
    covered = set[date]()
    for offset, length in spans:
        asked = received + timedelta(days=offset)
        pause = Pause(asked, None if length is None else asked + timedelta(days=length), DOUBT)
        pauses.append(pause)
        if pause_refusal(pause, received, HOLIDAYS) is None:
            end = min(pause.ended_on or today, today)
            covered |= {asked + timedelta(days=n) for n in range((end - asked).days)}
    dates = clock(received, HOLIDAYS, HELSINKI, today, pauses)
    assert dates.paused_days == len(covered)
    assert dates.due_without_pause_on <= dates.due_with_pause_on == dates.due_on


@given(st.datetimes(timezones=st.sampled_from((UTC, HELSINKI, ZoneInfo("Pacific/Auckland")))))
def test_any_instant_has_a_day_of_receipt(instant: datetime) -> None:
    """No instant that can be written down is refused, and the day is at most one off the caller's own."""
    assert abs((receipt_on(instant, HELSINKI) - instant.date()).days) <= 1
