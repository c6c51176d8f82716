"""Sub-processors, what runs out, whose data a recipient has got, and whether the notice's promises are kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers.errors import CustomerIfMatchNeeded, CustomerStale
from app.customers.router import IfMatch, etag
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.processors import chain, expiring, promises, reached
from app.processors.errors import ProcessorNotFound, SubProcessorInvalid, SubProcessorNotFound
from app.processors.schemas_chain import SubProcessorNew, SubProcessorOut, SubProcessorPatch
from app.processors.schemas_safeguards import ExpiringOut, PromisesOut, ReachedOut
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.wire import Line

router = APIRouter(prefix="/v1", tags=["processors"])

Reading = Annotated[Operation, allowed(Scope.PROCESSORS_READ)]
Writing = Annotated[Operation, allowed(Scope.PROCESSORS_WRITE)]
Creating = Annotated[Operation, creating(Scope.PROCESSORS_WRITE)]
Name = Annotated[Line, Path(description="id, code, name or alias")]


@router.get(
    "/promises",
    operation_id="read_promises",
    summary="Whether what the notice promises about its recipients is true today (F74, F87, F91)",
)
async def read_promises(op: Reading) -> PromisesOut:
    """A promise is kept only when it is true of every recipient that is listed and in use; else the remedy for each."""
    return await op.read(promises.promises, op)


@router.get(
    "/expiring",
    operation_id="list_expiring",
    summary="What runs out or is due for review: transfers, listings, assessments, agreements, windows to object",
)
async def list_expiring(
    op: Reading, within_days: Annotated[int, Query(ge=0, le=3660, description="Overdue ones are always told.")] = 90
) -> ExpiringOut:
    """Nearest first, within the days asked for; what is overdue is always there."""
    return await op.read(expiring.expiring, op.definition, within_days, op.today)


@router.get(
    "/processors/{processor}/people",
    operation_id="list_people_of_processor",
    summary="Whose data have gone to a recipient, by the disclosure log",
    responses=problems(ProcessorNotFound, CursorInvalid),
)
async def list_people_of_processor(
    processor: Name,
    op: Annotated[Operation, allowed(Scope.AUDIT_READ)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReachedOut]:
    """Ids only, for telling them; each of the people can learn that they were listed."""
    page = window(op.keys, "reached:" + op.keys.hash("processor", processor), limit, cursor)
    return await op.write(reached.list_people, processor, page)


@router.post(
    "/processors/{processor}/sub-processors",
    status_code=201,
    operation_id="register_sub_processor",
    summary="Note a sub-processor that the processor has announced (Art. 28(2))",
    responses=problems(ProcessorNotFound, SubProcessorInvalid, PersonNeeded),
)
async def register_sub_processor(
    processor: Name, new: SubProcessorNew, op: Creating, response: Response
) -> SubProcessorOut:
    """Under a general authorisation silence authorises it once the window to object has closed; under a specific one
    only a decision does. Record the onward transfer to its company as a transfer of the recipient."""
    made = await op.create(chain.register, chain.reread, processor, new)
    etag(response, made.version)
    return made


@router.get(
    "/processors/{processor}/sub-processors",
    operation_id="list_sub_processors",
    summary="The chain behind a recipient, as of today",
    responses=problems(ProcessorNotFound, CursorInvalid),
)
async def list_sub_processors(
    processor: Name, op: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[SubProcessorOut]:
    """Engaged directly or through others, each with its standing as of today (Art. 28(2), (4))."""
    page = window(op.keys, "sub-processors:" + op.keys.hash("processor", processor), limit, cursor)
    return await op.read(chain.list_chain, processor, page, op.today)


@router.patch(
    "/sub-processors/{sub_processor_id}",
    operation_id="update_sub_processor",
    summary="Authorise it or object, enter what was found out, or end it",
    responses=problems(SubProcessorNotFound, SubProcessorInvalid, PersonNeeded, CustomerStale, CustomerIfMatchNeeded),
)
async def update_sub_processor(
    sub_processor_id: UUID, sent: SubProcessorPatch, op: Writing, response: Response, if_match: IfMatch = None
) -> SubProcessorOut:
    """A decision needs its reason, and is the sender's. Members that are left out stay as they are."""
    changed = await op.write(chain.patch, sub_processor_id, sent, if_match)
    etag(response, changed.version)
    return changed
