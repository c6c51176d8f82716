"""The outbox as people see it: look, record an answer, try again."""

from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.delivery import repository
from app.delivery.errors import NotificationClosed, NotificationNotFound, NotParked
from app.delivery.recording import complete_cases
from app.delivery.schemas import AnswerIn, AttemptOut, NotificationOut, NotificationRow
from app.notifications import repository as notifications
from app.pagination import Page, Window
from app.policy.notifications import Progress, is_closed, is_overdue
from app.register.operation import Operation
from app.subject_requests import traces

_ROW = ("id", "case_number", "customer_id", "recipient", "act", "state", "queued_at", "due_on", "next_at", "waiting")
_MORE = ("purposes", "channels", "reference", "sent_at", "closed_at", "ground", "until", "reason", "evidence")
_ATTEMPT = ("began_at", "ended_at", "recipient_name", "purpose", "categories", "outcome", "code")


def listed(
    connection: Connection,
    op: Operation,
    states: frozenset[Progress],
    recipient: str | None,
    *,
    overdue: bool,
    window: Window,
) -> Page[NotificationRow]:
    """A page of the outbox, oldest first."""
    after = UUID(window.after[0]) if window.after else None
    before = op.today if overdue else None
    rows = repository.listed(connection, states, recipient, before, after, window.limit + 1)
    op.audit(connection, "list", "notification", subjects=_keys(connection, rows))
    return window.page([_row(op, row) for row in rows], [(str(row.id),) for row in rows])


def read(connection: Connection, op: Operation, notification_id: UUID) -> NotificationOut:
    """One notification with its attempts."""
    row = _found(connection, notification_id)
    _audit(connection, op, row, "read")
    return _out(connection, op, row)


def answer(connection: Connection, op: Operation, notification_id: UUID, sent: AnswerIn) -> NotificationOut:
    """Record a recipient's answer, or why it need not be told; the last one completes the case (Art. 19)."""
    op.actor.must_be_person()
    said = {"ground": sent.ground, "until": sent.until, "reason": sent.reason, "evidence": sent.evidence}
    close(connection, op, notification_id, Progress(sent.outcome), answered_by=op.actor.id, **said)
    return _out(connection, op, _found(connection, notification_id))


def close(connection: Connection, op: Operation, notification_id: UUID, state: Progress, **said: Any) -> None:
    """Close an open notification with what was answered; raises `NotificationClosed`. One audit row."""
    row = _locked(connection, notification_id)
    notifications.close(connection, row.id, state, op.at, waiting=None, task=None, **said)
    if row.sealed is not None:
        traces.of_content(connection, op.at)
    _audit(connection, op, row, "answer", outcome=state.value)
    complete_cases(connection, op, [(row, state.value)])


def retry(connection: Connection, op: Operation, notification_id: UUID) -> NotificationOut:
    """Try again at once what has failed, waits, or should be looked at."""
    op.actor.must_be_person()
    row = _locked(connection, notification_id)
    if row.claimed_by is not None and row.next_at is not None and row.next_at > op.at:
        raise NotParked
    state = Progress.QUEUED.value if row.state == Progress.FAILED else row.state
    again = {"state": state, "attempts": 0, "next_at": op.at, "waiting": None, "claimed_by": None}
    notifications.change(connection, row.id, again)
    _audit(connection, op, row, "retry")
    return _out(connection, op, _found(connection, notification_id))


def _locked(connection: Connection, notification_id: UUID) -> Row[Any]:
    row = notifications.find(connection, notification_id, lock=True)
    if row is None:
        raise NotificationNotFound
    if is_closed(row.state):
        raise NotificationClosed(state=row.state)
    return row


def _found(connection: Connection, notification_id: UUID) -> Row[Any]:
    row = repository.with_case(connection, notification_id)
    if row is None:
        raise NotificationNotFound
    return row


def _audit(connection: Connection, op: Operation, row: Row[Any], action: str, **details: Any) -> None:
    keys = _keys(connection, [row])
    op.audit(connection, action, "notification", row.id, next(iter(keys), None), details=details or None)


def _keys(connection: Connection, rows: Any) -> list[UUID]:
    return customers.audit_keys(connection, sorted({row.customer_id for row in rows if row.customer_id}))


def _row(op: Operation, row: Row[Any]) -> NotificationRow:
    members = {name: getattr(row, name) for name in _ROW}
    return NotificationRow(**members, overdue=is_overdue(row.state, row.due_on, op.today), task=row.task)


def _out(connection: Connection, op: Operation, row: Row[Any]) -> NotificationOut:
    attempts = notifications.attempts_of(connection, row.id)
    return NotificationOut(
        **_row(op, row).model_dump(),
        **{name: getattr(row, name) for name in _MORE},
        task_text=task_text(row.task, op.definition.default_language),
        answered_by=row.answered_by,
        attempts=[
            AttemptOut(number=n, **{name: getattr(one, name) for name in _ATTEMPT})
            for n, one in enumerate(attempts, start=1)
        ],
    )


def task_text(task: str | None, language: str) -> str | None:
    """What a human has to do, in the language, or in English."""
    words = _tasks().get(task or "")
    return None if words is None else words.get(language, words["en"])


@cache
def _tasks() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load((files("app.connectors") / "tasks.yaml").read_text("utf-8"))
    return found
