"""The recipient's own answer, on the page behind its link: without an account, and only while the answer is open."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.connectors.answer_page import Shown, State
from app.connectors.answers import Answer, AnswerIncomplete, read_answer
from app.customers import repository as customers
from app.delivery import service
from app.delivery.errors import AnswerLinkUnknown
from app.delivery.instructing import content_for, instruction_of, known
from app.delivery.links import notification_of
from app.keys import Keys
from app.notifications import repository as notifications
from app.policy.notifications import Progress, is_closed
from app.processors.sending import Stopped, may_send
from app.register.operation import Operation


def open_page(connection: Connection, op: Operation, token: str, *, base_url: str) -> Shown:
    """What the page says before anybody presses anything; opening it uses nothing up."""
    row = _found(connection, op.keys, token)
    _audit(connection, op, row, "open_page")
    return _shown(connection, op, row, _state(row), base_url)


def show(connection: Connection, op: Operation, token: str, *, base_url: str) -> Shown:
    """Show, this once, who it is about; not while nothing in Chapter V carries that to where the recipient is."""
    row = _found(connection, op.keys, token, lock=True)
    state = _state(row)
    asked = may_send(connection, op.definition, row.recipient, None, (), op.at)
    stopped = state == "open" and isinstance(asked, Stopped)
    shows = state == "open" and not stopped
    _audit(connection, op, row, "show_once", outcome="done" if shows else "refused" if stopped else "skipped")
    if not shows:
        page = _shown(connection, op, row, state, base_url)
        return Shown(page.instruction, page.state, page.fields, "transfer" if stopped else None)
    notifications.change(connection, row.id, {"shown_at": op.at})
    return _shown(connection, op, row, "showing", base_url)


def answer(connection: Connection, op: Operation, token: str, form: Mapping[str, str], *, base_url: str) -> Shown:
    """Take the answer; what is incomplete changes nothing, and a second answer neither."""
    row = _found(connection, op.keys, token, lock=True)
    if is_closed(row.state):
        _audit(connection, op, row, "open_page")
        return _shown(connection, op, row, "thanks", base_url)
    try:
        given = read_answer(form, op.today)
    except AnswerIncomplete as problem:
        _audit(connection, op, row, "open_page")
        page = _shown(connection, op, row, _state(row), base_url)
        return Shown(page.instruction, page.state, page.fields, problem.field, form)
    service.close(connection, op, row.id, _progress(given), **_said(given))
    return _shown(connection, op, row, "thanks", base_url)


def _progress(given: Answer) -> Progress:
    return Progress.REFUSED if given.kind == "refused" else Progress.ACKNOWLEDGED


def _said(given: Answer) -> dict[str, Any]:
    held = "Nothing is held of the person. " if given.kind == "nothing_held" else ""
    said = f"{held}Answered on the page of the notification by {given.answered_by}."
    return {"ground": given.ground, "until": given.until, "evidence": said}


def _found(connection: Connection, keys: Keys, token: str, *, lock: bool = False) -> Row[Any]:
    key: UUID | None = notification_of(keys, token)
    row = None if key is None else notifications.find(connection, key, lock=lock)
    if row is None:
        raise AnswerLinkUnknown
    return row


def _state(row: Row[Any]) -> State:
    if is_closed(row.state):
        return "thanks"
    return "open" if row.shown_at is None else "shown"


def _shown(connection: Connection, op: Operation, row: Row[Any], state: State, base_url: str) -> Shown:
    about = known(connection, [row])
    content = content_for(op, row, about) if state == "showing" else None
    told = instruction_of(connection, op, row, content or {}, about, base_url)
    return Shown(told, state)


def _audit(connection: Connection, op: Operation, row: Row[Any], action: str, outcome: str = "done") -> None:
    keys = customers.audit_keys(connection, [row.customer_id]) if row.customer_id else []
    op.audit(connection, action, "notification", row.id, next(iter(keys), None), outcome=outcome)
