"""A reported death: marketing stops at once, the customership closes, the rights end with the person (Recital 27).

Accounting material and the estate's claims stay. Somebody alive who shares an address keeps it: marketing to the dead
person stops in every check, but only addresses that nobody else holds are suppressed. A report that was mistaken is
withdrawn, and everything is as it was before, save the words of requests that had been closed.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers import suppression
from app.customers.record import addresses
from app.customers.service import find as find_customer
from app.customers.suppression import DEATH, EVERY, Suppression
from app.db import new_id
from app.policy.representation import Representing
from app.policy.requests import State
from app.policy.vocabulary import Channel
from app.register.operation import Operation
from app.subject_requests import envelopes, repository, traces, undoing
from app.subject_requests import repository_people as people
from app.subject_requests.deciding import take_back_decision
from app.subject_requests.errors import DeathNotReported, DeathReported, RequestInvalid
from app.subject_requests.handling import CONTENT, UNDECIDED, move
from app.subject_requests.schemas_people import BookingAhead, DeathIn, DeathOut, MistakeIn
from app.subject_requests.shown import what_is_open

ENDED = "ended_by_death"
EXCUSED = "The person is reported dead."


def report(connection: Connection, op: Operation, customer_id: UUID, sent: DeathIn) -> DeathOut:
    """Record a death and stop what ends with it."""
    op.actor.must_be_person()
    find_customer(connection, op, customer_id)
    people.lock_open_requests(connection, customer_id)
    customers.lock(connection, customer_id)
    customer = find_customer(connection, op, customer_id)
    standing = people.standing_death(connection, customer_id)
    if standing is not None:
        raise DeathReported(reported_on=standing.reported_on.isoformat())
    if sent.reported_on > op.today:
        raise RequestInvalid(errors=[{"detail": "lies in the future", "pointer": "#/reported_on"}])
    row = {"id": new_id(), "customer_id": customer_id, "recorded_at": op.at, "recorded_by": op.actor.id}
    people.add_death(connection, {**row, **sent.model_dump()})
    _suppress(connection, op, customer, row["id"])
    ended = [_end(connection, op, request) for request in repository.open_requests_of(connection, customer_id)]
    customers.tell_systems(connection, customer_id, "deceased", op.at)
    details = {"requests_ended": sum(ended)}
    op.audit(connection, "report_death", "customer", row["id"], customer.audit_key, details=details)
    return _out(connection, op, customer, row["id"])


def _suppress(connection: Connection, op: Operation, customer: Row[Any], death_id: Any) -> None:
    """All marketing to the addresses that nobody else holds; it outlives the record."""
    held = addresses(customer)
    shared = people.shared_kinds(connection, customer.id, held)
    own = [address for address in held if address.kind not in shared]
    what = Suppression(EVERY, "suppressed", DEATH, op.at, op.actor.id, op.at, death_id)
    suppression.apply(connection, op.keys.key_id, own, set(Channel), what)


def _end(connection: Connection, op: Operation, request: Row[Any]) -> bool:
    """End a request of the person with a stated reason; what is being carried out goes on without its letter."""
    acting = request.representative or {}
    if acting.get("role") == Representing.ESTATE:
        return False
    before = {"reason": "deceased", "state_before": request.state}
    if State(request.state) is State.EXECUTING:
        return _excuse_letter(connection, op, request, before)
    if State(request.state) not in UNDECIDED:
        take_back_decision(connection, op, request)
    closing = {"closed_at": op.at, "execute_after": None, **CONTENT}
    move(connection, op, request, State.WITHDRAWN, ENDED, closing, before)
    traces.of_content(connection, op.at)
    return True


def _excuse_letter(connection: Connection, op: Operation, request: Row[Any], before: dict[str, Any]) -> bool:
    letters = [e for e in envelopes.of_request(connection, request.id) if e.outcome is None]
    for letter in letters:
        envelopes.close(connection, letter.id, "excused", EXCUSED, op.at)
    if not letters:
        return False
    decision = repository.standing_decision(connection, request.id)
    verdicts = repository.verdicts_of(connection, decision) if decision else []
    waiting = what_is_open(connection, request, verdicts)
    done = all(name.startswith("question:") for name in waiting)
    closing: dict[str, Any] = {"closed_at": op.at, **CONTENT} if done else {}
    move(connection, op, request, State.COMPLETED if done else State.EXECUTING, ENDED, closing, before)
    return True


def read(connection: Connection, op: Operation, customer_id: UUID) -> DeathOut:
    """The report that stands."""
    customer, row = _standing(connection, op, customer_id)
    op.audit(connection, "read", "death", row.id, customer.audit_key)
    return _out(connection, op, customer, row.id)


def reread(connection: Connection, op: Operation, death_id: UUID) -> DeathOut:
    """The report again, for a repeated Idempotency-Key."""
    row = people.death(connection, death_id)
    if row is None:
        raise DeathNotReported
    customer = find_customer(connection, op, row.customer_id)
    op.audit(connection, "read", "death", death_id, customer.audit_key)
    return _out(connection, op, customer, death_id)


def _standing(connection: Connection, op: Operation, customer_id: UUID) -> tuple[Row[Any], Row[Any]]:
    customer = find_customer(connection, op, customer_id)
    row = people.standing_death(connection, customer_id)
    if row is None:
        raise DeathNotReported
    return customer, row


def withdraw(connection: Connection, op: Operation, customer_id: UUID, sent: MistakeIn) -> DeathOut:
    """The report was mistaken: the suppression goes, the customership goes on, ended requests are open again."""
    op.actor.must_be_person()
    find_customer(connection, op, customer_id)
    customers.lock(connection, customer_id)
    customer, row = _standing(connection, op, customer_id)
    undoing.undo(connection, op, row.id, {"suppression": undoing.suppressions_of(connection, [row.id])})
    values = {"withdrawn_at": op.at, "withdrawn_by": op.actor.id, "withdrawal_reason": sent.reason}
    people.withdraw_death(connection, row.id, values)
    for request in _ended(connection, row):
        _reopen(connection, op, request)
    customers.tell_systems(connection, customer_id, "rectified", op.at)
    op.audit(connection, "withdraw_death", "customer", row.id, customer.audit_key)
    return _out(connection, op, customer, row.id)


def _ended(connection: Connection, death: Row[Any]) -> Sequence[Row[Any]]:
    return people.ended_requests(connection, death.customer_id, ENDED, death.recorded_at)


def _reopen(connection: Connection, op: Operation, request: Row[Any]) -> None:
    """Back to where it stood, a decided one under review; its clock has run on from receipt.

    Only this leaves a final state: the person never asked for the end, and never was dead.
    """
    before = State(request.details["state_before"])
    if before in {State.PROPOSED, State.DECIDED}:
        before = State.IN_REVIEW
    for envelope in envelopes.of_request(connection, request.id):
        if envelope.outcome_reason == EXCUSED:
            envelopes.reopen(connection, envelope.id)
    repository.change_request(connection, request.id, {"state": before.value, "closed_at": None})
    event = {"request_id": request.id, "at": op.at, "kind": "reopened", "state": before, "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": {"reason": "death_report_withdrawn"}})


def _out(connection: Connection, op: Operation, customer: Row[Any], death_id: Any) -> DeathOut:
    row = people.death(connection, death_id)
    assert row is not None  # noqa: S101 (read or written in this transaction)
    named = ("id", "customer_id", "reported_on", "reported_by_role", "evidence_seen", "recorded_at", "recorded_by")
    ahead = people.bookings_ahead(connection, customer.id, op.at)
    return DeathOut(
        **{name: getattr(row, name) for name in named},
        withdrawn_at=row.withdrawn_at,
        withdrawal_reason=row.withdrawal_reason,
        shared_addresses=sorted(people.shared_kinds(connection, customer.id, addresses(customer))),
        requests_ended=[request.case_number for request in _ended(connection, row)],
        bookings_ahead=[
            BookingAhead(system=b.system, booking_id=b.booking_id, starts_at=b.starts_at, service=b.service)
            for b in ahead
        ],
    )
