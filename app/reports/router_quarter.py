"""The quarterly report: as JSON, table and PDF."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.auth.roles import Scope
from app.errors import problems
from app.notice.rendering import record_document_of
from app.register.deps import allowed
from app.register.operation import Operation
from app.reports import quarterly
from app.reports.errors import QuarterAhead
from app.reports.layout import laid_out, language_of
from app.reports.quarters import Quarter
from app.reports.schemas import QuarterOut
from app.reports.tabling import quarter_table
from app.wire import Language

router = APIRouter(prefix="/v1/reports/quarter", tags=["reports"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ, Scope.AUDIT_READ)]
"""Small numbers can tell of one person: the report is for those who answer for the requests and see the trail."""
Year = Annotated[int | None, Query(ge=1900, le=2199, description="With `quarter`; the last that is over when absent.")]
Number = Annotated[int | None, Query(ge=1, le=4)]
Spoken = Annotated[Language | None, Query(description="fi, sv or en; the definition's first when absent.")]


def asked(op: Operation, year: int | None, quarter: int | None) -> Quarter:
    """The quarter asked for; what is not said is that of the last quarter that is over."""
    last = Quarter.before(op.today)
    return Quarter(last.year if year is None else year, last.number if quarter is None else quarter)


@router.get(
    "",
    operation_id="read_quarter_report",
    summary="Requests, consents, sweep, notifications and findings of one quarter, in numbers",
    responses=problems(QuarterAhead),
)
async def read_quarter_report(op: Reading, year: Year = None, quarter: Number = None) -> QuarterOut:
    """Made from what is on record now: what has been erased since is counted no more. It names no person."""
    return await op.read(quarterly.report, op.register, op.at, asked(op, year, quarter))


@router.get(
    "/table",
    operation_id="read_quarter_report_table",
    summary="The same as CSV, a figure a row",
    response_class=Response,
    responses=problems(QuarterAhead) | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_quarter_report_table(op: Reading, year: Year = None, quarter: Number = None) -> Response:
    """RFC 4180, UTF-8. It names no person; a quarter that has not begun answers 400."""
    report = await op.read(quarterly.report, op.register, op.at, asked(op, year, quarter))
    return Response(
        quarter_table(report),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name_of(report)}.csv"'},
    )


@router.get(
    "/document",
    operation_id="read_quarter_report_document",
    summary="The same as an accessible PDF for A4",
    response_class=Response,
    responses=problems(QuarterAhead) | {200: {"content": {"application/pdf": {}}}},
)
async def read_quarter_report_document(
    op: Reading, year: Year = None, quarter: Number = None, lang: Spoken = None
) -> Response:
    """PDF/UA-1, in the language asked for. It names no person; a quarter that has not begun answers 400."""
    report = await op.read(quarterly.report, op.register, op.at, asked(op, year, quarter))
    made = laid_out(op.definition, report, language_of(op.definition, lang))
    document = await asyncio.to_thread(record_document_of, made.stored(), op.at)
    named = f'inline; filename="{name_of(report)}.pdf"'
    return Response(document, media_type="application/pdf", headers={"Content-Disposition": named})


def name_of(report: QuarterOut) -> str:
    """A file name that tells the quarter."""
    return f"quarter-{report.year}-{report.quarter}"
