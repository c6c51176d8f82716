"""A named human decides; everything of the person is restricted at once and executed after the delay."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.repository import tell_systems
from app.customers.restricting import lift, restrict
from app.db import new_id
from app.policy.erasure import Erase, Retain, Verdict
from app.policy.requests import State
from app.policy.vocabulary import ErasureException, ErasureGround, RestrictionGround, Right
from app.register.operation import Operation
from app.subject_requests import envelopes, repository
from app.subject_requests.assessment import Assessment, judge, rows_of
from app.subject_requests.clocks import clock_of
from app.subject_requests.errors import (
    AlreadyDecided,
    IdentityNotEstablished,
    NotErasable,
    OverrideRefused,
    RequestInvalid,
    StateForbids,
)
from app.subject_requests.handling import UNDECIDED, audit, find, move
from app.subject_requests.schemas import DecisionIn, OverrideIn
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.shown import decision_out, request_out


def decide(connection: Connection, op: Operation, name: str, sent: DecisionIn, delay_hours: float) -> RequestOut:
    """Decide a request; the first of two deciders wins, the second gets 409 with the first's decision."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    _must_be_open(connection, row)
    _must_fit(Right(row.right), sent)
    move(connection, op, row, State.IN_REVIEW, "reviewed")
    row = find(connection, name)
    decision_id = new_id()
    erases = Right(row.right) is Right.ERASURE and sent.outcome != "refused"
    execute_after = _execute_after(connection, op, row, delay_hours) if erases else op.at
    repository.add_decision(connection, _decision(op, row.id, decision_id, sent))
    if erases:
        _judge(connection, op, row, decision_id, sent)
    move(connection, op, row, State.DECIDED, "decided", {"execute_after": execute_after}, {"outcome": sent.outcome})
    audit(connection, op, row, "decide", outcome=sent.outcome)
    if not erases:
        _leave_open(connection, op, find(connection, name), sent)
    return request_out(connection, op, find(connection, name))


def _must_be_open(connection: Connection, row: Row[Any]) -> None:
    standing = repository.standing_decision(connection, row.id)
    if standing is not None:
        raise AlreadyDecided(decision=decision_out(standing, row).model_dump(mode="json"))
    if State(row.state) not in UNDECIDED:
        raise StateForbids(state=row.state)


def _must_fit(right: Right, sent: DecisionIn) -> None:
    """An erasure is decided as assessed or refused, other rights are granted or refused."""
    fitting = {"as_assessed", "refused"} if right is Right.ERASURE else {"granted", "refused"}
    if sent.outcome not in fitting:
        detail = f"must be one of {', '.join(sorted(fitting))} for this right"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/outcome"}])
    if sent.identity.level == "none" and sent.refusal_ground != "identity_not_established":
        raise IdentityNotEstablished


def _decision(op: Operation, request_id: UUID, decision_id: UUID, sent: DecisionIn) -> dict[str, Any]:
    return {
        "id": decision_id,
        "request_id": request_id,
        "outcome": sent.outcome,
        "refusal_ground": sent.refusal_ground,
        "reasoning": sent.reasoning,
        "identity_level": sent.identity.level,
        "identity_how": sent.identity.how,
        "overrides": [override.model_dump(mode="json") for override in sent.overrides],
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


def _judge(connection: Connection, op: Operation, row: Row[Any], decision_id: UUID, sent: DecisionIn) -> None:
    """Store the verdicts as assessed and overridden, and restrict the person's data."""
    if row.customer_id is None:
        raise NotErasable
    found = judge(connection, op.definition, row.customer_id, op.today, row)
    if found.held.customer.erased_at is not None:
        raise NotErasable("the person has been erased already")
    outcomes = {**found.outcome, **overridden(found, sent.overrides)}
    own = [override.holding for override in sent.overrides]
    repository.add_verdicts(connection, rows_of(op, found, outcomes, row.id, decision_id, own))
    restrict(connection, row.customer_id, RestrictionGround.ERASURE_PENDING, row.id, op.at)
    tell_systems(connection, row.customer_id, "restricted", op.at)


def overridden(found: Assessment, overrides: list[OverrideIn]) -> Mapping[str, Verdict]:
    """The human's verdicts; raises `OverrideRefused` where one would shorten a statutory period."""
    return {override.holding: _own_verdict(found.outcome.get(override.holding), override) for override in overrides}


def _own_verdict(assessed: Verdict | None, override: OverrideIn) -> Verdict:
    if assessed is None:
        raise OverrideRefused("the person has no such holding", holding=override.holding)
    obliged = isinstance(assessed, Retain) and assessed.exception is ErasureException.LEGAL_OBLIGATION
    if override.verdict == "erase":
        if obliged:
            raise OverrideRefused("a legal obligation keeps it (Art. 17(3)(b))", holding=override.holding)
        return Erase(ErasureGround.NO_LONGER_NECESSARY, override.reason)
    shorter = (
        isinstance(assessed, Retain)
        and obliged
        and (assessed.until is None or override.until is None or override.until < assessed.until)
    )
    if shorter or override.law is None or override.section is None:
        raise OverrideRefused("the statutory period is longer", holding=override.holding)
    return Retain(ErasureException.LEGAL_CLAIMS, override.law, override.section, override.until, override.reason)


def _leave_open(connection: Connection, op: Operation, row: Row[Any], sent: DecisionIn) -> None:
    """A refusal, or a right that people carry out: only the letter is left."""
    envelopes.note(connection, op.keys, row.id, envelopes.LETTER, op.at)
    move(connection, op, row, State.EXECUTING, "executing", {"executed_at": op.at}, {"outcome": sent.outcome})


def cancel(connection: Connection, op: Operation, name: str) -> RequestOut:
    """Cancel a decision within its delay, because a wrong erasure is a breach; back to review."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    if State(row.state) is not State.DECIDED:
        raise StateForbids(state=row.state)
    decision = repository.standing_decision(connection, row.id)
    if decision is not None:
        repository.cancel_decision(connection, decision.id, op.at)
    if row.customer_id is not None:
        lift(connection, row.customer_id, RestrictionGround.ERASURE_PENDING, row.id, op.at)
        tell_systems(connection, row.customer_id, "unrestricted", op.at)
    move(connection, op, row, State.IN_REVIEW, "decision_cancelled", {"execute_after": None})
    audit(connection, op, row, "cancel_decision")
    return request_out(connection, op, find(connection, name))
