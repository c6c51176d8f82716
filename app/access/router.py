"""The reply to a request for access or portability: JSON, page, document, archive (Arts. 15, 20)."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from app.access import gate, making
from app.access.document import security_policy
from app.access.errors import IdentityUnknown, NotAboutData, PersonNotLinked, ReplyRefused
from app.access.schemas import DataOut
from app.access.spool import Spool
from app.auth.roles import Scope
from app.customers.errors import CustomerErased, Restricted
from app.errors import problems
from app.register.deps import allowed
from app.register.operation import Operation
from app.subject_requests.errors import RequestNotFound
from app.subject_requests.router import Name

router = APIRouter(prefix="/v1/subject-requests", tags=["access replies"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ, Scope.AUDIT_READ)]
"""The reply shows who consulted the data, and vouchers that are restricted: it is for those who answer for both."""
REFUSALS = (
    *(RequestNotFound, NotAboutData, PersonNotLinked, IdentityUnknown),
    *(ReplyRefused, CustomerErased, Restricted),
)


def sent(spool: Spool, media_type: str, name: str | None = None) -> StreamingResponse:
    """The answer that sends a spool and forgets it."""
    headers = {"Content-Length": str(spool.size)}
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(spool.sent(), media_type=media_type, headers=headers)


def archive_name(case_number: str) -> str:
    """A file name that tells nothing but the case."""
    return f"data-{case_number}.zip"


@router.get(
    "/{request}/data",
    operation_id="read_data",
    summary="Everything held of the person, with all that Art. 15 adds; for portability the portable part",
    response_model=DataOut,
    responses=problems(*REFUSALS),
)
async def read_data(request: Name, op: Reading) -> StreamingResponse:
    """Streamed, and read in one consistent picture of the database; refused until the identity is recorded."""
    asked = await op.write(gate.opened, request, "json")
    return sent(await making.json_of(op.db, asked), "application/json")


@router.get(
    "/{request}/data/page",
    operation_id="read_data_page",
    summary="The same as a page in the person's language, which prints on A4",
    response_class=HTMLResponse,
    responses=problems(*REFUSALS),
)
async def read_data_page(request: Name, op: Reading) -> HTMLResponse:
    """Of each section the newest hundred records, with how many there are."""
    asked = await op.write(gate.opened, request, "page")
    headers = {"Content-Security-Policy": security_policy("reply.css")}
    return HTMLResponse(await making.page(op.db, asked), headers=headers)


@router.get(
    "/{request}/data/document",
    operation_id="read_data_document",
    summary="The same as a PDF",
    response_class=Response,
    responses={**problems(*REFUSALS), 200: {"content": {"application/pdf": {}}}},
)
async def read_data_document(request: Name, op: Reading) -> Response:
    """Of each section the newest hundred records, with how many there are."""
    asked = await op.write(gate.opened, request, "document")
    return Response(await making.document(op.db, asked), media_type="application/pdf")


@router.get(
    "/{request}/data/archive",
    operation_id="read_data_archive",
    summary="All of it in a ZIP, with the portable part as JSON and CSV",
    response_class=Response,
    responses={**problems(*REFUSALS), 200: {"content": {"application/zip": {}}}},
)
async def read_data_archive(request: Name, op: Reading) -> StreamingResponse:
    """`data.json`, `page.html`, `document.pdf`, and in `portable/` what the person may take along (Art. 20)."""
    asked = await op.write(gate.opened, request, "archive")
    made = await making.archive(op.db, asked)
    return sent(made.spool, "application/zip", archive_name(asked.case.case_number))
