"""Recipients and the agreements with processors; transfers and disclosures have routers of their own."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers.errors import CustomerIfMatchNeeded, CustomerStale
from app.customers.router import IfMatch, etag
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.processors import agreements, service
from app.processors.errors import ProcessorInvalid, ProcessorNameTaken, ProcessorNotFound
from app.processors.schemas import AgreementNew, AgreementOut, ProcessorNew, ProcessorOut, ProcessorPatch
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.wire import Line

router = APIRouter(prefix="/v1", tags=["processors"])

Reading = Annotated[Operation, allowed(Scope.PROCESSORS_READ)]
Writing = Annotated[Operation, allowed(Scope.PROCESSORS_WRITE)]
Creating = Annotated[Operation, creating(Scope.PROCESSORS_WRITE)]
Name = Annotated[Line, Path(description="id, code, name or alias")]


@router.get("/processors", operation_id="list_processors", summary="All recipients", responses=problems(CursorInvalid))
async def list_processors(op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[ProcessorOut]:
    """Former ones too, each with what keeps it from being in order."""
    page = window(op.keys, "processors", limit, cursor)
    return await op.read(service.list_processors, page, op.definition, op.today)


@router.post(
    "/processors",
    status_code=201,
    operation_id="register_processor",
    summary="Prepare a recipient that the definition does not name yet",
    responses=problems(ProcessorInvalid, ProcessorNameTaken, PersonNeeded),
)
async def register_processor(new: ProcessorNew, op: Creating, response: Response) -> ProcessorOut:
    """Disclosures to it stay refused until the definition names it, and its agreement and transfers hold (Arts. 28,
    44)."""
    processor = await op.create(service.create, service.reread, new)
    response.headers["Location"] = f"/v1/processors/{processor.id}"
    etag(response, processor.version)
    return processor


@router.get(
    "/processors/{processor}",
    operation_id="read_processor",
    summary="One recipient and what keeps it from being in order",
    responses=problems(ProcessorNotFound),
)
async def read_processor(processor: Name, op: Reading, response: Response) -> ProcessorOut:
    """By id, code, name or alias, as of today. The ETag is for a change."""
    found = await op.read(service.read, processor, op.definition, op.today)
    etag(response, found.version)
    return found


@router.patch(
    "/processors/{processor}",
    operation_id="update_processor",
    summary="Enter the legal name, the country and whatever else a person has found out",
    responses=problems(
        ProcessorNotFound,
        ProcessorInvalid,
        ProcessorNameTaken,
        PersonNeeded,
        CustomerStale,
        CustomerIfMatchNeeded,
    ),
)
async def update_processor(
    processor: Name, sent: ProcessorPatch, op: Writing, response: Response, if_match: IfMatch = None
) -> ProcessorOut:
    """Members that are left out stay as they are. What is set here is left alone when a new definition is applied."""
    changed = await op.write(service.patch, processor, sent, if_match)
    etag(response, changed.version)
    return changed


@router.post(
    "/processors/{processor}/agreements",
    status_code=201,
    operation_id="record_agreement",
    summary="Record an agreement and its Art. 28(3) checklist",
    responses=problems(ProcessorNotFound, ProcessorInvalid, PersonNeeded),
)
async def record_agreement(processor: Name, new: AgreementNew, op: Creating) -> AgreementOut:
    """What it lacks is said, not refused; the newest counts."""
    return await op.create(agreements.record, agreements.reread, processor, new)


@router.get(
    "/processors/{processor}/agreements",
    operation_id="list_agreements",
    summary="Agreements with a recipient, oldest first; the newest counts",
    responses=problems(ProcessorNotFound, CursorInvalid),
)
async def list_agreements(processor: Name, op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[AgreementOut]:
    """With what each lacks of Art. 28(3), as of today."""
    page = window(op.keys, "agreements:" + op.keys.hash("processor", processor), limit, cursor)
    return await op.read(agreements.list_agreements, processor, page, op.today)
