"""What lists, calendars and digests ask: requests by due date and by who is in charge, unanswered questions, events."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)

from app.notifications import repository as notifications
from app.subject_requests.repository import OPEN
from app.subject_requests.tables import UNANSWERED, envelopes, identity_checks, request_events, subject_requests

MOST_UNANSWERED = 5000
"""Questions that are kept up with in one go."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is about; `states` None means every open request, `person` whoever is in charge or substitutes."""

    states: Collection[str] | None = None
    due_before: date | None = None
    overdue: bool | None = None
    right: str | None = None
    person: str | None = None


def list_requests(
    connection: Connection, wanted: Wanted, today: date, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """Requests by due date. Cases that nobody asked for are not among them."""
    page = _page(wanted, today, after, limit)
    if wanted.person is None:
        return connection.execute(page).all()
    c = subject_requests.c
    # One walk of an index for each of the two columns, instead of one over everybody's requests.
    charged = page.where(c.person_in_charge == wanted.person).subquery()
    stands_in = page.where(c.substitute == wanted.person, c.person_in_charge != wanted.person).subquery()
    both = union_all(select(charged), select(stands_in)).subquery()
    return connection.execute(select(both).order_by(both.c.due_on, both.c.id).limit(limit)).all()


def _page(wanted: Wanted, today: date, after: tuple[date, UUID] | None, limit: int) -> Select[Any]:
    c = subject_requests.c
    query = select(subject_requests).order_by(c.due_on, c.id).limit(limit)
    query = query.where(OPEN if wanted.states is None else c.state.in_(list(wanted.states)), c.channel != "inactivity")
    if wanted.due_before is not None:
        query = query.where(c.due_on < wanted.due_before)
    if wanted.overdue is not None:
        query = query.where(_overdue(today) if wanted.overdue else _in_time(today))
    if wanted.right is not None:
        query = query.where(c.right == wanted.right)
    if after is not None:
        query = query.where(tuple_(c.due_on, c.id) > tuple_(literal(after[0]), literal(after[1], c.id.type)))
    return query


def _overdue(today: date) -> ColumnElement[bool]:
    """A closed request is never overdue."""
    return and_(OPEN, subject_requests.c.due_on < today)


def _in_time(today: date) -> ColumnElement[bool]:
    return or_(subject_requests.c.due_on >= today, subject_requests.c.closed_at.is_not(None))


def unanswered(connection: Connection) -> list[UUID]:
    """The requests to whose person a question is open."""
    c = identity_checks.c
    query = select(c.request_id, c.asked_on).where(text(UNANSWERED)).order_by(c.request_id).limit(MOST_UNANSWERED)
    return sorted({row.request_id for row in connection.execute(query)})


def requests(connection: Connection, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These requests."""
    return connection.execute(select(subject_requests).where(subject_requests.c.id.in_(list(ids)))).all()


def open_checks(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """The questions of one request that nothing has ended."""
    c = identity_checks.c
    query = select(identity_checks).where(c.request_id == request_id, text(UNANSWERED)).order_by(c.id)
    return connection.execute(query).all()


def end_checks(connection: Connection, check_ids: Collection[UUID], values: dict[str, Any]) -> None:
    """Record how these questions ended."""
    connection.execute(update(identity_checks).where(identity_checks.c.id.in_(list(check_ids))).values(**values))


def still_to_answer(connection: Connection, request_ids: Collection[UUID]) -> Counter[UUID]:
    """How many recipients and letters each of these requests still waits for; those that wait for none are left out."""
    c = envelopes.c
    query = select(c.request_id, func.count()).where(c.request_id.in_(list(request_ids)), c.outcome.is_(None))
    letters = {row[0]: row[1] for row in connection.execute(query.group_by(c.request_id))}
    return Counter(letters) + Counter(notifications.waiting_for(connection, request_ids))


def events_page(connection: Connection, request_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """A page of the timeline, oldest first."""
    c = request_events.c
    query = select(request_events).where(c.request_id == request_id).order_by(c.id).limit(limit)
    if after is not None:
        query = query.where(c.id > after)
    return connection.execute(query).all()
