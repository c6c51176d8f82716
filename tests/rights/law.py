"""The law's own arithmetic, written again from the text and not from the service: Art. 12(3), 12(6), Reg. 1182/71.

Nothing here imports `app`. Where the service and this page differ, one of them is wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """Who are you? Asked on a day, for a reason or none; answered, or ended by the decision, on another."""

    asked_on: date
    reasoned: bool
    ended_on: date | None = None


def day_of(instant: datetime) -> date:
    """The controller's calendar day of an instant."""
    return instant.astimezone(HELSINKI).date()


def easter(year: int) -> date:
    """Easter Sunday (Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - ((b - (b + 8) // 25 + 1) // 3) + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - (c % 4)) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def is_holiday(day: date) -> bool:
    """Finnish public holidays; the eves are working days (the earlier date is the safe one)."""
    fixed = {(1, 1), (1, 6), (5, 1), (12, 6), (12, 25), (12, 26)}
    if (day.month, day.day) in fixed or (day - easter(day.year)).days in {-2, 0, 1, 39, 49}:
        return True
    midsummer = day.weekday() == 5 and date(day.year, 6, 20) <= day <= date(day.year, 6, 26)
    all_saints = day.weekday() == 5 and date(day.year, 10, 31) <= day <= date(day.year, 11, 6)
    return midsummer or all_saints


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor public holiday (Art. 2(2))."""
    return day.isoweekday() < 6 and not is_holiday(day)


def months_later(day: date, months: int) -> date:
    """The same date so many months on, or the last day of that month (Art. 3(2)(c))."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + 31 * DAY).replace(day=1)
    wanted = day.day
    while True:
        try:
            return first.replace(day=wanted)
        except ValueError:
            wanted -= 1


def pause_days(received_on: date, questions: Iterable[Question], today: date) -> int:
    """Days on which a reasoned question, asked within three working days of receipt, had no answer."""
    waited: set[date] = set()
    for question in questions:
        working = [d for d in _days(received_on + DAY, question.asked_on + DAY) if is_working_day(d)]
        in_time = received_on <= question.asked_on and (
            len(working) <= 3 and _not_after_third(working, question.asked_on)
        )
        if question.reasoned and in_time:
            waited.update(_days(question.asked_on, question.ended_on or today))
    return len(waited)


def _not_after_third(working: list[date], asked_on: date) -> bool:
    return len(working) < 3 or asked_on <= working[2]


def _days(begin: date, end: date) -> list[date]:
    return [begin + n * DAY for n in range((end - begin).days)]


def last_day(received_on: date, questions: Iterable[Question], today: date, *, extended: bool) -> date:
    """The last day on which an answer is in time; counted from receipt, whatever the first date was."""
    day = months_later(received_on, 3 if extended else 1) + pause_days(received_on, questions, today) * DAY
    while not is_working_day(day):
        day += DAY
    return day


def may_extend(sent_on: date, received_on: date, questions: Iterable[Question], today: date) -> bool:
    """The person was told on or before the first due date (Art. 12(3))."""
    return received_on <= sent_on <= last_day(received_on, questions, today, extended=False)


def end_of(day: date) -> datetime:
    """The instant at which a day is over."""
    return datetime.combine(day + DAY, time.min, tzinfo=HELSINKI)


def voucher_stays(booked_on: date, today: date) -> bool:
    """What the published notice says of accounting material: ten years from the end of the calendar year."""
    return today <= date(booked_on.year + 10, 12, 31)


def outcome(accepted: int, asked: int) -> str:
    """What a decision on several things is called; one that accepts nothing is a refusal (Art. 12(4))."""
    return "refused" if not accepted else "granted" if accepted == asked else "partly_granted"


def may_lift(began_on: date, told_on: date, today: date) -> bool:
    """The person was told of the end of the restriction before it ended, and after it began (Art. 18(3))."""
    return began_on <= told_on <= today
