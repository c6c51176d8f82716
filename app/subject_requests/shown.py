"""A request as an answer: clock, checks, decision, verdicts, what is open, timeline."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from app.notifications import repository as notifications
from app.policy.deadlines import Clock, refused_late
from app.policy.notifications import Act, Progress, is_closed, is_overdue
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import envelopes, replies, repository, shown_people
from app.subject_requests.assessment import binding
from app.subject_requests.clocks import clock_of, clock_out, those_that_count
from app.subject_requests.matters import matter_out
from app.subject_requests.restricting import to_lift
from app.subject_requests.schemas import ClaimedIdentity, Representative
from app.subject_requests.schemas_out import (
    DecisionOut,
    EnvelopeOut,
    EventOut,
    IdentityCheckOut,
    RequestOut,
    RequestRow,
    VerdictOut,
)
from app.upkeep import repository as upkeep
from app.upkeep.window import gone_by

_AS_STORED = (
    *("id", "case_number", "version", "state", "customer_id", "channel"),
    *("details", "purposes", "channels", "ground", "ground_facts", "restriction_ground"),
    *("received_at", "person_in_charge", "substitute", "executed_at", "letter_sent_on", "closed_at"),
)
"""Members that are the columns themselves."""


def request_out(connection: Connection, op: Operation, row: Row[Any]) -> RequestOut:
    """The whole request; the caller audits."""
    checks = repository.checks(connection, row.id)
    decision = repository.standing_decision(connection, row.id)
    verdicts = repository.verdicts_of(connection, decision) if decision else []
    clock = clock_of(op.definition, row, checks, op.today)
    left, gone = _bytes_gone(connection, op, row)
    return RequestOut(
        **{name: getattr(row, name) for name in _AS_STORED},
        right=Right(row.right),
        claimed_identity=ClaimedIdentity.model_validate(row.claimed_identity) if row.claimed_identity else None,
        representative=Representative.model_validate(row.representative) if row.representative else None,
        due_on=clock.due_on,
        clock=clock_out(row, clock, op.today),
        identity_checks=_checks(op, row, checks),
        decision=decision_out(decision, row) if decision else None,
        refused_late=_refused_late(op, decision, clock),
        sent_back=shown_people.sent_back(connection, row, decision),
        abuse=shown_people.findings(connection, row, decision),
        death_reported_on=shown_people.death_reported_on(connection, row),
        verdicts=[verdict_out(verdict) for verdict in binding(verdicts)],
        bytes_gone_by=left,
        bytes_gone_on=gone,
        open=[
            *what_is_open(connection, row, verdicts),
            *to_lift(connection, row, decision),
            *(() if row.closed_at else replies.waiting(connection, row.id, op.at)),
        ],
        matter=matter_out(connection, op, row, decision),
        envelopes=_envelopes(connection, op, row),
        timeline=[event_out(event) for event in repository.events(connection, row.id)],
    )


def event_out(event: Row[Any]) -> EventOut:
    """One entry of the timeline."""
    return EventOut(at=event.at, kind=event.kind, state=event.state, by=event.client_id, details=event.details)


def _refused_late(op: Operation, decision: Row[Any] | None, clock: Clock) -> bool:
    if decision is None or decision.outcome != "refused":
        return False
    return refused_late(decision.decided_at.astimezone(op.definition.zone).date(), clock.first_due_on)


def _bytes_gone(connection: Connection, op: Operation, row: Row[Any]) -> tuple[date | None, date | None]:
    """By which day the files of the database hold nothing more of what was erased, and on which day that came true."""
    left_at, gone_at = upkeep.of_request(connection, row.id) or (None, None)
    zone = op.definition.zone
    return gone_by(left_at, zone) if left_at else None, gone_at.astimezone(zone).date() if gone_at else None


def what_is_open(connection: Connection, row: Row[Any], verdicts: Sequence[Row[Any]]) -> list[str]:
    """What must happen before the request is completed."""
    if row.state in {State.COMPLETED, State.WITHDRAWN}:
        return []
    if row.state != State.EXECUTING:
        return [{State.DECIDED: "execution", State.PROPOSED: "confirmation"}.get(State(row.state), "decision")]
    asked = [f"question:{v.holding}" for v in binding(verdicts) if v.verdict == "ask"]
    told = notifications.of_request(connection, row.id)
    recipients = [f"recipient:{name}" for name in dict.fromkeys(n.recipient for n in told if not is_closed(n.state))]
    letters = [one.addressee for one in envelopes.of_request(connection, row.id) if one.outcome is None]
    return [*asked, *letters, *recipients]


def _checks(op: Operation, request: Row[Any], checks: Sequence[Row[Any]]) -> list[IdentityCheckOut]:
    counting = those_that_count(op.definition, request, checks)
    named = ("id", "kind", "asked_on", "reason", "asked_for", "sufficient_on", "ending", "level", "how")
    return [
        IdentityCheckOut(
            **{name: getattr(check, name) for name in named},
            ended_on=check.ended_on or check.sufficient_on,
            counts=check.id in counting,
        )
        for check in checks
    ]


def decision_out(decision: Row[Any], request: Row[Any]) -> DecisionOut:
    """A standing decision."""
    named = (
        "outcome",
        "refusal_ground",
        "reasoning",
        "identity_level",
        "identity_low_reason",
        "decided_at",
        "decided_by",
        "decided_by_name",
        "confirmed_at",
        "confirmed_by",
        "confirmed_by_name",
        "register_version",
    )
    members = {name: getattr(decision, name) for name in named}
    proposed = State(request.state) is State.PROPOSED
    return DecisionOut(**members, proposed=proposed, execute_after=request.execute_after)


def verdict_out(row: Row[Any]) -> VerdictOut:
    """A stored verdict."""
    named = (
        "holding",
        "purpose",
        "verdict",
        "ground",
        "law",
        "section",
        "until",
        "statutory_until",
        "kept_by",
        "reason",
    )
    return VerdictOut(kind=row.holding_kind, **{name: getattr(row, name) for name in named})


def _envelopes(connection: Connection, op: Operation, row: Row[Any]) -> list[EnvelopeOut]:
    told = [_told(op, one) for one in notifications.of_request(connection, row.id)]
    return [*(_letter(one) for one in envelopes.of_request(connection, row.id)), *told]


def _letter(row: Row[Any]) -> EnvelopeOut:
    return EnvelopeOut(
        notification_id=None,
        addressee=row.addressee,
        act=None,
        state=None,
        overdue=False,
        outcome=row.outcome,
        reason=row.outcome_reason,
        destroyed_at=row.destroyed_at,
    )


def _told(op: Operation, row: Row[Any]) -> EnvelopeOut:
    return EnvelopeOut(
        notification_id=row.id,
        addressee=row.recipient,
        act=Act(row.act),
        state=Progress(row.state),
        overdue=is_overdue(row.state, row.due_on, op.today),
        outcome=row.state if is_closed(row.state) else None,
        reason=row.reason,
        destroyed_at=row.closed_at,
    )


def request_row(op: Operation, row: Row[Any], checks: Sequence[Row[Any]]) -> RequestRow:
    """A request in a list, with today's clock."""
    clock = clock_out(row, clock_of(op.definition, row, checks, op.today), op.today)
    named = ("id", "case_number", "right", "state", "customer_id", "received_at", "person_in_charge", "substitute")
    members = {name: getattr(row, name) for name in named}
    return RequestRow(**members, due_on=clock.due_on, days_left=clock.days_left, overdue=clock.overdue)
