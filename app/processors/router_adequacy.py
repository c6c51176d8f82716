"""Adequacy decisions, and the switch for one that has lapsed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers.errors import CustomerIfMatchNeeded, CustomerStale
from app.customers.router import IfMatch, etag
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.processors import lapses
from app.processors.errors import LapseNotFound, LapseRecorded, LapseTakenBack, TransferInvalid
from app.processors.schemas_safeguards import AdequacyTableOut, LapseNew, LapseOut, LapseTakeBack
from app.register.deps import allowed, creating
from app.register.operation import Operation

router = APIRouter(prefix="/v1", tags=["transfers"])

Reading = Annotated[Operation, allowed(Scope.PROCESSORS_READ)]
Writing = Annotated[Operation, allowed(Scope.PROCESSORS_WRITE)]
Creating = Annotated[Operation, creating(Scope.PROCESSORS_WRITE)]


@router.get(
    "/adequacy-decisions",
    operation_id="list_adequacy_decisions",
    summary="The Commission's decisions, who checked them when, and which have lapsed (Art. 45)",
)
async def list_adequacy_decisions(op: Reading) -> AdequacyTableOut:
    """A dated table; a decision that nobody has verified lately says so."""
    return await op.read(lapses.list_decisions)


@router.post(
    "/adequacy-lapses",
    status_code=201,
    operation_id="record_lapse",
    summary="Record that a decision, such as the Data Privacy Framework, holds no more",
    responses=problems(TransferInvalid, LapseRecorded, PersonNeeded),
)
async def record_lapse(new: LapseNew, op: Creating, response: Response) -> LapseOut:
    """Ask `ask_what_if` first. From this instant disclosures, processing checks and messages obey; what rested on the
    decision is assessed anew. A flow with another record that holds goes on under it."""
    lapse = await op.create(lapses.record, lapses.reread, new)
    etag(response, lapse.version)
    return lapse


@router.get(
    "/adequacy-lapses",
    operation_id="list_lapses",
    summary="Lapsed decisions, those taken back too",
    responses=problems(CursorInvalid),
)
async def list_lapses(op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[LapseOut]:
    """From which day each counts, who recorded it and why, and why it was taken back if it was."""
    return await op.read(lapses.list_lapses, window(op.keys, "lapses", limit, cursor))


@router.post(
    "/adequacy-lapses/{lapse_id}/take-back",
    operation_id="take_back_lapse",
    summary="Say that a lapse does not stand, and why",
    responses=problems(LapseNotFound, LapseTakenBack, PersonNeeded, CustomerStale, CustomerIfMatchNeeded),
)
async def take_back_lapse(
    lapse_id: UUID, sent: LapseTakeBack, op: Writing, response: Response, if_match: IfMatch = None
) -> LapseOut:
    """What rested on the decision is assessed anew. The lapse stays on record with the reason."""
    lapse = await op.write(lapses.take_back, lapse_id, sent, if_match)
    etag(response, lapse.version)
    return lapse
