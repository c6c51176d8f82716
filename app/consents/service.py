"""Take consent events, singly or many at once: append, project, suppress, audit; one transaction.

The state orders by `occurred_at`, so that a late event with an older instant never overturns a newer
withdrawal, whatever the order of arrival.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from app.consents import people, repository
from app.consents.errors import WordingUnknown
from app.consents.informing import pin_notices
from app.consents.marketing import addresses_of, still_suppressed, stop_or_resume
from app.consents.rules import purpose_for
from app.consents.schemas import ConsentIn, ConsentOut
from app.consents.storing import store
from app.consents.taking import Outcome, Taking
from app.consents.telling import tell_recipients
from app.customers import suppression
from app.customers.errors import invalid
from app.customers.identity import Address
from app.errors import Problem
from app.register.operation import Operation


def record(connection: Connection, op: Operation, sent: ConsentIn) -> ConsentOut:
    """Take one event; raises the problem that stands against it."""
    (taking,) = _take(connection, op, [sent], telling=True)
    outcome = _outcome(op, taking, _held(connection, [taking]))
    if isinstance(outcome, Problem):
        raise outcome
    keys = [person.audit_key for person in taking.people]
    single = keys[0] if len(keys) == 1 else None
    op.audit(connection, sent.action, "consent", taking.id, single, subjects=() if single else keys)
    return outcome


def take(
    connection: Connection,
    op: Operation,
    events: Sequence[ConsentIn],
    *,
    audited: bool = True,
    sent: int | None = None,
    telling: bool = True,
) -> list[Outcome]:
    """Take events in one transaction; each is answered by itself, the valid ones are stored together.

    With `audited` false the caller writes the operation's audit row; `sent` counts items that could not be read too.
    With `telling` false the caller tells the recipients of withdrawals, or has heard of them from a recipient.
    """
    taking = _take(connection, op, events, telling=telling)
    held = _held(connection, taking)
    taken = [t for t in taking if t.refusal is None]
    if audited:
        details = {"items": len(events) if sent is None else sent, "taken": len(taken)}
        named = [person.audit_key for t in taken for person in t.people]
        op.audit(connection, "batch", "consent", details=details, subjects=named)
    return [_outcome(op, t, held) for t in taking]


def withdraw_by_link(
    connection: Connection, op: Operation, sent: ConsentIn, reached: Address, people: Sequence[Row[Any]]
) -> None:
    """A withdrawal by the link in a message: of these people, and of the address that the message reached.

    `sent` names no one that matters: whom the link concerns has been found. Raises as any withdrawal does.
    """
    taking = Taking(sent, reached, purpose_for(op, sent), people=people)
    store(connection, op, [taking])
    stop_or_resume(connection, op, [taking])
    tell_recipients(connection, op, [taking])
    keys = [person.audit_key for person in people]
    single = keys[0] if len(keys) == 1 else None
    op.audit(connection, "withdrawn", "consent", taking.id, single, subjects=() if single else keys)


def _take(connection: Connection, op: Operation, events: Sequence[ConsentIn], *, telling: bool) -> list[Taking]:
    taking = [judge(op, event) for event in events]
    _find_people(connection, op, [t for t in taking if t.refusal is None])
    check_wordings(connection, [t for t in taking if t.refusal is None])
    pin_notices(connection, [t for t in taking if t.refusal is None])
    store(connection, op, [t for t in taking if t.refusal is None])
    stop_or_resume(connection, op, [t for t in taking if t.refusal is None])
    if telling:
        tell_recipients(connection, op, [t for t in taking if t.refusal is None and t.withdrawn])
    return taking


def judge(op: Operation, sent: ConsentIn) -> Taking:
    """An event on its way in, refused where the event and the definition alone say so."""
    taking = Taking(sent, people.address_of(op, sent.customer))
    try:
        taking.purpose = purpose_for(op, sent)
        if sent.customer.phone is not None and taking.address is None:
            raise invalid("#/customer/phone", "is not a phone number")
    except Problem as problem:
        taking.refusal = problem
    if (named := sent.wording) is not None:
        taking.wording = (named.id, named.version, named.language or op.definition.default_language)
    return taking


def _find_people(connection: Connection, op: Operation, taking: Sequence[Taking]) -> None:
    found = people.look_up(connection, op, [(t.sent.customer, t.address) for t in taking])
    for t, meant in zip(taking, found, strict=True):
        try:
            t.people = people.concerned(op, meant) if t.withdrawn else [people.the_one(op, meant)]
        except Problem as problem:
            t.refusal = problem


def check_wordings(connection: Connection, taking: Sequence[Taking]) -> None:
    """Refuse events whose wording does not exist or asks for another purpose."""
    purposes = repository.wordings_named(connection, {t.wording for t in taking if t.wording is not None})
    for t in taking:
        if t.wording is not None and purposes.get(t.wording) != t.sent.purpose:
            t.refusal = WordingUnknown()


def _held(connection: Connection, taking: Sequence[Taking]) -> Sequence[Row[Any]]:
    given = [t for t in taking if t.refusal is None and not t.withdrawn and t.is_marketing]
    return suppression.of(connection, {a.hash for t in given for a in addresses_of(t)})


def _outcome(op: Operation, t: Taking, held: Sequence[Row[Any]]) -> Outcome:
    """The answer; one about a withdrawal by address tells integrations nothing of whom it concerned."""
    if t.refusal is not None:
        return t.refusal
    by_address = t.address is not None and t.withdrawn
    return ConsentOut(
        id=None if by_address and not op.actor.is_person else t.id,
        event_id=t.sent.event_id,
        status="known" if t.known else "recorded",
        people=len(t.people) if by_address and op.actor.is_person else None,
        suppressed=[] if t.withdrawn else still_suppressed(t, held),
    )
