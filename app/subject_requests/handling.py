"""What happens to a request before it is decided: link the person, hand it over, extend, take back."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers.errors import CustomerErased, CustomerNotFound
from app.letters import repository as letters
from app.letters.facts import Extension as ExtensionLetter
from app.notifications import repository as notifications
from app.policy.deadlines import Ending, Extension, extension_refusal
from app.policy.letters import INTERIM, LetterKind
from app.policy.notifications import Progress
from app.policy.requests import State, may_move
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import (
    assessment,
    correcting,
    envelopes,
    replies,
    repository,
    repository_clock,
    restricting,
    rights,
    traces,
)
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
from app.subject_requests.repository_rights import forget_situation
from app.subject_requests.schemas import CompletionIn, ExtensionIn, RecipientOutcome, RequestPatch, WithdrawalIn
from app.subject_requests.schemas_out import AssessmentOut, RequestOut
from app.subject_requests.shown import request_out, what_is_open
from app.subject_requests.writing import left, write_letter

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


def assess(connection: Connection, op: Operation, name: str) -> AssessmentOut:
    """The dry run; changes nothing."""
    row = find(connection, name)
    if Right(row.right) not in {Right.ERASURE, Right.OBJECTION}:
        raise StateForbids("only what may erase is assessed: an erasure or an objection")
    if State(row.state) not in {*UNDECIDED, State.PROPOSED, State.DECIDED}:
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
    if to.value in repository.FINAL:
        replies.forget(connection, [row.id], "closed", op.at)
    event = {"request_id": row.id, "at": op.at, "kind": kind, "state": to.value, "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": details})


def patch(connection: Connection, op: Operation, name: str, sent: RequestPatch, if_match: str | None) -> RequestOut:
    """Link the person, hand the request over or record who acts; needs If-Match."""
    row = find(connection, name, lock=True)
    if if_match is None:
        raise RequestIfMatchNeeded
    if if_match.strip() not in {"*", f'"{row.version}"'}:
        raise RequestStale
    values: dict[str, Any] = {}
    if sent.customer is not None:
        correcting.must_be_correctable(connection, row)
        values["customer_id"] = _living(connection, one_person(connection, sent.customer))
    if sent.person_in_charge is not None:
        values["person_in_charge"] = sent.person_in_charge
    values |= _grounds(row, sent)
    if "substitute" in sent.model_fields_set:
        values["substitute"] = sent.substitute
    if sent.representative is not None:
        if State(row.state) not in UNDECIDED:
            raise StateForbids("who acts is fixed once the request is decided", state=row.state)
        values["representative"] = sent.representative.model_dump(mode="json")
    if row.customer_id is not None and values.get("customer_id", row.customer_id) != row.customer_id:
        correcting.link_right_person(connection, op, row, values)
        rights.begin(connection, op, find(connection, name))
    else:
        move(connection, op, row, State(row.state), "changed", values, {"members": sorted(values)})
        rights.move(connection, op, row, find(connection, name))
        audit(connection, op, find(connection, name), "change", members=sorted(values))
    return request_out(connection, op, find(connection, name))


def _grounds(row: Row[Any], sent: RequestPatch) -> dict[str, Any]:
    """What was found about the grounds of Art. 17(1) or 18(1); raises when they do not belong to the request."""
    given = sent.model_dump(mode="json", include={"ground", "ground_facts", "restriction_ground"}, exclude_none=True)
    if given and State(row.state) not in UNDECIDED:
        raise StateForbids("the ground is fixed once the request is decided", state=row.state)
    for name in given:
        right = Right.RESTRICTION if name == "restriction_ground" else Right.ERASURE
        if Right(row.right) is not right:
            raise RequestInvalid(errors=[{"detail": "does not belong to this right", "pointer": f"#/{name}"}])
    return given


def _living(connection: Connection, customer_id: UUID) -> UUID:
    row = customers.lock(connection, customer_id)
    if row is None:
        raise CustomerNotFound
    if row.erased_at is not None:
        raise CustomerErased(erased_on=row.erased_at.date().isoformat())
    return customer_id


def store_due(connection: Connection, op: Operation, name: str) -> None:
    """The due date by which lists are sorted, as the facts stand."""
    row = find(connection, name)
    clock = clock_of(op.definition, row, repository.checks(connection, row.id), op.today)
    repository.change_request(connection, row.id, {"due_on": clock.due_on})


def end_questions(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """Nobody waits for an answer any more: the request is decided or taken back."""
    asked = repository_clock.open_checks(connection, row.id)
    closed = {"ended_on": op.today, "ending": Ending.CLOSED.value}
    repository_clock.end_checks(connection, [check.id for check in asked], closed)


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
    store_due(connection, op, name)
    _write_extension(connection, op, find(connection, name))
    audit(connection, op, row, "extend")
    return request_out(connection, op, find(connection, name))


def _write_extension(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """The notice of the extension; it was sent when the caller says so, and is recorded as sent then."""
    clock = clock_of(op.definition, row, repository.checks(connection, row.id), op.today)
    common = {"right": Right(row.right), "received_on": row.received_on, "reason": row.extension_reason}
    letter = write_letter(
        connection, op, row, ExtensionLetter(**common, due_on=row.due_on, paused_days=clock.paused_days)
    )
    left(connection, op, row, letter, row.extension_sent_on, "other")


def take_back(connection: Connection, op: Operation, name: str, sent: WithdrawalIn) -> RequestOut:
    """The person takes the request back before it is decided; or it was opened in error, and leaves nothing behind."""
    row = find(connection, name, lock=True)
    if sent.kind == "opened_in_error":
        correcting.opened_in_error(connection, op, row, {"closed_at": op.at, **CONTENT})
        return request_out(connection, op, find(connection, row.case_number))
    if State(row.state) not in UNDECIDED:
        raise StateForbids("cancel the decision first", state=row.state)
    details = {"noted": sent.note is not None}
    move(connection, op, row, State.WITHDRAWN, "withdrawn", {"closed_at": op.at, **CONTENT}, details)
    rights.take_back(connection, op, row)
    end_questions(connection, op, row)
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
    for answer in sent.recipients:
        _answered(connection, op, row, answer)
    if sent.letter_sent_on is not None:
        _answers_left(connection, op, row, sent.letter_sent_on)
    audit(connection, op, row, "complete")
    blocking = finish(connection, op, row, asked=True)
    if blocking and not sent.recipients and sent.letter_sent_on is None:
        raise StillOpen(open=blocking)
    if blocking:
        traces.of_content(connection, op.at)
    return request_out(connection, op, find(connection, name))


def _answered(connection: Connection, op: Operation, row: Row[Any], answer: RecipientOutcome) -> None:
    """A recipient's answer to everything of this case that it has not answered yet."""
    told = [one for one in notifications.of_request(connection, row.id) if one.recipient == answer.addressee]
    if not told:
        raise RequestInvalid(errors=[{"detail": "nobody of that name is told", "pointer": "#/recipients"}])
    for one in told:
        if one.state != Progress.VERIFIED:  # a machine has seen that it is done
            said = {"reason": answer.reason, "answered_by": op.actor.id}
            notifications.close(connection, one.id, Progress(answer.outcome), op.at, **said)
    answered = {"addressee": answer.addressee, "outcome": answer.outcome}
    move(connection, op, row, State.EXECUTING, "recipient_answered", details=answered)


def finish(connection: Connection, op: Operation, row: Row[Any], *, asked: bool = False) -> list[str]:
    """Complete a request that is carried out, and leave a trace of it, unless something is open; what that is.

    `asked` when a human says that it is complete: then nothing waits for a reply to be fetched once more, or at all.
    """
    decision = repository.standing_decision(connection, row.id)
    verdicts = repository.verdicts_of(connection, decision) if decision else []
    waiting = what_is_open(connection, row, verdicts)
    waiting += restricting.to_lift(connection, row, decision)
    waiting += replies.waiting(connection, row.id, op.at)
    passed = replies.FOR_A_HUMAN if asked else frozenset()
    blocking = [name for name in waiting if not name.startswith("question:") and name not in passed]
    if not blocking:
        move(connection, op, row, State.COMPLETED, "completed", {"closed_at": op.at, **CONTENT})
        forget_situation(connection, row.id)
        traces.of_content(connection, op.at)
    return blocking


def answer_left(connection: Connection, op: Operation, row: Row[Any], sent_on: date, pointer: str) -> None:
    """The answer has left: nobody needs its envelope any more (Art. 5(1)(e))."""
    must_be_plausible(op, row, sent_on, pointer)
    repository.change_request(connection, row.id, {"letter_sent_on": sent_on})
    for envelope in envelopes.of_request(connection, row.id):
        if envelope.destroyed_at is None:
            envelopes.close(connection, envelope.id, "acknowledged", None, op.at)


def must_be_plausible(op: Operation, row: Row[Any], sent_on: date, pointer: str) -> None:
    """A letter leaves after the request has come in, and not tomorrow."""
    if not row.received_on <= sent_on <= op.today:
        raise RequestInvalid(errors=[{"detail": "must lie between receipt and today", "pointer": pointer}])


def _answers_left(connection: Connection, op: Operation, row: Row[Any], sent_on: date) -> None:
    """The letters that answer the request, when it is the request that is told to have been answered."""
    answer_left(connection, op, row, sent_on, "#/letter_sent_on")
    for letter in letters.of_request(connection, row.id):
        if letter.sent_on is None and LetterKind(letter.kind) not in INTERIM:
            left(connection, op, row, letter, sent_on, "other")
