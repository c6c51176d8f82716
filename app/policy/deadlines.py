"""When an answer is due: Article 12(3) GDPR counted under Regulation (EEC, Euratom) 1182/71.

The period runs in calendar months from receipt, in the controller's time zone. Both the first and the
extended date are counted from receipt and never from one another: 31 January leads to 30 April, not to 28
April. A necessary question to the person, asked without undue delay, suspends it; nothing restarts it.
"""

from calendar import monthrange
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias

Holidays: TypeAlias = Container[date]
"""Public holidays of the Member State where the answer is given (1182/71 Art. 2(1)), weekends aside."""

FIRST_PERIOD_MONTHS = 1
EXTENDED_PERIOD_MONTHS = 3
WORKING_DAYS_TO_ASK = 3
"""An identity question asked later than this is no longer "without undue delay" (EDPB 01/2022)."""


class PauseKind(StrEnum):
    """What was asked: who the person is (Article 12(6)), or what of a large amount of data is meant (Recital 63)."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"


class Ending(StrEnum):
    """How a question ended.

    `insufficient`: something came that does not do, and it is the controller's turn again. `withdrawn`: the controller
    takes the question back, so it was not necessary. `closed`: the request is decided or taken back, nobody waits.
    """

    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Pause:
    """Time spent waiting for what a reasonable doubt made necessary to ask; `ended_on` is none while it is open."""

    asked_on: date
    ended_on: date | None
    reason: str
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """The notice by which the controller takes two further months (Article 12(3))."""

    notice_sent_on: date
    reason: str


class RefusalCode(StrEnum):
    """Why a pause or an extension does not move the due date."""

    NO_REASON = "no_reason"
    BEFORE_RECEIPT = "before_receipt"
    TOO_LATE = "too_late"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pause that does not count, or an extension that is not granted, and why."""

    code: RefusalCode
    text: str


@dataclass(frozen=True, slots=True)
class Clock:
    """All dates of one request.

    `first_due_on` (one month) and `extended_due_on` (three months) count the accepted pauses. `due_on` is the
    one that binds: the extended date if the extension is granted, else the first. `due_without_pause_on` is
    that same period without pauses, always the earlier and therefore the date to work towards. `expires_at`
    is exclusive.
    """

    first_due_on: date
    extended_due_on: date
    due_without_pause_on: date
    due_with_pause_on: date
    due_on: date
    paused: bool
    paused_days: int
    extended: bool
    extension_refusal: Refusal | None
    expires_at: datetime


def receipt_on(instant: datetime, zone: tzinfo) -> date:
    """The day of arrival in the controller's time zone; the hour does not count (1182/71 Art. 3(1))."""
    if instant.utcoffset() is None:
        raise ValueError("an instant of receipt needs a time zone")
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def nominal(received_on: date, months: int) -> date:
    """The same date `months` later, or the last day of that month if it has none (1182/71 Art. 3(2)(c))."""
    year, month = divmod(received_on.year * 12 + received_on.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(received_on.day, monthrange(year, month + 1)[1]))


def roll(day: date, holidays: Holidays) -> date:
    """The next working day, unless `day` is one itself (1182/71 Art. 3(4) and 2(2))."""
    while day < date.max and (day.weekday() >= 5 or day in holidays):
        day += timedelta(days=1)
    return day


def due(received_on: date, months: int, holidays: Holidays, paused_days: int = 0) -> date:
    """The last day of a period of months from receipt, moved by a pause and then to a working day."""
    return roll(_later(nominal(received_on, months), paused_days), holidays)


def pause_refusal(pause: Pause, received_on: date, holidays: Holidays, before: Iterable[Pause] = ()) -> Refusal | None:
    """Why a pause does not count: only a necessary and reasoned question, asked without undue delay, stops the clock.

    `before` are the pauses that count and began earlier. Delay is measured from receipt, or from an answer to one of
    them that did not do; and what has run out can no longer be stopped.
    """
    before = tuple(before)
    last_day = _last_day_to_ask(pause.asked_on, received_on, before, holidays)
    if pause.ending is Ending.WITHDRAWN:
        return Refusal(RefusalCode.WITHDRAWN, "The question was taken back: it was not necessary (Art. 12(6) GDPR).")
    if not pause.reason.strip():
        return Refusal(RefusalCode.NO_REASON, "No doubt is recorded (Art. 12(6) GDPR, Recital 63).")
    if pause.asked_on < received_on:
        return Refusal(RefusalCode.BEFORE_RECEIPT, f"Asked on {pause.asked_on}, before receipt on {received_on}.")
    if pause.asked_on > last_day:
        return Refusal(RefusalCode.TOO_LATE, f"Asked on {pause.asked_on}; undue delay begins after {last_day}.")
    return None


def counting(pauses: Iterable[Pause], received_on: date, holidays: Holidays) -> tuple[Pause, ...]:
    """The pauses that stop the clock, in the order in which they began."""
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda p: (p.asked_on, p.ended_on or date.max)):
        if pause_refusal(pause, received_on, holidays, found) is None:
            found.append(pause)
    return tuple(found)


def extension_refusal(extension: Extension, received_on: date, first_due_on: date) -> Refusal | None:
    """Why an extension is not granted: the person must be told, with reasons, by the first due date."""
    sent_on = extension.notice_sent_on
    if not extension.reason.strip():
        return Refusal(RefusalCode.NO_REASON, "The notice gives no reasons (Art. 12(3) GDPR).")
    if sent_on < received_on:
        return Refusal(RefusalCode.BEFORE_RECEIPT, f"Sent on {sent_on}, before receipt on {received_on}.")
    if sent_on > first_due_on:
        return Refusal(RefusalCode.TOO_LATE, f"Sent on {sent_on}, after {first_due_on} (Art. 12(3) GDPR).")
    return None


def refused_late(decided_on: date, first_due_on: date) -> bool:
    """Whether a refusal came after its month: an extension is for answers, never for a "no" (Article 12(4))."""
    return decided_on > first_due_on


def clock(
    received_on: date,
    holidays: Holidays,
    zone: tzinfo,
    today: date,
    pauses: Iterable[Pause] = (),
    *,
    extension: Extension | None = None,
) -> Clock:
    """All dates of a request as the facts stand; an unanswered question counts up to `today`."""
    accepted = counting(pauses, received_on, holidays)
    days = _paused_days(accepted, today)
    first = due(received_on, FIRST_PERIOD_MONTHS, holidays, days)
    refusal = extension_refusal(extension, received_on, first) if extension else None
    extended = extension is not None and refusal is None
    months = EXTENDED_PERIOD_MONTHS if extended else FIRST_PERIOD_MONTHS
    due_on = due(received_on, months, holidays, days)
    return Clock(
        first_due_on=first,
        extended_due_on=due(received_on, EXTENDED_PERIOD_MONTHS, holidays, days),
        due_without_pause_on=due(received_on, months, holidays),
        due_with_pause_on=due_on,
        due_on=due_on,
        paused=any(p.ended_on is None for p in accepted),
        paused_days=days,
        extended=extended,
        extension_refusal=refusal,
        expires_at=_expiry(due_on, zone),
    )


def _later(day: date, days: int) -> date:
    return date.max if days > (date.max - day).days else day + timedelta(days=days)


def _last_day_to_ask(asked_on: date, received_on: date, before: Iterable[Pause], holidays: Holidays) -> date:
    """The last working day on which a question asked that day is without undue delay, within the first period."""
    before = tuple(before)
    turns = [p.ended_on for p in before if p.ending is Ending.INSUFFICIENT and p.ended_on and p.ended_on <= asked_on]
    day = max([received_on, *turns])
    for _ in range(WORKING_DAYS_TO_ASK):
        day = roll(_later(day, 1), holidays)
    return min(day, due(received_on, FIRST_PERIOD_MONTHS, holidays, _paused_days(before, asked_on)))


def _paused_days(pauses: Iterable[Pause], today: date) -> int:
    """Calendar days until `today` covered by at least one pause: overlapping questions do not count a day twice."""
    total, reached = 0, date.min
    for pause in sorted(pauses, key=lambda p: p.asked_on):
        start, end = max(pause.asked_on, reached), min(pause.ended_on or today, today)
        total += max(0, (end - start).days)
        reached = max(reached, end)
    return total


def _expiry(due_on: date, zone: tzinfo) -> datetime:
    """The first instant after the due date: the period ends with its last hour (1182/71 Art. 3(2))."""
    if due_on == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(due_on + timedelta(days=1), time.min, tzinfo=zone)
