"""Transfers outside the EEA: record, assess, end, list, and ask what if."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.processors import checks, transfers, what_if
from app.processors.errors import ProcessorNotFound, TransferEnded, TransferInvalid, TransferNotFound
from app.processors.schemas_safeguards import TransferCheckNew, TransferCheckOut
from app.processors.schemas_transfers import (
    AssessmentOut,
    Status,
    TransferEnd,
    TransferNew,
    TransferOut,
    WhatIf,
    WhatIfOut,
)
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.wire import Line

router = APIRouter(prefix="/v1", tags=["transfers"])

Reading = Annotated[Operation, allowed(Scope.PROCESSORS_READ)]
Writing = Annotated[Operation, allowed(Scope.PROCESSORS_WRITE)]
Creating = Annotated[Operation, creating(Scope.PROCESSORS_WRITE)]
Name = Annotated[Line, Path(description="id, code, name or alias")]
ByStatus = Annotated[Status | None, Query(description="As of today.")]


@router.post(
    "/processors/{processor}/transfers",
    status_code=201,
    operation_id="record_transfer",
    summary="Record a transfer; it is assessed at once",
    responses=problems(ProcessorNotFound, TransferInvalid, PersonNeeded),
)
async def record_transfer(processor: Name, new: TransferNew, op: Creating, response: Response) -> TransferOut:
    """Mechanism and evidence of Chapter V, approved by whoever sends this. The answer says whether it holds today, and
    why not."""
    transfer = await op.create(transfers.record, transfers.reread, processor, new)
    response.headers["Location"] = f"/v1/transfers/{transfer.id}"
    return transfer


@router.get(
    "/processors/{processor}/transfers",
    operation_id="list_transfers_to_processor",
    summary="Transfers to one recipient, as of today",
    responses=problems(ProcessorNotFound, CursorInvalid),
)
async def list_transfers_to_processor(
    processor: Name, op: Reading, status: ByStatus = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[TransferOut]:
    """Former ones too; `status` narrows it."""
    scope = f"transfers:{status}:" + op.keys.hash("processor", processor)
    page = window(op.keys, scope, limit, cursor)
    return await op.read(transfers.list_transfers, status, processor, page, op.definition, op.today)


@router.get(
    "/transfers",
    operation_id="list_transfers",
    summary="All transfers, as of today",
    responses=problems(CursorInvalid),
)
async def list_transfers(
    op: Reading, status: ByStatus = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[TransferOut]:
    """To every recipient, former ones too; `status` narrows it."""
    page = window(op.keys, f"transfers:{status}", limit, cursor)
    return await op.read(transfers.list_transfers, status, None, page, op.definition, op.today)


@router.post(
    "/transfers/what-if",
    operation_id="ask_what_if",
    summary="Which transfers would hold, fall back or be blocked; changes nothing",
)
async def ask_what_if(question: WhatIf, op: Reading) -> WhatIfOut:
    """If the Data Privacy Framework were annulled, a country's decision withdrawn, or no assessment counted."""
    return await op.read(what_if.what_if, question, op.today)


@router.get(
    "/transfers/{transfer_id:uuid}",
    operation_id="read_transfer",
    summary="One transfer, as of today",
    responses=problems(TransferNotFound),
)
async def read_transfer(transfer_id: UUID, op: Reading) -> TransferOut:
    """With the assessment as of today: what it rests on, until when, and what is missing (Arts. 44 to 49)."""
    return await op.read(transfers.read, transfer_id, op.definition, op.today)


@router.post(
    "/transfers/{transfer_id}/assessments",
    status_code=201,
    operation_id="assess_transfer",
    summary="Assess a transfer again today",
    responses=problems(TransferNotFound),
)
async def assess_transfer(transfer_id: UUID, op: Creating) -> AssessmentOut:
    """The result is kept beside the earlier ones; the same facts give the same answer."""
    return await op.create(transfers.assess, transfers.reread_assessment, transfer_id)


@router.get(
    "/transfers/{transfer_id}/assessments",
    operation_id="list_assessments",
    summary="What Chapter V said of a transfer over time",
    responses=problems(TransferNotFound, CursorInvalid),
)
async def list_assessments(
    transfer_id: UUID, op: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[AssessmentOut]:
    """Oldest first; none is ever changed."""
    page = window(op.keys, f"assessments:{transfer_id}", limit, cursor)
    return await op.read(transfers.list_assessments, transfer_id, page)


@router.post(
    "/transfers/{transfer_id}/end",
    operation_id="end_transfer",
    summary="Say that a flow ends or is suspended (C-311/18)",
    responses=problems(TransferNotFound, TransferInvalid, TransferEnded, PersonNeeded),
)
async def end_transfer(transfer_id: UUID, sent: TransferEnd, op: Writing) -> TransferOut:
    """From then on nothing may be disclosed by it. Ending it twice answers 409."""
    return await op.write(transfers.end, transfer_id, sent)


@router.post(
    "/transfers/{transfer_id}/checks",
    status_code=201,
    operation_id="check_transfer",
    summary="Record that the listing was looked up again, or the law of the destination assessed anew",
    responses=problems(TransferNotFound, TransferInvalid, TransferEnded, PersonNeeded),
)
async def check_transfer(transfer_id: UUID, new: TransferCheckNew, op: Creating) -> TransferCheckOut:
    """What was found counts from now on; for past instants the record speaks as it did then."""
    return await op.create(checks.record, checks.reread, transfer_id, new)


@router.get(
    "/transfers/{transfer_id}/checks",
    operation_id="list_transfer_checks",
    summary="What was found about a transfer over time",
    responses=problems(TransferNotFound, CursorInvalid),
)
async def list_transfer_checks(
    transfer_id: UUID, op: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[TransferCheckOut]:
    """Oldest first: what was found, when and by whom, and the evidence that took the place of the older."""
    page = window(op.keys, f"transfer-checks:{transfer_id}", limit, cursor)
    return await op.read(checks.list_checks, transfer_id, page)
