"""Erases again what was erased, with the verdicts of the original: what was kept then stays, restricted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers.erasing import Eraser
from app.customers.restricting import lift
from app.ledger.facts import Facts
from app.ledger.replay_rows import ABSENT, APPLIED, KNOWN
from app.policy.erasure import Ask, Continue, Erase, HoldingKind, Restrict, Retain, Verdict
from app.policy.vocabulary import ErasureException, ErasureGround, LegalBasis, RestrictionGround
from app.register.operation import Operation
from app.subject_requests import repository
from app.subject_requests.assessment import Assessment, judge, rows_of
from app.subject_requests.execution import add_new_verdicts, attributes_among, carry_out, seal_what_they_need
from app.subject_requests.repository import FINAL

KEPT = "applied, but newer dealings keep the person: look at the assessment"
WORDS = "Carried out again after a restore, as the erasure ledger says."
OWN = frozenset({HoldingKind.CONTACT_DETAILS, HoldingKind.REFERENCE, HoldingKind.ATTRIBUTE})


def execution_again(connection: Connection, op: Operation, facts: Facts) -> str:
    """Carry out an executed request again, in the instant of the original; what became of it."""
    request_id, customer_id = UUID(facts["request_id"]), UUID(facts["customer_id"])
    request = repository.request(connection, request_id, lock=True)
    customer = customers.lock(connection, customer_id)
    outcome = _standing(connection, customer, request_id)
    op.audit(connection, "replay", "subject_request", request_id, customer.audit_key if customer else None,
             outcome="done" if outcome == APPLIED else "skipped")  # fmt: skip
    if outcome != APPLIED:
        return outcome
    found = judge(connection, op.definition, customer_id, op.today, request)
    at = datetime.fromisoformat(facts["executed_at"])
    newer = _newer(found, at)
    outcomes = _merged(found, facts["verdicts"], newer=newer)
    if request is not None:
        _note(connection, op, request, found, outcomes)
    carry_out(connection, op, found, outcomes, request and request.id, at)
    lift(connection, customer_id, RestrictionGround.ERASURE_PENDING, request_id, op.at)
    return KEPT if newer and not _is_gone(connection, customer_id) else APPLIED


def _standing(connection: Connection, customer: Row[Any] | None, request_id: UUID) -> str:
    if customer is None:
        return ABSENT
    done = any(event.kind == "executed" for event in repository.events(connection, request_id))
    return KNOWN if done else APPLIED


def _note(
    connection: Connection, op: Operation, request: Row[Any], found: Assessment, outcomes: Mapping[str, Verdict]
) -> None:
    """Verdicts, timeline, and, unless the request was closed, what recipients and the letter still need."""
    decision = repository.standing_decision(connection, request.id)
    if decision is not None:
        add_new_verdicts(connection, op, found, outcomes, request, decision)
    if request.state not in FINAL:
        seal_what_they_need(connection, op, request, found)
    event = {"request_id": request.id, "at": op.at, "kind": "executed", "state": request.state}
    repository.add_event(connection, {**event, "client_id": op.actor.id, "details": {"replayed": True}})


def _newer(found: Assessment, at: datetime) -> bool:
    """Whether the person has dealt with the company since, on this very record."""
    return any(row.created_at > at for row in found.held.rows.values())


def _merged(found: Assessment, verdicts: Sequence[Facts], *, newer: bool) -> dict[str, Verdict]:
    """The original's verdicts on what is there; the rest, and a person with newer dealings, as judged today."""
    original = {facts["holding"]: _verdict(facts) for facts in verdicts}
    judged_anew = {holding.id for holding in found.held.holdings if newer and holding.kind in OWN}
    return {
        name: original[name] if name in original and name not in judged_anew else verdict
        for name, verdict in found.outcome.items()
    }


def _verdict(facts: Facts) -> Verdict:
    until = facts["until"] and date.fromisoformat(facts["until"])
    match facts["verdict"]:
        case "erase":
            return Erase(ErasureGround(facts["ground"]), WORDS)
        case "retain":
            statutory = facts["statutory_until"] and date.fromisoformat(facts["statutory_until"])
            law, section = facts["law"], facts["section"]
            return Retain(_exception(facts["ground"]), law, section, until, WORDS, statutory_until=statutory)
        case "restrict":
            return Restrict(RestrictionGround(facts["ground"]), WORDS, until)
        case "continue":
            return Continue(LegalBasis(facts["ground"]), WORDS)
        case _:
            return Ask(WORDS)


def _exception(ground: str) -> ErasureException | LegalBasis:
    known = {one.value for one in ErasureException}
    return ErasureException(ground) if ground in known else LegalBasis(ground)


def _is_gone(connection: Connection, customer_id: UUID) -> bool:
    row = customers.lock(connection, customer_id)
    return row is not None and row.erased_at is not None


def sweep_again(connection: Connection, op: Operation, swept: Sequence[Facts]) -> str:
    """Erase again what a sweep took of one person; what became of it."""
    customer_id = UUID(swept[0]["customer_id"])
    customer = customers.lock(connection, customer_id)
    key = customer.audit_key if customer else None
    op.audit(connection, "replay", "retention", customer_id, key, details={"holdings": len(swept)})
    if customer is None:
        return ABSENT
    request_id = swept[0]["request_id"]
    request = repository.request(connection, UUID(request_id)) if request_id else None
    found = judge(connection, op.definition, customer_id, op.today, request)
    verdicts = {facts["holding"]: _verdict(facts) for facts in swept if facts["holding"] in found.outcome}
    due = {name: verdict for name, verdict in verdicts.items() if _changes(found, name, verdict)}
    if not due:
        return KNOWN
    rows = rows_of(op, found, {**found.outcome, **due}, request and request.id, None)
    repository.add_verdicts(connection, [row for row in rows if row["holding"] in due])
    at = datetime.fromisoformat(swept[0]["decided_at"])
    if request_id is None and customer.erased_at is None:
        eraser, rows_held = Eraser(connection, op.keys, customer, at), found.held.rows
        eraser.vouchers((rows_held[name], verdict) for name, verdict in due.items() if name in rows_held)
        eraser.attributes(attributes_among(one for one in found.held.holdings if one.id in due))
    else:
        carry_out(connection, op, found, {**found.outcome, **due}, request and request.id, at)
    return APPLIED


def _changes(found: Assessment, name: str, verdict: Verdict) -> bool:
    """Whether the holding is not yet as the verdict leaves it."""
    if isinstance(verdict, Retain | Restrict) and name in found.held.rows:
        return getattr(found.held.rows[name], "retain_until", None) != verdict.until
    return isinstance(verdict, Erase)
