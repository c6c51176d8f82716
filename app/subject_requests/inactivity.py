"""The end of customership: people who have been inactive too long are proposed, a named human decides, cases follow.

Nothing ends by itself (F97). An approval opens a case of the controller's own for each person: the same verdicts,
restriction, delay, execution and notices to recipients as of a request, but no letter to somebody who asked nothing.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers.repository import tell_systems
from app.customers.restricting import lift
from app.db import new_id
from app.pagination import Page, Window
from app.policy.customership import active_since
from app.policy.deadlines import nominal
from app.policy.requests import State
from app.policy.vocabulary import ErasureGround, RestrictionGround, Right
from app.register.operation import Operation
from app.subject_requests import repository
from app.subject_requests import repository_inactivity as proposals
from app.subject_requests.deciding import restrict_and_judge
from app.subject_requests.errors import AlreadyDecided, DecisionNotFound, NothingProposed
from app.subject_requests.handling import move
from app.subject_requests.repository_inactivity import OWN_INITIATIVE, Limits
from app.subject_requests.schemas_inactivity import InactivityDecisionIn, InactivityDecisionOut, InactivityProposalOut

AT_ONCE = 20
"""People whose cases are opened before a decision is answered; those of the others follow in the background."""
NO_CLOCK = date.max
"""Nobody has asked, so no answer is due."""


def limits_of(op: Operation) -> Limits:
    """The limits that hold now."""
    months = op.definition.retention.inactivity_months
    since = op.start_of(active_since(op.today, months))
    returnable = op.today - timedelta(days=op.definition.return_window_days)
    return Limits(op.today, since, months, returnable, op.at, op.register.version)


class NobodyInactive(Exception):
    """Among the people looked at there was nobody to propose: the transaction is taken back and leaves no trace."""


def people_up_to(connection: Connection, after: UUID | None, count: int) -> UUID | None:
    """The last of the next `count` people; None when all have been looked at."""
    return proposals.people_up_to(connection, after, count)


def propose(connection: Connection, op: Operation, after: UUID | None, through: UUID) -> int:
    """Propose whoever is inactive between two ids; how many; raises `NobodyInactive`."""
    made, batch = proposals.propose(connection, limits_of(op), after, through)
    if not made:
        raise NobodyInactive
    event = op.audit(connection, "propose", "inactivity_proposal", details={"proposed": made})
    proposals.name_subjects(connection, batch, event)
    return made


def listed(connection: Connection, op: Operation, state: str, window: Window) -> Page[InactivityProposalOut]:
    """Proposals in one state, oldest first."""
    after = UUID(window.after[0]) if window.after else None
    rows = proposals.listed(connection, state, after, window.limit + 1)
    keys = customers.audit_keys(connection, [row.customer_id for row in rows[: window.limit]])
    op.audit(connection, "list", "inactivity_proposal", details={"found": len(keys)}, subjects=keys)
    return window.page([_out(row) for row in rows], [(str(row.id),) for row in rows])


def _out(row: Row[Any]) -> InactivityProposalOut:
    return InactivityProposalOut(**{name: getattr(row, name) for name in InactivityProposalOut.model_fields})


def decide(
    connection: Connection, op: Operation, sent: InactivityDecisionIn, delay_hours: float
) -> InactivityDecisionOut:
    """One decision over many: of two deciders the first wins; whom it concerns is a customer no more, or is kept."""
    op.actor.must_be_person()
    erases = sent.outcome == "erase"
    row = _decision(op, sent, op.at + timedelta(hours=delay_hours) if erases else None)
    proposals.add_decision(connection, row)
    settled = {"state": "approved" if erases else "kept", "decision_id": row["id"], "again_on": row["again_on"]}
    people = proposals.settle(connection, settled, sent.ids, sent.listed_through, sent.without)
    if sent.ids is not None and people != len(set(sent.ids)):
        raise AlreadyDecided("some of these proposals do not stand open any more; list them again")
    if not people:
        raise NothingProposed
    proposals.count_people(connection, row["id"], people)
    op.audit(
        connection, "decide", "inactivity_proposal", row["id"], details={"outcome": sent.outcome, "people": people}
    )
    if erases:
        open_cases(connection, op, row["id"], AT_ONCE)
    return read(connection, op, row["id"], audited=True)


def _decision(op: Operation, sent: InactivityDecisionIn, execute_after: datetime | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "outcome": sent.outcome,
        "reasoning": sent.reasoning,
        "listed_through": sent.listed_through,
        "people": 0,
        "again_on": nominal(op.today, sent.again_after_months),
        "execute_after": execute_after,
        "decided_at": op.at,
        "decided_by": op.actor.id,
        "decided_by_name": op.actor.name,
        "register_version": op.register.version,
    }


def read(connection: Connection, op: Operation, decision_id: UUID, *, audited: bool = False) -> InactivityDecisionOut:
    """A decision, and how far it has come."""
    row = proposals.decision(connection, decision_id)
    if row is None:
        raise DecisionNotFound
    if not audited:
        op.audit(connection, "read", "inactivity_decision", decision_id)
    named = ("id", "outcome", "reasoning", "listed_through", "people", "again_on", "execute_after", "decided_at")
    members = {name: getattr(row, name) for name in (*named, "decided_by", "decided_by_name", "cancelled_at")}
    waiting, opened = proposals.counts(connection, decision_id)
    return InactivityDecisionOut(**members, waiting=waiting, opened=opened)


def open_cases(connection: Connection, op: Operation, decision_id: UUID | None, limit: int) -> int:
    """Open the cases of people who were approved: restricted and judged now, executed after the delay; how many."""
    rows = proposals.to_open(connection, decision_id, limit)
    decided = {key: proposals.decision(connection, key) for key in {row.decision_id for row in rows}}
    for row in rows:
        decision = decided[row.decision_id]
        assert decision is not None  # noqa: S101 (a foreign key)
        _open_case(connection, op, row, decision)
    return len(rows)


def _open_case(connection: Connection, op: Operation, proposal: Row[Any], decision: Row[Any]) -> None:
    customer = customers.lock(connection, proposal.customer_id)
    standing = decision.cancelled_at is None
    if not standing or not proposals.is_inactive(connection, limits_of(op), proposal.customer_id, None):
        proposals.change(connection, proposal.id, _LAPSED if standing else {"state": "kept"})
        return
    assert customer is not None  # noqa: S101 (a foreign key)
    case = _case(connection, op, proposal, decision)
    repository.add_request(connection, case)
    row = repository.request(connection, case["id"])
    assert row is not None  # noqa: S101 (added above)
    own = new_id()
    repository.add_decision(connection, _as_decision(decision, case["id"], own))
    restrict_and_judge(connection, op, row, own, [])
    event = {"request_id": row.id, "at": op.at, "kind": "decided", "state": State.DECIDED, "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": {"inactivity_decision": str(decision.id)}})
    proposals.change(connection, proposal.id, {"request_id": row.id})
    op.audit(connection, "open", "subject_request", row.id, customer.audit_key)


_LAPSED = {"state": "lapsed", "again_on": None}
"""The person has dealt with the company since: a customer, who may be proposed again like any other."""


def _case(connection: Connection, op: Operation, proposal: Row[Any], decision: Row[Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "case_number": repository.next_case_number(connection, op.today.year),
        "version": 1,
        "right": Right.ERASURE.value,
        "ground": ErasureGround.NO_LONGER_NECESSARY.value,
        "state": State.DECIDED.value,
        "customer_id": proposal.customer_id,
        "channel": OWN_INITIATIVE,
        "purposes": [],
        "channels": [],
        "received_at": decision.decided_at,
        "received_on": decision.decided_at.astimezone(op.definition.zone).date(),
        "due_on": NO_CLOCK,
        "person_in_charge": op.definition.contact.person_in_charge,
        "execute_after": max(decision.execute_after, op.at),
        "register_version": op.register.version,
        "created_at": op.at,
        "created_by": decision.decided_by,
    }


def _as_decision(decision: Row[Any], request_id: UUID, own: UUID) -> dict[str, Any]:
    """The same decision in the file of one person."""
    named = ("reasoning", "decided_at", "decided_by", "decided_by_name", "register_version")
    same = {name: getattr(decision, name) for name in named}
    identity = {"identity_level": "none", "identity_how": "Nobody asked; the record itself is erased."}
    return {"id": own, "request_id": request_id, "outcome": "as_assessed", "overrides": [], **identity, **same}


def waits(connection: Connection) -> bool:
    """Whether a decision over many is not carried out or called off yet."""
    return proposals.waits(connection)


def settle_some(connection: Connection, op: Operation, limit: int) -> int:
    """Call off what was cancelled, then open cases; how many people."""
    settled = call_off_cancelled(connection, op, limit) or open_cases(connection, op, None, limit)
    op.audit(connection, "settle", "inactivity_proposal", details={"people": settled})
    return settled


def cancel(connection: Connection, op: Operation, decision_id: UUID) -> InactivityDecisionOut:
    """Cancel a decision: whoever is not erased yet keeps everything."""
    op.actor.must_be_person()
    row = proposals.decision(connection, decision_id, lock=True)
    if row is None:
        raise DecisionNotFound
    if row.cancelled_at is None:
        proposals.cancel(connection, decision_id, op.at)
    op.audit(connection, "cancel_decision", "inactivity_decision", decision_id)
    call_off_cancelled(connection, op, AT_ONCE)
    return read(connection, op, decision_id, audited=True)


def call_off_cancelled(connection: Connection, op: Operation, limit: int) -> int:
    """Call off what a cancelled decision had begun; how many people."""
    rows = proposals.to_call_off(connection, limit)
    for row in rows:
        case = repository.request(connection, row.request_id, lock=True) if row.request_id else None
        if case is not None and case.state == State.DECIDED:
            call_off(connection, op, case, {"state": "kept"})
        else:
            proposals.change(connection, row.id, {"state": "kept"})
    return len(rows)


def is_called_off(connection: Connection, op: Operation, case: Row[Any]) -> bool:
    """Before a case is executed: call it off when the person has become active, or the decision was cancelled."""
    if case.channel != OWN_INITIATIVE:
        return False
    customers.lock(connection, case.customer_id)
    proposal = proposals.of_case(connection, case)
    decision = proposals.decision(connection, proposal.decision_id) if proposal else None
    if decision is not None and decision.cancelled_at is not None:
        call_off(connection, op, case, {"state": "kept"})
        return True
    if proposals.is_inactive(connection, limits_of(op), case.customer_id, case.id):
        return False
    call_off(connection, op, case, _LAPSED)
    return True


def call_off(connection: Connection, op: Operation, case: Row[Any], settled: dict[str, Any]) -> None:
    """The person keeps everything: the case is closed and the restriction lifted."""
    decision = repository.standing_decision(connection, case.id)
    if decision is not None:
        repository.cancel_decision(connection, decision.id, op.at)
    lift(connection, case.customer_id, RestrictionGround.ERASURE_PENDING, case.id, op.at)
    tell_systems(connection, case.customer_id, "unrestricted", op.at)
    move(connection, op, case, State.WITHDRAWN, "called_off", {"closed_at": op.at, "execute_after": None})
    proposal = proposals.of_case(connection, case)
    if proposal is not None:
        proposals.change(connection, proposal.id, settled)
    op.audit(connection, "call_off", "subject_request", case.id)
