"""Manifestly unfounded or excessive (Art. 12(5)): evidence, a named approver, and a fee that somebody asks for.

A count is never evidence by itself (C-416/23, C-526/24); the first copy is free (C-307/22). While a fee is asked for,
the clock runs on.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.db import new_id
from app.policy.abuse import ABUSIVE, Fact, Finding, Measure, missing
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import repository, repository_people
from app.subject_requests.errors import AbuseNotShown, ApproverNeeded, RequestInvalid, StateForbids
from app.subject_requests.handling import UNDECIDED, audit, find, move
from app.subject_requests.schemas import DecisionIn
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.schemas_people import AbuseIn, FeeIn, FeeOutcomeIn
from app.subject_requests.shown import request_out
from app.wire import to_minor


def must_be_shown(connection: Connection, op: Operation, request: Row[Any], sent: DecisionIn) -> None:
    """Raise `AbuseNotShown` for a refusal under Art. 12(5) without its evidence, and for a grant with a fee open."""
    if sent.outcome != "refused" and repository_people.open_fee(connection, request.id) is not None:
        raise StateForbids("a fee has been asked for: record that it is paid or waived", state=request.state)
    if sent.refusal_ground in ABUSIVE:
        finding = Finding(sent.refusal_ground)
        _must_hold(connection, op, request, Measure.REFUSAL, finding, sent.abuse, "#/abuse/facts")


def _must_hold(
    connection: Connection,
    op: Operation,
    request: Row[Any],
    measure: Measure,
    finding: Finding,
    evidence: AbuseIn | None,
    pointer: str,
) -> None:
    told = [] if evidence is None else evidence.facts
    facts = [Fact(fact.kind, fact.on, tuple(fact.cases)) for fact in told]
    named = {case for fact in facts for case in fact.cases}
    earlier = repository_people.earlier_cases(connection, request, named)
    faults = missing(measure, finding, facts, earlier, op.today)
    if faults:
        errors = [
            {"code": one.code, "detail": one.text, "pointer": pointer if one.fact is None else f"{pointer}/{one.fact}"}
            for one in faults
        ]
        raise AbuseNotShown(errors=errors)


def record(
    connection: Connection, op: Operation, request: Row[Any], decision_id: UUID, sent: DecisionIn, *, approved: bool
) -> None:
    """Keep the evidence of a refusal; `approved` by the decider unless a second person has to."""
    if sent.abuse is None:
        return
    values = _values(op, request, Measure.REFUSAL, sent.abuse) | {"finding": sent.refusal_ground}
    values |= {"decision_id": decision_id} | (_approval(op) if approved else {})
    repository_people.add_finding(connection, values)


def _values(op: Operation, request: Row[Any], measure: Measure, sent: AbuseIn) -> dict[str, Any]:
    return {
        "id": new_id(),
        "request_id": request.id,
        "measure": measure.value,
        "facts": [fact.model_dump(mode="json") for fact in sent.facts],
        "intention": sent.intention,
        "found_at": op.at,
        "found_by": op.actor.id,
    }


def _approval(op: Operation) -> dict[str, Any]:
    return {"approved_by": op.actor.id, "approved_by_name": op.actor.name}


def ask_fee(connection: Connection, op: Operation, name: str, sent: FeeIn) -> RequestOut:
    """Ask for a fee before deciding, so that the person may take the request back; the clock runs on."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    if State(row.state) not in UNDECIDED:
        raise StateForbids(state=row.state)
    if repository_people.open_fee(connection, row.id) is not None:
        raise StateForbids("a fee has been asked for already", state=row.state)
    if sent.finding is Finding.FURTHER_COPY and Right(row.right) is not Right.ACCESS:
        detail = "only a copy of the data has further copies (Art. 15(3))"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/finding"}])
    if row.created_by == op.actor.id:
        raise ApproverNeeded
    _must_hold(connection, op, row, Measure.FEE, sent.finding, sent, "#/facts")
    amount = {"amount_minor": to_minor(sent.amount), "currency": sent.currency, "costs": sent.costs}
    values = _values(op, row, Measure.FEE, sent) | {"finding": sent.finding.value} | amount | _approval(op)
    repository_people.add_finding(connection, values)
    details = {"amount": sent.amount, "currency": sent.currency, "finding": sent.finding.value}
    move(connection, op, row, State(row.state), "fee_asked", details=details)
    audit(connection, op, row, "ask_fee")
    return request_out(connection, op, find(connection, name))


def approved(connection: Connection, request: Row[Any], measure: Measure) -> Row[Any]:
    """The finding on which a letter of refusal or about a fee rests; raises `StateForbids` where there is none."""
    if measure is Measure.FEE:
        found = repository_people.open_fee(connection, request.id)
    else:
        decision = repository.standing_decision(connection, request.id)
        rows = repository_people.findings(connection, request.id, decision.id) if decision else []
        found = next((row for row in rows if row.measure == Measure.REFUSAL), None)
    if found is None or found.approved_by_name is None:
        raise StateForbids("nothing has been found under Art. 12(5) and approved", state=request.state)
    return found


def settle_fee(connection: Connection, op: Operation, name: str, sent: FeeOutcomeIn) -> RequestOut:
    """Record that the fee is paid or waived."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    fee = repository_people.open_fee(connection, row.id)
    if fee is None:
        raise StateForbids("no fee is open", state=row.state)
    on = sent.on or op.today
    if not row.received_on <= on <= op.today:
        raise RequestInvalid(errors=[{"detail": "must lie between receipt and today", "pointer": "#/on"}])
    values = {"fee_outcome": sent.outcome, "fee_outcome_on": on, "fee_outcome_reason": sent.reason}
    repository_people.change_finding(connection, fee.id, values)
    move(connection, op, row, State(row.state), f"fee_{sent.outcome}")
    audit(connection, op, row, "settle_fee", outcome=sent.outcome)
    return request_out(connection, op, find(connection, name))
