"""What happens to a request before it is decided: link the person, ask who they are, extend, take back."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers.errors import CustomerErased, CustomerNotFound
from app.db import new_id
from app.pagination import Page, Window
from app.policy.deadlines import Extension, extension_refusal
from app.policy.requests import State, may_move
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import assessment, envelopes, repository, traces
from app.subject_requests.clocks import clock_of
from app.subject_requests.errors import (
    ExtensionRefused,
    RequestIfMatchNeeded,
    RequestInvalid,
    RequestNotFound,
    RequestStale,
    StateForbids,
    StillOpen,
)
from app.subject_requests.intake import one_person
from app.subject_requests.schemas import CompletionIn, ExtensionIn, IdentityCheckIn, RequestPatch, WithdrawalIn
from app.subject_requests.schemas_out import AssessmentOut, RequestOut, RequestRow
from app.subject_requests.shown import request_out, request_row, what_is_open

UNDECIDED = frozenset({State.RECEIVED, State.IDENTITY_PENDING, State.IN_REVIEW})


def find(connection: Connection, name: str, *, lock: bool = False) -> Row[Any]:
    """The request by id or case number; raises `RequestNotFound`."""
    try:
        key: UUID | str = UUID(name)
    except ValueError:
        key = name
    row = repository.request(connection, key, lock=lock)
    if row is None:
        raise RequestNotFound
    return row


def read(connection: Connection, op: Operation, name: str) -> RequestOut:
    """One request."""
    row = find(connection, name)
    audit(connection, op, row, "read")
    return request_out(connection, op, row)


def audit(connection: Connection, op: Operation, row: Row[Any], action: str, **details: Any) -> None:
    """One audit row that names the request and its person."""
    keys = customers.audit_keys(connection, [row.customer_id]) if row.customer_id else []
    op.audit(connection, action, "subject_request", row.id, next(iter(keys), None), details=details or None)


def listed(
    connection: Connection,
    op: Operation,
    state: State | None,
    due_before: date | None,
    right: Right | None,
    window: Window,
) -> Page[RequestRow]:
    """Requests by due date, open ones unless a state is named."""
    after = (date.fromisoformat(window.after[0]), UUID(window.after[1])) if window.after else None
    states = None if state is None else [state.value]
    rows = repository.list_requests(
        connection, states, due_before, right.value if right else None, after, window.limit + 1
    )
    checks = repository.checks_of(connection, [row.id for row in rows])
    op.audit(connection, "list", "subject_request", details={"found": min(len(rows), window.limit)})
    items = [request_row(op, row, checks.get(row.id, [])) for row in rows]
    return window.page(items, [(row.due_on.isoformat(), str(row.id)) for row in rows])


def assess(connection: Connection, op: Operation, name: str) -> AssessmentOut:
    """The dry run; changes nothing."""
    row = find(connection, name)
    if Right(row.right) is not Right.ERASURE:
        raise StateForbids("only an erasure is assessed")
    if State(row.state) not in {*UNDECIDED, State.DECIDED}:
        raise StateForbids("the request has been executed or closed", state=row.state)
    return assessment.read(connection, op, row)


def move(
    connection: Connection,
    op: Operation,
    row: Row[Any],
    to: State,
    kind: str,
    values: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Change the state and append to the timeline; raises `StateForbids`."""
    state = State(row.state)
    if state is not to and not may_move(state, to, Right(row.right)):
        raise StateForbids(state=row.state)
    repository.change_request(connection, row.id, {"state": to.value, **(values or {})})
    event = {"request_id": row.id, "at": op.at, "kind": kind, "state": to.value, "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": details})


def patch(connection: Connection, op: Operation, name: str, sent: RequestPatch, if_match: str | None) -> RequestOut:
    """Link the person or hand the request over; needs If-Match."""
    row = find(connection, name, lock=True)
    if if_match is None:
        raise RequestIfMatchNeeded
    if if_match.strip() not in {"*", f'"{row.version}"'}:
        raise RequestStale
    values: dict[str, Any] = {}
    if sent.customer is not None:
        if State(row.state) not in UNDECIDED:
            raise StateForbids("the person is fixed once the request is decided", state=row.state)
        values["customer_id"] = _living(connection, one_person(connection, sent.customer))
    if sent.person_in_charge is not None:
        values["person_in_charge"] = sent.person_in_charge
    move(connection, op, row, State(row.state), "changed", values, {"members": sorted(values)})
    audit(connection, op, find(connection, name), "change", members=sorted(values))
    return request_out(connection, op, find(connection, name))


def _living(connection: Connection, customer_id: UUID) -> UUID:
    row = customers.lock(connection, customer_id)
    if row is None:
        raise CustomerNotFound
    if row.erased_at is not None:
        raise CustomerErased(erased_on=row.erased_at.date().isoformat())
    return customer_id


def check_identity(connection: Connection, op: Operation, name: str, sent: IdentityCheckIn) -> RequestOut:
    """Ask who the person is (the clock pauses if a doubt is recorded in time), or record that it is known."""
    row = find(connection, name, lock=True)
    if State(row.state) not in UNDECIDED:
        raise StateForbids(state=row.state)
    on = sent.on or op.today
    if not row.received_on <= on <= op.today:
        raise RequestInvalid(errors=[{"detail": "must lie between receipt and today", "pointer": "#/on"}])
    if sent.step == "asked":
        check = {"id": new_id(), "request_id": row.id, "asked_on": on, "reason": sent.reason or ""}
        repository.add_check(connection, {**check, "asked_for": sent.asked_for})
        move(connection, op, row, State.IDENTITY_PENDING, "identity_asked")
    else:
        known = {"sufficient_on": on, "level": sent.level, "how": sent.how}
        repository.settle_checks(connection, row.id, known)
        move(connection, op, row, State.IN_REVIEW, "identity_known", details={"level": sent.level})
    _store_due(connection, op, name)
    audit(connection, op, row, "check_identity", step=sent.step)
    return request_out(connection, op, find(connection, name))


def _store_due(connection: Connection, op: Operation, name: str) -> None:
    row = find(connection, name)
    clock = clock_of(op.definition, row, repository.checks(connection, row.id), op.today)
    repository.change_request(connection, row.id, {"due_on": clock.due_on})


def extend(connection: Connection, op: Operation, name: str, sent: ExtensionIn) -> RequestOut:
    """Take two further months; refused unless the person was told, with reasons, by the first due date."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    if State(row.state) not in UNDECIDED or row.extension_sent_on is not None:
        raise StateForbids(state=row.state)
    if sent.notice_sent_on > op.today:
        raise RequestInvalid(errors=[{"detail": "lies in the future", "pointer": "#/notice_sent_on"}])
    first = clock_of(op.definition, row, repository.checks(connection, row.id), op.today).first_due_on
    refusal = extension_refusal(Extension(sent.notice_sent_on, sent.reason), row.received_on, first)
    if refusal is not None:
        raise ExtensionRefused(refusal.text, first_due_on=first.isoformat())
    values = {"extension_sent_on": sent.notice_sent_on, "extension_reason": sent.reason}
    move(connection, op, row, State(row.state), "extended", values)
    _store_due(connection, op, name)
    audit(connection, op, row, "extend")
    return request_out(connection, op, find(connection, name))


def take_back(connection: Connection, op: Operation, name: str, sent: WithdrawalIn) -> RequestOut:
    """The person takes the request back before it is decided."""
    row = find(connection, name, lock=True)
    if State(row.state) not in UNDECIDED:
        raise StateForbids("cancel the decision first", state=row.state)
    details = {"noted": sent.note is not None}
    move(connection, op, row, State.WITHDRAWN, "withdrawn", {"closed_at": op.at, **CONTENT}, details)
    traces.of_content(connection, op.at)
    audit(connection, op, row, "withdraw")
    return request_out(connection, op, find(connection, name))


CONTENT: dict[str, Any] = {"claimed_identity": None, "representative": None, "details": None}
"""What the file of a closed request no longer holds."""


def complete(connection: Connection, op: Operation, name: str, sent: CompletionIn) -> RequestOut:
    """Record answers of recipients and the letter; completed when nothing is open, else still executing (Art. 19)."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    if State(row.state) is not State.EXECUTING:
        raise StateForbids(state=row.state)
    told = {envelope.addressee: envelope for envelope in envelopes.of_request(connection, row.id)}
    for answer in sent.recipients:
        if answer.addressee not in told or answer.addressee == envelopes.LETTER:
            raise RequestInvalid(errors=[{"detail": "nobody of that name is told", "pointer": "#/recipients"}])
        envelopes.close(connection, told[answer.addressee].id, answer.outcome, answer.reason, op.at)
    if sent.letter_sent_on is not None:
        _letter_left(connection, op, row, told, sent)
    traces.of_content(connection, op.at)
    audit(connection, op, row, "complete")
    decision = repository.standing_decision(connection, row.id)
    verdicts = repository.verdicts_of(connection, decision) if decision else []
    waiting = what_is_open(row, envelopes.of_request(connection, row.id), verdicts)
    blocking = [name for name in waiting if not name.startswith("question:")]
    if not blocking:
        move(connection, op, row, State.COMPLETED, "completed", {"closed_at": op.at, **CONTENT})
    elif not sent.recipients and sent.letter_sent_on is None:
        raise StillOpen(open=blocking)
    return request_out(connection, op, find(connection, name))


def _letter_left(
    connection: Connection, op: Operation, row: Row[Any], told: dict[str, Row[Any]], sent: CompletionIn
) -> None:
    assert sent.letter_sent_on is not None  # noqa: S101 (the caller has looked)
    if not row.received_on <= sent.letter_sent_on <= op.today:
        detail = "must lie between receipt and today"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/letter_sent_on"}])
    repository.change_request(connection, row.id, {"letter_sent_on": sent.letter_sent_on})
    if envelopes.LETTER in told:
        envelopes.close(connection, told[envelopes.LETTER].id, "acknowledged", None, op.at)
