"""Deadlines as a calendar (RFC 5545): an all-day event with reminders on each due date; never a personal value.

The same facts on the same day make the same bytes, so that a program is told that nothing has changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from icalendar import Alarm, Calendar, Event

from app.policy.vocabulary import Right
from app.subject_requests.staff_words import days_left, right_name, words

PRODUCT = "-//Seloste//Deadlines//EN"
READ_AGAIN = timedelta(hours=6)
NINE = timedelta(hours=9)
REMINDERS = (timedelta(days=7) - NINE, timedelta(days=1) - NINE)
"""Before the first hour of the due date: at nine in the morning, a week and a day ahead."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a calendar says of one request."""

    id: UUID
    case_number: str
    right: Right
    due_on: date
    without_pause_on: date
    paused: bool
    days_left: int
    version: int
    changed_at: datetime


def calendar_of(deadlines: Iterable[Deadline], name: str, language: str) -> bytes:
    """The whole file."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for deadline in deadlines:
        calendar.add_component(_event(deadline, language))
    file: bytes = calendar.to_ical()
    return file


def _event(deadline: Deadline, language: str) -> Event:
    right = right_name(language, deadline.right)
    event = Event()
    event.add("uid", str(deadline.id))
    event.add("dtstamp", deadline.changed_at)
    event.add("last-modified", deadline.changed_at)
    event.add("sequence", deadline.version)
    event.add("dtstart", deadline.due_on)
    event.add("summary", f"{deadline.case_number}, {right}: {days_left(language, deadline.days_left)}")
    event.add("description", _description(deadline, language))
    event.add("transp", "TRANSPARENT")
    event.add("class", "CONFIDENTIAL")
    for before in REMINDERS:
        event.add_component(_reminder(f"{deadline.case_number}, {right}", before))
    return event


def _description(deadline: Deadline, language: str) -> str:
    said = words(language)
    lines = [said["by"].format(due_on=deadline.due_on)]
    if deadline.without_pause_on < deadline.due_on:
        lines.append(said["towards"].format(without_pause_on=deadline.without_pause_on))
    if deadline.paused:
        lines.append(said["paused"])
    return "\n".join(lines)


def _reminder(text: str, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", -before)
    return alarm
