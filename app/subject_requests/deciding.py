"""A named human decides; everything of the person is restricted at once and executed after the delay.

Evidence of abuse, four eyes, identity and mandates have modules of their own; this asks each of them.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.repository import tell_systems
from app.customers.restricting import lift, restrict
from app.db import new_id
from app.policy import four_eyes
from app.policy.erasure import Verdict
from app.policy.overrides import Own, OwnErase, OwnRetain, Refused, override
from app.policy.requests import State
from app.policy.vocabulary import RestrictionGround, Right
from app.register.operation import Operation
from app.subject_requests import abuse, envelopes, identity, repository, rights
from app.subject_requests.assessment import Assessment, judge, rows_of
from app.subject_requests.clocks import clock_of
from app.subject_requests.errors import (
    AlreadyDecided,
    AlreadyExecuted,
    NotErasable,
    OverrideRefused,
    StateForbids,
)
from app.subject_requests.handling import UNDECIDED, audit, end_questions, find, move, store_due
from app.subject_requests.outcome import write_outcome
from app.subject_requests.representing import must_be_able
from app.subject_requests.restricting import tell_if_free
from app.subject_requests.schemas import DecisionIn, OverrideIn
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.shown import decision_out, request_out


def decide(connection: Connection, op: Operation, name: str, sent: DecisionIn, delay_hours: float) -> RequestOut:
    """Decide a request; the first of two deciders wins, the second gets 409 with the first's decision.

    Where the definition wants four eyes, this proposes the decision, and another person confirms it.
    """
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    _must_be_open(connection, row)
    rights.must_fit(row, sent)
    identity.must_fit(Right(row.right), sent)
    must_be_able(connection, op, row)
    abuse.must_be_shown(connection, op, row, sent)
    end_questions(connection, op, row)
    move(connection, op, row, State.IN_REVIEW, "reviewed")
    store_due(connection, op, name)
    row = find(connection, name)
    decision_id = new_id()
    proposed = _needs_second_person(op, row, sent)
    repository.add_decision(connection, _decision(op, row.id, decision_id, sent, proposed=proposed))
    abuse.record(connection, op, row, decision_id, sent, approved=not proposed)
    if proposed:
        rights.must_hold(connection, op, row, sent)
    else:
        rights.settle(connection, op, row, decision_id, sent)
    if rights.erases(Right(row.right), sent.outcome):
        restrict_and_judge(connection, op, row, decision_id, sent.overrides)
    if proposed:
        move(connection, op, row, State.PROPOSED, "proposed", {"execute_after": None}, {"outcome": sent.outcome})
    else:
        settle(connection, op, row, sent.outcome, delay_hours)
    audit(connection, op, row, "propose" if proposed else "decide", outcome=sent.outcome)
    return request_out(connection, op, find(connection, name))


def _needs_second_person(op: Operation, row: Row[Any], sent: DecisionIn) -> bool:
    return four_eyes.is_needed(
        op.definition.subject_requests.four_eyes,
        Right(row.right),
        refused=sent.outcome == "refused",
        abuse_found_by_clerk=sent.abuse is not None and row.created_by == op.actor.id,
    )


def settle(connection: Connection, op: Operation, row: Row[Any], outcome: str, delay_hours: float) -> None:
    """The decision stands: an erasure waits for its delay, of anything else only the letter is left."""
    erasing = rights.erases(Right(row.right), outcome)
    execute_after = _execute_after(connection, op, row, delay_hours) if erasing else op.at
    move(connection, op, row, State.DECIDED, "decided", {"execute_after": execute_after}, {"outcome": outcome})
    if not erasing:
        _leave_open(connection, op, find(connection, row.case_number), outcome)


def _must_be_open(connection: Connection, row: Row[Any]) -> None:
    standing = repository.standing_decision(connection, row.id)
    if standing is not None:
        raise AlreadyDecided(decision=decision_out(standing, row).model_dump(mode="json"))
    if State(row.state) not in UNDECIDED:
        raise StateForbids(state=row.state)


def _decision(
    op: Operation, request_id: UUID, decision_id: UUID, sent: DecisionIn, *, proposed: bool
) -> dict[str, Any]:
    return {
        "id": decision_id,
        "request_id": request_id,
        "outcome": sent.outcome,
        "refusal_ground": sent.refusal_ground,
        "reasoning": sent.reasoning,
        "identity_level": sent.identity.level,
        "identity_how": sent.identity.how,
        "identity_low_reason": sent.identity.low_reason,
        "overrides": [override.model_dump(mode="json") for override in sent.overrides],
        "proposal": sent.model_dump(mode="json", exclude_unset=True) if proposed else None,
        "decided_at": op.at,
        "decided_by": op.actor.id,
        "decided_by_name": op.actor.name,
        "register_version": op.register.version,
    }


def _execute_after(connection: Connection, op: Operation, row: Row[Any], delay_hours: float) -> datetime:
    """When the delay ends, never past the due date; at once when that has gone by."""
    checks = repository.checks(connection, row.id)
    expires = clock_of(op.definition, row, checks, op.today).expires_at - timedelta(hours=1)
    return max(op.at, min(op.at + timedelta(hours=delay_hours), expires))


def restrict_and_judge(
    connection: Connection, op: Operation, row: Row[Any], decision_id: UUID, overrides: list[OverrideIn]
) -> None:
    """Store the verdicts as assessed and overridden, and restrict the person's data, as an objection has already."""
    if row.customer_id is None:
        raise NotErasable
    found = judge(connection, op.definition, row.customer_id, op.today, row)
    if found.held.customer.erased_at is not None:
        raise NotErasable("the person has been erased already")
    outcomes = {**found.outcome, **overridden(found, overrides, op.today)}
    own = [override.holding for override in overrides]
    repository.add_verdicts(connection, rows_of(op, found, outcomes, row.id, decision_id, own))
    if Right(row.right) is Right.ERASURE:
        restrict(connection, row.customer_id, RestrictionGround.ERASURE_PENDING, row.id, op.at)
        tell_systems(connection, row.customer_id, "restricted", op.at)


def overridden(found: Assessment, overrides: list[OverrideIn], today: date) -> Mapping[str, Verdict]:
    """The human's verdicts; raises `OverrideRefused` where one would shorten a statutory period."""
    return {override.holding: _own_verdict(found, override, today) for override in overrides}


def _own_verdict(found: Assessment, sent: OverrideIn, today: date) -> Verdict:
    assessed = found.outcome.get(sent.holding)
    if assessed is None:
        raise OverrideRefused("the person has no such holding", holding=sent.holding)
    judged = override(assessed, found.floor(sent.holding), _own(sent), today)
    if isinstance(judged, Refused):
        raise OverrideRefused(judged.reason, holding=sent.holding)
    return judged


def _own(sent: OverrideIn) -> Own:
    if sent.verdict == "erase":
        return OwnErase(sent.reason)
    if sent.law is None or sent.section is None or sent.until is None:
        raise OverrideRefused("a retention names law, section and until", holding=sent.holding)
    return OwnRetain(sent.exception, sent.law, sent.section, sent.until, sent.reason)


def _leave_open(connection: Connection, op: Operation, row: Row[Any], outcome: str) -> None:
    """A refusal, or a right that people carry out: only the letter is left, and it is written."""
    envelopes.note(connection, op.keys, row.id, op.at)
    move(connection, op, row, State.EXECUTING, "executing", {"executed_at": op.at}, {"outcome": outcome})
    write_outcome(connection, op, row.id)


def cancel(connection: Connection, op: Operation, name: str) -> RequestOut:
    """Cancel a decision within its delay, because a wrong erasure is a breach; back to review."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    if State(row.state) not in {State.PROPOSED, State.DECIDED}:
        _tell_the_way(connection, op, row)
        raise StateForbids(state=row.state)
    take_back_decision(connection, op, row)
    move(connection, op, row, State.IN_REVIEW, "decision_cancelled", {"execute_after": None})
    audit(connection, op, row, "cancel_decision")
    return request_out(connection, op, find(connection, name))


def take_back_decision(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """The standing decision is cancelled, and what it restricted is free again."""
    decision = repository.standing_decision(connection, row.id)
    if decision is not None:
        repository.cancel_decision(connection, decision.id, op.at)
    rights.undo(connection, row)
    if row.customer_id is not None:
        lift(connection, row.customer_id, RestrictionGround.ERASURE_PENDING, row.id, op.at)
        tell_if_free(connection, op, row.customer_id)


BREACHES = "/v1/breaches"


def _tell_the_way(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """What was erased does not come back: a wrong erasure noticed too late is recorded as a breach (Art. 33, 34)."""
    decision = repository.standing_decision(connection, row.id)
    if decision is None or row.executed_at is None or not rights.erases(Right(row.right), decision.outcome):
        return
    detail = (
        "What was erased does not come back, also not from a backup. If it was wrong, record a personal data breach: "
        "the authority is told within 72 hours of becoming aware, hours counted through weekends (Art. 33(1))."
    )
    way = {"method": "POST", "path": BREACHES, "case_number": row.case_number}
    raise AlreadyExecuted(detail, way=way, executed_at=row.executed_at.isoformat(), aware_at=op.at.isoformat())
