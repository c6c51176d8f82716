"""The end of customership: proposals by inactivity, decided by a named human (Art. 5(1)(e), 17(1)(a); F82, F97)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.deps import Served
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed
from app.register.operation import Operation
from app.subject_requests import inactivity
from app.subject_requests.errors import AlreadyDecided, DecisionNotFound, NothingProposed
from app.subject_requests.schemas_inactivity import (
    InactivityDecisionIn,
    InactivityDecisionOut,
    InactivityProposalOut,
    ProposalState,
)

router = APIRouter(prefix="/v1/inactivity-proposals", tags=["subject requests"])

Deciding = Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]
Decision = Annotated[UUID, Path(description="Id of a decision over proposals.")]


@router.get(
    "",
    operation_id="list_inactivity_proposals",
    summary="People proposed because they have been inactive longer than the limit",
    responses=problems(CursorInvalid),
)
async def list_inactivity_proposals(
    op: Deciding, state: ProposalState = "proposed", limit: Limit = 50, cursor: Cursor = None
) -> Page[InactivityProposalOut]:
    """Made once a month; nothing happens to anybody before a named human has decided."""
    return await op.write(inactivity.listed, state, window(op.keys, f"inactivity:{state}", limit, cursor))


@router.post(
    "/decision",
    operation_id="decide_inactivity_proposals",
    summary="Decide over many proposals at once, with reasons",
    responses=problems(AlreadyDecided, NothingProposed, PersonNeeded),
)
async def decide_inactivity_proposals(
    sent: InactivityDecisionIn, op: Deciding, served: Served
) -> InactivityDecisionOut:
    """Each person gets a case with verdicts of their own, is restricted, and is erased after the delay.

    Whoever becomes active before that keeps everything.
    """
    return await op.write(inactivity.decide, sent, served.settings.execution_delay_hours)


@router.get(
    "/decisions/{decision_id}",
    operation_id="read_inactivity_decision",
    summary="A decision over proposals, and how far it has come",
    responses=problems(DecisionNotFound),
)
async def read_inactivity_decision(decision_id: Decision, op: Deciding) -> InactivityDecisionOut:
    """How many people it concerns, how many still wait for their case, and when erasures are executed."""
    return await op.write(inactivity.read, decision_id)


@router.delete(
    "/decisions/{decision_id}",
    operation_id="cancel_inactivity_decision",
    summary="Cancel a decision over proposals: whoever is not erased yet keeps everything",
    responses=problems(DecisionNotFound, PersonNeeded),
)
async def cancel_inactivity_decision(decision_id: Decision, op: Deciding) -> InactivityDecisionOut:
    """Whoever is erased already stays erased; nothing happens to the others. Cancelling twice is harmless."""
    return await op.write(inactivity.cancel, decision_id)
