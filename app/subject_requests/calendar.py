"""Calendar feeds: made, listed and withdrawn by people; read by calendar programs, which can send no bearer token."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.auth.roles import Scope
from app.db import new_id
from app.pagination import Page, Window
from app.policy.vocabulary import Right
from app.register.definition import Definition
from app.register.operation import Operation
from app.subject_requests import repository, repository_calendar, repository_clock
from app.subject_requests.calendar_file import Deadline, calendar_of
from app.subject_requests.clocks import clock_of
from app.subject_requests.errors import CalendarFeedNotFound
from app.subject_requests.repository_clock import Wanted
from app.subject_requests.schemas_calendar import CalendarFeedMade, CalendarFeedNew, CalendarFeedOut
from app.subject_requests.staff_words import words

MOST = 1000
"""Deadlines in one calendar, the nearest first."""


def make(connection: Connection, op: Operation, new: CalendarFeedNew, base_url: str) -> CalendarFeedMade:
    """Make a feed; its address is in this answer and nowhere else."""
    op.actor.must_be_person()
    token = secrets.token_urlsafe(32)
    feed_id = new_id()
    row = {"id": feed_id, "client_id": op.actor.id, "person": new.person, "made_at": op.at}
    repository_calendar.add_feed(connection, {**row, "token_hash": _hash(token)})
    op.audit(connection, "make", "calendar_feed", feed_id)
    return _made(connection, op, feed_id, f"{base_url}/calendars/{token}.ics")


def reread(connection: Connection, op: Operation, feed_id: UUID) -> CalendarFeedMade:
    """The feed again, for a repeated Idempotency-Key; the address is not shown twice."""
    op.audit(connection, "read", "calendar_feed", feed_id)
    return _made(connection, op, feed_id, None)


def _made(connection: Connection, op: Operation, feed_id: UUID, url: str | None) -> CalendarFeedMade:
    return CalendarFeedMade(**_members(_own(connection, op, feed_id)), url=url)


def _members(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CalendarFeedOut.model_fields}


def _own(connection: Connection, op: Operation, feed_id: UUID) -> Row[Any]:
    """The feed, if it is the client's own or the client manages clients; raises `CalendarFeedNotFound`."""
    row = repository_calendar.feed(connection, feed_id)
    if row is None or _whose(op) not in {None, row.client_id}:
        raise CalendarFeedNotFound
    return row


def _whose(op: Operation) -> UUID | None:
    return None if Scope.CLIENTS_WRITE in op.actor.scopes else op.actor.id


def listed(connection: Connection, op: Operation, window: Window) -> Page[CalendarFeedOut]:
    """The client's own feeds; everybody's for who manages clients."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository_calendar.feeds(connection, _whose(op), after, window.limit + 1)
    return window.page([CalendarFeedOut(**_members(row)) for row in rows], [(str(row.id),) for row in rows])


def withdraw(connection: Connection, op: Operation, feed_id: UUID) -> None:
    """End a feed at once and for good."""
    _own(connection, op, feed_id)
    repository_calendar.withdraw_feed(connection, feed_id, op.at)
    op.audit(connection, "withdraw", "calendar_feed", feed_id)


def read(connection: Connection, definition: Definition, token: str, now: datetime) -> bytes:
    """The file behind an address; raises `CalendarFeedNotFound`."""
    feed = repository_calendar.feed_by_token_hash(connection, _hash(token), now)
    if feed is None:
        raise CalendarFeedNotFound
    today = now.astimezone(definition.zone).date()
    rows = repository_clock.list_requests(connection, Wanted(person=feed.person), today, None, MOST)
    ids = [row.id for row in rows]
    checks, changed = repository.checks_of(connection, ids), repository_calendar.last_events(connection, ids)
    deadlines = [_deadline(definition, row, checks.get(row.id, []), changed, today) for row in rows]
    language = definition.default_language
    name = words(language)["calendar"].format(controller=definition.controller.legal_name)
    return calendar_of(deadlines, name, language)


def _deadline(
    definition: Definition, row: Row[Any], checks: list[Row[Any]], changed: Mapping[UUID, datetime], today: date
) -> Deadline:
    clock = clock_of(definition, row, checks, today)
    # The days that are left change with the day, and so does the due date while a question is open.
    morning = datetime.combine(today, time.min, tzinfo=definition.zone)
    return Deadline(
        id=row.id,
        case_number=row.case_number,
        right=Right(row.right),
        due_on=clock.due_on,
        without_pause_on=clock.due_without_pause_on,
        paused=clock.paused,
        days_left=(clock.due_on - today).days,
        version=row.version,
        changed_at=max(morning, changed.get(row.id, row.created_at)).astimezone(row.created_at.tzinfo),
    )


def _hash(token: str) -> str:
    """SHA-256 of the token: a fast hash is enough for 256 random bits."""
    return sha256(token.encode()).hexdigest()
