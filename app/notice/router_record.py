"""The record of processing activities (Art. 30): as JSON, table, page and PDF."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse

from app.auth.roles import Scope
from app.notice import record, record_dpv
from app.notice.rendering import record_document_of, record_page_of, security_policy
from app.notice.schemas_record import RecordOut
from app.register.deps import allowed
from app.register.operation import Operation
from app.wire import Language

router = APIRouter(prefix="/v1/processing-record", tags=["notice"])

Reading = Annotated[Operation, allowed(Scope.PROCESSORS_READ)]
Spoken = Annotated[Language | None, Query(description="fi, sv or en; the definition's first when absent.")]


@router.get("", operation_id="read_processing_record", summary="The record of processing activities as of now")
async def read_processing_record(op: Reading, lang: Spoken = None) -> RecordOut:
    """Made from the definition and what is on record, so it is never older than either."""
    return await op.read(record.record, op.register, op.at, lang)


@router.get(
    "/table",
    operation_id="read_processing_record_table",
    summary="The same as CSV, an activity a row",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_processing_record_table(op: Reading, lang: Spoken = None) -> Response:
    """RFC 4180, UTF-8; lists within a cell one to a line (Art. 30(1))."""
    made = await op.read(record.table, op.register, op.at, lang)
    named = f'attachment; filename="processing-record-{op.today.isoformat()}.csv"'
    return Response(made, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": named})


@router.get(
    "/linked-data",
    operation_id="read_processing_record_linked_data",
    summary="The same in terms of W3C DPV 2.3, as JSON-LD",
    response_class=JSONResponse,
    responses={200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}}},
)
async def read_processing_record_linked_data(op: Reading, lang: Spoken = None) -> JSONResponse:
    """Each term is one of the vocabulary's; made from what is on record now (Art. 30(1))."""
    made = await op.read(record_dpv.linked, op.register, op.at, lang)
    return JSONResponse(made, media_type="application/ld+json")


@router.get(
    "/page",
    operation_id="read_processing_record_page",
    summary="The same as a page to print",
    response_class=HTMLResponse,
)
async def read_processing_record_page(op: Reading, lang: Spoken = None) -> HTMLResponse:
    """Sections of Art. 30(1) in the language asked for; the page loads nothing from elsewhere."""
    made = await op.read(record.document, op.register, op.at, lang)
    return HTMLResponse(record_page_of(made.stored()), headers={"Content-Security-Policy": security_policy()})


@router.get(
    "/document",
    operation_id="read_processing_record_document",
    summary="The same as an accessible PDF for A4",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def read_processing_record_document(op: Reading, lang: Spoken = None) -> Response:
    """PDF/UA-1, with its fonts inside (Art. 30(1))."""
    made = await op.read(record.document, op.register, op.at, lang)
    document = await asyncio.to_thread(record_document_of, made.stored(), op.at)
    named = f'inline; filename="processing-record-{op.today.isoformat()}.pdf"'
    return Response(document, media_type="application/pdf", headers={"Content-Disposition": named})
