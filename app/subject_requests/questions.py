"""Questions to the person that stop the clock: who they are (Art. 12(6)), what they mean (Recital 63)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.db import new_id
from app.letters.facts import IdentityRequest
from app.policy.deadlines import Ending, PauseKind
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.definition import Definition
from app.register.operation import Operation
from app.subject_requests import leases, repository, repository_clock
from app.subject_requests.clocks import clock_of, those_that_count
from app.subject_requests.errors import RequestInvalid, StateForbids
from app.subject_requests.handling import UNDECIDED, audit, find, move, store_due
from app.subject_requests.schemas import IdentityCheckIn
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.shown import request_out
from app.subject_requests.writing import write_letter

AT_ONCE = 500
"""Requests that are looked at together."""


def check_identity(connection: Connection, op: Operation, name: str, sent: IdentityCheckIn) -> RequestOut:
    """Ask (the clock pauses if a doubt is recorded in time), or record what became of the question."""
    row = find(connection, name, lock=True)
    if State(row.state) not in UNDECIDED:
        raise StateForbids(state=row.state)
    on = sent.on or op.today
    if not row.received_on <= on <= op.today:
        raise _invalid("must lie between receipt and today", "#/on")
    if sent.step == "asked":
        _ask(connection, op, row, sent, on)
    else:
        _end(connection, op, row, sent, on)
    store_due(connection, op, name)
    if sent.step == "asked" and sent.kind is PauseKind.IDENTITY and sent.reason is not None:
        _write_identity_request(connection, op, find(connection, name))
    audit(connection, op, row, "check_identity", step=sent.step)
    return request_out(connection, op, find(connection, name))


def _write_identity_request(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """The newest question in a letter; one without a doubt may not be asked (Art. 12(6))."""
    checks = repository.checks(connection, row.id)
    check = checks[-1]
    asked = {"asked_on": check.asked_on, "reason": check.reason, "asked_for": check.asked_for}
    common = {"right": Right(row.right), "received_on": row.received_on, "due_on": row.due_on}
    pauses = check.id in those_that_count(op.definition, row, checks)
    write_letter(connection, op, row, IdentityRequest(**common, **asked, pauses=pauses))


def _ask(connection: Connection, op: Operation, row: Row[Any], sent: IdentityCheckIn, on: date) -> None:
    if sent.kind is PauseKind.CLARIFICATION and Right(row.right) is not Right.ACCESS:
        raise _invalid("only an access request is asked what it means (Recital 63)", "#/kind")
    check = {"id": new_id(), "request_id": row.id, "kind": sent.kind.value, "asked_on": on, "reason": sent.reason or ""}
    repository.add_check(connection, {**check, "asked_for": sent.asked_for})
    state = State.IDENTITY_PENDING if sent.kind is PauseKind.IDENTITY else State(row.state)
    move(connection, op, row, state, f"{sent.kind}_asked", details={"question": str(check["id"])})


EVENTS = {Ending.INSUFFICIENT: "insufficient", Ending.WITHDRAWN: "withdrawn"}
"""The word of the timeline for an end that brought nothing."""


def _end(connection: Connection, op: Operation, row: Row[Any], sent: IdentityCheckIn, on: date) -> None:
    ending = Ending(sent.step)
    there = [check for check in repository_clock.open_checks(connection, row.id) if check.kind == sent.kind]
    ended = [check for check in there if sent.question in {None, check.id}]
    if not ended and (
        sent.question is not None or ending is not Ending.SUFFICIENT or sent.kind is not PauseKind.IDENTITY
    ):
        raise _invalid("no such question is open", "#/question" if sent.question else "#/step")
    if any(on < check.asked_on for check in ended):
        raise _invalid("lies before the question", "#/on")
    known = {"sufficient_on": on, "level": sent.level} if ending is Ending.SUFFICIENT else {}
    values = {"ended_on": on, "ending": ending.value, "how": sent.how, **known}
    repository_clock.end_checks(connection, [check.id for check in ended], values)
    state, details = _state_after(row, sent, ending, left=len(there) - len(ended)), None
    if ending is Ending.SUFFICIENT and sent.kind is PauseKind.IDENTITY:
        details = {"level": sent.level}  # also where nothing had been asked, and there is no question to keep it at
    move(connection, op, row, state, _event(sent, ending), details=details)


def _state_after(row: Row[Any], sent: IdentityCheckIn, ending: Ending, *, left: int) -> State:
    """Back to review once no question about identity is left, unless what came does not do."""
    if sent.kind is not PauseKind.IDENTITY or ending is Ending.INSUFFICIENT or left:
        return State(row.state)
    return State.IN_REVIEW


def _event(sent: IdentityCheckIn, ending: Ending) -> str:
    known = "known" if sent.kind is PauseKind.IDENTITY else "given"
    return f"{sent.kind}_{EVENTS.get(ending, known)}"


def _invalid(detail: str, pointer: str) -> RequestInvalid:
    return RequestInvalid(errors=[{"detail": detail, "pointer": pointer}])


def keep_up(connection: Connection, definition: Definition, today: date) -> int:
    """Store today's due date where the clock stands still, so that lists and indexes have it; how many changed."""
    waiting, moved = repository_clock.unanswered(connection), 0
    for some in (waiting[n : n + AT_ONCE] for n in range(0, len(waiting), AT_ONCE)):
        checks = repository.checks_of(connection, some)
        for row in repository_clock.requests(connection, some):
            if clock_of(definition, row, checks[row.id], today).due_on != row.due_on:
                moved += _moved(connection, definition, row.id, today)
    return moved


def keep_up_once(connection: Connection, op: Operation) -> None:
    """`keep_up`, unless a list has done so today under this definition: whoever asks or answers stores the date too."""
    name = f"clocks:{op.register.version}"
    if leases.is_free(connection, name, op.at):
        keep_up(connection, op.definition, op.today)
        tomorrow = op.start_of(op.today + timedelta(days=1))
        leases.take_lease(connection, name, leases.own_name(), op.at, tomorrow - op.at)


def _moved(connection: Connection, definition: Definition, request_id: UUID, today: date) -> bool:
    """Whether the request, now that nobody else can change it, got another due date."""
    row = repository.request(connection, request_id, lock=True)
    if row is None or row.closed_at is not None:
        return False
    due_on = clock_of(definition, row, repository.checks(connection, row.id), today).due_on
    repository.change_request(connection, row.id, {"due_on": due_on})
    return True
