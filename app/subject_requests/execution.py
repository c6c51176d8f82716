"""Carry out an erasure in one transaction: erase, restrict what stays, seal what recipients and the letter need.

Nothing is half done: either all of this is committed or none of it. The customer's row is locked first, so that
what arrives meanwhile is wholly before (judged and erased with the rest) or wholly after (410).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents.repository_links import unlink
from app.customers import repository as customers
from app.customers import suppression
from app.customers.erasing import Eraser
from app.customers.record import addresses
from app.customers.restricting import lift, restrict
from app.customers.suppression import Suppression
from app.notifications import repository as notifications
from app.notifications.content import tell_of_erasure, whole
from app.policy.erasure import Continue, Erase, Holding, HoldingKind, Verdict
from app.policy.identification import Act
from app.policy.notifications import ACT_OF
from app.policy.requests import State
from app.policy.vocabulary import Channel, RestrictionGround, Right
from app.processors.disclosure_log import erase_disclosures
from app.register.operation import Operation
from app.subject_requests import envelopes, objecting, replies, repository, traces
from app.subject_requests.assessment import Assessment, in_short, judge, rows_of
from app.subject_requests.consent_rows import erase_events, erase_states, given_marketing
from app.subject_requests.deciding import overridden
from app.subject_requests.handling import CONTENT, move
from app.subject_requests.identity import is_known_by
from app.subject_requests.inactivity import is_called_off
from app.subject_requests.outcome import write_outcome
from app.subject_requests.repository_inactivity import OWN_INITIATIVE
from app.subject_requests.repository_inactivity import forget as forget_proposals
from app.subject_requests.repository_rights import forget_situations_of, forget_words_of
from app.subject_requests.schemas import OverrideIn
from app.subject_requests.writing import sealed_person


def execute(connection: Connection, op: Operation, request_id: UUID) -> bool:
    """Execute a decided erasure whose delay has run out; False when another process has, or it was cancelled."""
    row = repository.request(connection, request_id, lock=True)
    due = row is not None and row.state == State.DECIDED and row.execute_after <= op.at
    decision = repository.standing_decision(connection, request_id) if due else None
    if row is None or decision is None or row.customer_id is None or not is_known_by(row, decision, Act.ERASE):
        op.audit(connection, "skip", "subject_request", request_id, outcome="skipped")
        return False
    if is_called_off(connection, op, row):
        return False
    found = judge(connection, op.definition, row.customer_id, op.today, row)
    overrides = [OverrideIn.model_validate(override) for override in decision.overrides]
    present = [override for override in overrides if override.holding in found.outcome]
    outcomes = {**found.outcome, **overridden(found, present, op.today)}
    add_new_verdicts(connection, op, found, outcomes, row, decision)
    op.audit(connection, "execute", "subject_request", request_id, found.held.customer.audit_key)
    banned = False
    if Right(row.right) is Right.OBJECTION:
        only = objecting.recipients(connection, op.definition, row)
        content = seal_what_they_need(connection, op, row, found, only)
    else:
        content = seal_what_they_need(connection, op, row, found)
        banned = row.channel != OWN_INITIATIVE and _withdraw_marketing(connection, op, found.held.customer)
    traces.of_person(connection, found.held.holdings, request_id, op.at)
    if not carry_out(connection, op, found, outcomes, request_id):
        lift(connection, row.customer_id, RestrictionGround.ERASURE_PENDING, request_id, op.at)
    move(connection, op, row, State.EXECUTING, "executed", {"executed_at": op.at, **CONTENT})
    if row.channel != OWN_INITIATIVE:
        write_outcome(connection, op, request_id, banned=banned, person=sealed_person(content))
    elif not notifications.of_request(connection, request_id):
        executed = repository.request(connection, request_id)
        assert executed is not None  # noqa: S101 (changed above)
        move(connection, op, executed, State.COMPLETED, "completed", {"closed_at": op.at})
    return True


def add_new_verdicts(
    connection: Connection,
    op: Operation,
    found: Assessment,
    outcomes: Mapping[str, Verdict],
    row: Row[Any],
    decision: Row[Any],
) -> None:
    """What has arrived or changed between decision and execution is recorded too, as it is carried out."""
    judged = repository.judged(connection, decision)
    now = {holding: in_short(verdict) for holding, verdict in outcomes.items()}
    changed = {holding for holding, verdict in now.items() if judged.get(holding) != verdict}
    repository.add_verdicts(connection, rows_of(op, found, outcomes, row.id, decision.id, only=changed))


def seal_what_they_need(
    connection: Connection,
    op: Operation,
    request: Row[Any],
    found: Assessment,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """A notification to each recipient with what it may have, an envelope for the letter, whose content this answers.

    Arts. 12, 19. `only` names the recipients concerned where it is not all of them.
    """
    content = whole(connection, found.held.customer)
    tell_of_erasure(connection, op, request.id, found.held.customer, content, ACT_OF[Right(request.right)], only)
    if request.channel != OWN_INITIATIVE:  # nobody who asked nothing gets a letter
        envelopes.seal(connection, op.keys, request.id, content, op.at)
    return content


def _withdraw_marketing(connection: Connection, op: Operation, customer: Row[Any]) -> bool:
    """Whoever asks for erasure withdraws the marketing consents that stand; the suppression outlives the record.

    Whether there were any.
    """
    marketing = {purpose.code for purpose in op.definition.marketing_purposes}
    given = given_marketing(connection, customer.id, marketing)
    for purpose, channels in given.items():
        what = Suppression(purpose, "suppressed", "consent_withdrawal", op.at, op.actor.id, op.at)
        reached = {Channel(channel) for channel in channels}
        suppression.apply(connection, op.keys.key_id, addresses(customer), reached, what)
    return bool(given)


def carry_out(
    connection: Connection,
    op: Operation,
    found: Assessment,
    outcomes: Mapping[str, Verdict],
    request_id: UUID | None,
    erased_at: datetime | None = None,
) -> bool:
    """Do to each row what its binding verdict says; the person becomes an empty shell unless a contract is open.

    Whether the person has gone, and with them every restriction.
    `erased_at` is the instant of the original, where an erasure is done again.
    """
    customer = found.held.customer
    eraser = Eraser(connection, op.keys, customer, erased_at or op.at)
    replies.forget_of_person(connection, customer.id, op.at)
    person_goes = _person_goes(found, outcomes)
    going = [holding for holding in found.held.holdings if isinstance(outcomes[holding.id], Erase)]
    eraser.purchases(_rows(found, going, HoldingKind.PURCHASE))
    eraser.bookings(_rows(found, going, HoldingKind.BOOKING))
    eraser.vouchers((row, outcomes[name]) for name, row in found.held.rows.items() if name.startswith("voucher:"))
    _proof(connection, customer.id, going, person_goes=person_goes)
    if not person_goes:
        eraser.attributes(attributes_among(going))
    if person_goes:
        customers.tell_systems(connection, customer.id, "erased", op.at)
        lift(connection, customer.id, None, None, op.at)
        forget_situations_of(connection, customer.id)
        forget_words_of(connection, customer.id)
        _supersede(connection, op, customer.id)
        unlink(connection, customer.id, eraser.at)
        eraser.person(request_id if _something_stays(found, outcomes) else None, found.held.references)
        forget_proposals(connection, customer.id)
    elif customer.erased_at is None and not _goes_on(outcomes):
        restrict(connection, customer.id, RestrictionGround.RETENTION, request_id, op.at)
        eraser.remember(request_id)
    return person_goes


SUPERSEDED = "superseded: the person was erased, and each recipient is told that"


def _supersede(connection: Connection, op: Operation, customer_id: UUID) -> None:
    """What recipients were to hear of the record that goes now, they need not hear any more."""
    notifications.forget_loose(connection, customer_id)
    notifications.supersede(connection, customer_id, SUPERSEDED, op.at)


def attributes_among(holdings: Iterable[Holding]) -> list[str]:
    """The names of the extra fields among holdings."""
    return [one.id.removeprefix("attribute:") for one in holdings if one.kind is HoldingKind.ATTRIBUTE]


def _person_goes(found: Assessment, outcomes: Mapping[str, Verdict]) -> bool:
    """Whether the record itself can go now: not while an open contract or a claim needs the contact details."""
    if found.held.customer.erased_at is not None:
        return False
    return all(
        isinstance(outcomes[holding.id], Erase)
        for holding in found.held.holdings
        if holding.kind in {HoldingKind.CONTACT_DETAILS, HoldingKind.REFERENCE}
    )


def _something_stays(found: Assessment, outcomes: Mapping[str, Verdict]) -> bool:
    return any(not isinstance(outcomes[holding.id], Erase) for holding in found.held.holdings)


def _goes_on(outcomes: Mapping[str, Verdict]) -> bool:
    """Whether only some purposes were asked about, so that the others may use the record as before."""
    return any(isinstance(verdict, Continue) for verdict in outcomes.values())


def _rows(found: Assessment, going: Iterable[Holding], kind: HoldingKind) -> list[UUID]:
    return [found.held.rows[holding.id].id for holding in going if holding.kind is kind]


def _proof(connection: Connection, customer_id: UUID, going: Iterable[Holding], *, person_goes: bool) -> None:
    """States go with their verdict or with the person; proof of consents and disclosures only with its own verdict."""
    kinds = {holding.kind for holding in going}
    if person_goes or HoldingKind.CONSENT_STATE in kinds:
        erase_states(connection, customer_id)
    if HoldingKind.CONSENT_EVIDENCE in kinds:
        erase_events(connection, customer_id)
    if HoldingKind.DISCLOSURE_LOG in kinds:
        erase_disclosures(connection, customer_id)
