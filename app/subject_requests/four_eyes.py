"""Four eyes: a decision that one person proposes is confirmed, or sent back, by another.

From the proposal on the person's data are restricted and no second decision is possible; the statutory clock runs on.
The delay of an execution counts from the confirmation.
"""

from typing import Any

from sqlalchemy import Connection, Row

from app.policy.requests import State
from app.register.operation import Operation
from app.subject_requests import repository, repository_people, rights
from app.subject_requests.deciding import settle, take_back_decision
from app.subject_requests.errors import (
    AlreadyDecided,
    RequestIfMatchNeeded,
    RequestStale,
    SamePerson,
    StateForbids,
)
from app.subject_requests.handling import audit, find, move
from app.subject_requests.representing import must_be_able
from app.subject_requests.schemas import DecisionIn
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.schemas_people import ConfirmationIn
from app.subject_requests.shown import decision_out, request_out


def confirm(
    connection: Connection, op: Operation, name: str, sent: ConfirmationIn, if_match: str | None, delay_hours: float
) -> RequestOut:
    """Confirm what was read (If-Match), or send it back; of two who confirm, one wins, the other gets 409."""
    op.actor.must_be_person()
    row = find(connection, name, lock=True)
    decision = _proposal(connection, row)
    if decision.decided_by == op.actor.id:
        raise SamePerson
    if if_match is None:
        raise RequestIfMatchNeeded
    if if_match.strip() not in {"*", f'"{row.version}"'}:
        raise RequestStale
    second = {"confirmed_by": op.actor.id, "confirmed_by_name": op.actor.name, "proposal": None}
    if sent.outcome == "confirmed":
        must_be_able(connection, op, row)
        repository_people.change_decision(connection, decision.id, {"confirmed_at": op.at, **second})
        repository_people.approve_finding(connection, decision.id, op.actor.id, op.actor.name)
        rights.settle(connection, op, row, decision.id, DecisionIn.model_validate(decision.proposal))
        settle(connection, op, row, decision.outcome, delay_hours)
    else:
        repository_people.change_decision(connection, decision.id, {"sent_back_reason": sent.reason, **second})
        take_back_decision(connection, op, row)
        move(connection, op, row, State.IN_REVIEW, "sent_back")
    audit(connection, op, row, "confirm_decision", outcome=sent.outcome)
    return request_out(connection, op, find(connection, name))


def _proposal(connection: Connection, row: Row[Any]) -> Row[Any]:
    decision = repository.standing_decision(connection, row.id)
    if decision is None:
        raise StateForbids("nothing is proposed", state=row.state)
    if State(row.state) is not State.PROPOSED:
        raise AlreadyDecided(decision=decision_out(decision, row).model_dump(mode="json"))
    return decision
