"""Letters on their way to the person: issue by hand, join the name, record that one has left."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import Connection, Row

from app.letters import repository as stored
from app.letters import service as letters
from app.letters.addressee import of_record
from app.letters.document import Document
from app.letters.errors import LetterDelivered, LetterNotFound, LetterOfBreach
from app.letters.facts import AccessCover, FeeOrExcessive
from app.letters.schemas import (
    AccessCoverNew,
    DeliveryIn,
    FeeOrExcessiveNew,
    LetterNew,
    LetterOut,
    LetterRow,
    OutcomeNew,
    RestrictionLiftedNew,
)
from app.pagination import Page, Window
from app.policy.abuse import Measure
from app.policy.letters import INTERIM, LetterKind
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import abuse, repository, restricting, traces
from app.subject_requests.errors import StateForbids
from app.subject_requests.handling import answer_left, audit, find, finish, must_be_plausible
from app.subject_requests.outcome import write_outcome
from app.subject_requests.repository import FINAL
from app.subject_requests.writing import left, whom, write_letter


@dataclass(frozen=True, slots=True)
class Printable:
    """A letter with whom it goes to, ready for a page or a PDF."""

    number: str
    version: int
    issued_at: datetime
    document: Document


def listed(connection: Connection, op: Operation, name: str, window: Window) -> Page[LetterRow]:
    """The letters of a request, oldest first."""
    op.actor.must_be_person()
    request = find(connection, name)
    after = UUID(window.after[0]) if window.after else None
    rows = stored.of_request(connection, request.id, after, window.limit + 1)
    audit(connection, op, request, "read_letters")
    return window.page([letters.letter_row(row) for row in rows], [(str(row.id),) for row in rows])


def answer(connection: Connection, op: Operation, name: str) -> LetterOut:
    """The newest letter that answers the request; raises `LetterNotFound` while there is none."""
    op.actor.must_be_person()
    request = find(connection, name)
    rows = [r for r in stored.of_request(connection, request.id) if LetterKind(r.kind) not in INTERIM]
    if not rows:
        raise LetterNotFound
    letters.audit(connection, op, rows[-1], "read")
    return letters.letter_out(connection, op, rows[-1])


def issue(connection: Connection, op: Operation, name: str, sent: LetterNew) -> LetterOut:
    """Issue a letter that a human asks for; raises `LetterIncomplete` when it lacks what the law demands."""
    op.actor.must_be_person()
    request = find(connection, name, lock=True)
    if request.state in FINAL:
        raise StateForbids("the request is closed", state=request.state)
    letter = _issued(connection, op, request, sent)
    letters.audit(connection, op, letter, "issue_letter")
    return letters.letter_out(connection, op, letter)


def _issued(connection: Connection, op: Operation, request: Row[Any], sent: LetterNew) -> Row[Any]:
    common = {"right": Right(request.right), "received_on": request.received_on}
    told = sent.model_dump(exclude={"kind"})
    match sent:
        case FeeOrExcessiveNew():
            measure = Measure.FEE if sent.charge == "fee" else Measure.REFUSAL
            approver = abuse.approved(connection, request, measure).approved_by_name
            return write_letter(connection, op, request, FeeOrExcessive(**common, **told, approver=approver))
        case AccessCoverNew():
            return write_letter(connection, op, request, AccessCover(**common, **told))
        case RestrictionLiftedNew():
            began_on = restricting.began(op, restricting.standing(connection, request))
            return restricting.write_lifted(connection, op, request, began_on, sent.lifted_on, tuple(sent.reasons))
        case OutcomeNew():
            return _once_more(connection, op, request)
        case _ as unreachable:
            assert_never(unreachable)


def _once_more(connection: Connection, op: Operation, request: Row[Any]) -> Row[Any]:
    decided = repository.standing_decision(connection, request.id) is not None
    if not decided or State(request.state) is not State.EXECUTING:
        raise StateForbids("nothing has been decided and carried out", state=request.state)
    letter = write_outcome(connection, op, request.id)
    if letter is None:
        raise StateForbids("the answer to this right has a letter of its own: access_cover")
    return letter


def reread(connection: Connection, op: Operation, letter_id: UUID) -> LetterOut:
    """The letter again, for a repeated Idempotency-Key."""
    row = letters.find(connection, letter_id)
    letters.audit(connection, op, row, "read")
    return letters.letter_out(connection, op, row)


def printable(connection: Connection, op: Operation, number: str) -> Printable:
    """The letter with name and address, from the living record or the sealed envelope, while there is either."""
    op.actor.must_be_person()
    row = letters.find(connection, number)
    request = repository.request(connection, row.request_id) if row.request_id else None
    person = whom(connection, op, request)[0] if request is not None else None
    if request is None:
        person = of_record(connection, row.customer_id)
    letters.audit(connection, op, row, "print")
    document = letters.document_of(connection, op, row, person)
    return Printable(row.number, row.template_version, row.issued_at, document)


def deliver(connection: Connection, op: Operation, number: str, sent: DeliveryIn) -> LetterOut:
    """Record that a letter has left; the one that answers the request closes its envelope and may complete it."""
    op.actor.must_be_person()
    row = letters.find(connection, number)
    request = repository.request(connection, row.request_id, lock=True) if row.request_id else None
    if request is None:
        raise LetterOfBreach(breach=row.case_number) if row.kind == LetterKind.BREACH_NOTICE else LetterNotFound
    must_be_plausible(op, request, sent.sent_on, "#/sent_on")
    if not left(connection, op, request, row, sent.sent_on, sent.means):
        raise LetterDelivered(sent_on=row.sent_on.isoformat())
    if LetterKind(row.kind) not in INTERIM and State(request.state) is State.EXECUTING:
        answer_left(connection, op, request, sent.sent_on, "#/sent_on")
        if finish(connection, op, request):
            traces.of_content(connection, op.at)  # of the envelope
    letters.audit(connection, op, row, "deliver_letter")
    return letters.letter_out(connection, op, letters.find(connection, number))
