"""Lists of requests, and the timeline of one: what is due, what is overdue, who is in charge, what happened."""

from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from app.pagination import Page, Window
from app.register.operation import Operation
from app.subject_requests import repository, repository_clock
from app.subject_requests.handling import audit, find
from app.subject_requests.questions import keep_up_once
from app.subject_requests.repository_clock import Wanted
from app.subject_requests.schemas_out import EventOut, RequestRow
from app.subject_requests.shown import event_out, request_row


def listed(connection: Connection, op: Operation, wanted: Wanted, window: Window) -> Page[RequestRow]:
    """Requests by due date, open ones unless a state is named."""
    keep_up_once(connection, op)
    after = (date.fromisoformat(window.after[0]), UUID(window.after[1])) if window.after else None
    rows = repository_clock.list_requests(connection, wanted, op.today, after, window.limit + 1)
    checks = repository.checks_of(connection, [row.id for row in rows])
    op.audit(connection, "list", "subject_request", details={"found": min(len(rows), window.limit)})
    items = [request_row(op, row, checks.get(row.id, [])) for row in rows]
    return window.page(items, [(row.due_on.isoformat(), str(row.id)) for row in rows])


def timeline(connection: Connection, op: Operation, name: str, window: Window) -> Page[EventOut]:
    """Everything that happened to a request, oldest first; it stays as long as the request's file."""
    row = find(connection, name)
    audit(connection, op, row, "read_timeline")
    after = UUID(window.after[0]) if window.after else None
    events = repository_clock.events_page(connection, row.id, after, window.limit + 1)
    return window.page([event_out(event) for event in events], [(str(event.id),) for event in events])
