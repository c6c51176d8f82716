"""Breaches of personal data: report, assess, notify, close (Art. 33, 34)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.breaches import assessing, closing, notifying, reporting
from app.breaches.errors import (
    AssessmentRefused,
    BreachClosed,
    BreachIfMatchNeeded,
    BreachInvalid,
    BreachNotFound,
    BreachOpen,
    BreachStale,
    BreachUnsettled,
    NotificationRefused,
)
from app.breaches.schemas import BreachNew, BreachPatch, ClosingIn, NotificationIn, ReopeningIn, RiskIn
from app.breaches.schemas_out import BreachOut, BreachRow
from app.customers.router import IfMatch, etag
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.wire import Moment

router = APIRouter(prefix="/v1/breaches", tags=["breaches"])

Reading = Annotated[Operation, allowed(Scope.BREACHES_READ)]
Writing = Annotated[Operation, allowed(Scope.BREACHES_WRITE)]
Recording = Annotated[Operation, creating(Scope.BREACHES_WRITE)]
Reporting = Annotated[Operation, creating(Scope.BREACHES_REPORT)]
Name = Annotated[
    str, Path(max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or number.", examples=["B-2026-0001"])
]


@router.post(
    "",
    status_code=201,
    operation_id="report_breach",
    summary="Report a breach; the clock of 72 hours runs from awareness (Art. 33)",
    responses=problems(BreachInvalid),
)
async def report_breach(new: BreachNew, op: Reporting, response: Response) -> BreachOut:
    """For anybody of the staff who notices one. Texts name nobody; the machine refuses personal identity codes only."""
    breach = await op.create(reporting.report, reporting.reread, new)
    response.headers["Location"] = f"/v1/breaches/{breach.id}"
    etag(response, breach.version)
    return breach


@router.get(
    "",
    operation_id="list_breaches",
    summary="Breaches by the end of their period",
    responses=problems(CursorInvalid),
)
async def list_breaches(
    op: Reading,
    open: Annotated[bool | None, Query(description="Only open or only closed ones.")] = None,  # noqa: A002 (the query's name)
    due_before: Annotated[Moment | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BreachRow]:
    """Open and closed ones unless `open` says which; `due_before`: whose 72 hours end earlier (Art. 33(1))."""
    page = window(op.keys, f"breaches:{open}:{due_before}", limit, cursor)
    return await op.write(reporting.listed, open, due_before, page)


@router.get("/{breach}", operation_id="read_breach", summary="One breach, whole", responses=problems(BreachNotFound))
async def read_breach(breach: Name, op: Reading, response: Response) -> BreachOut:
    """By id or number, with its clock, assessment, notices and timeline (Art. 33(5)). The ETag is for a change."""
    found = await op.write(reporting.read, breach)
    etag(response, found.version)
    return found


@router.patch(
    "/{breach}",
    operation_id="change_breach",
    summary="Add what has been found out since",
    responses=problems(BreachNotFound, BreachInvalid, BreachClosed, BreachStale, BreachIfMatchNeeded),
)
async def change_breach(
    breach: Name, sent: BreachPatch, op: Writing, response: Response, if_match: IfMatch = None
) -> BreachOut:
    """Members that are left out stay as they are; each change stands in the timeline. A closed breach answers 409."""
    changed = await op.write(reporting.patch, breach, sent, if_match)
    etag(response, changed.version)
    return changed


@router.post(
    "/{breach}/assessments",
    status_code=201,
    operation_id="assess_breach",
    summary="A named human assesses the risk, with reasons",
    responses=problems(BreachNotFound, BreachClosed, AssessmentRefused, PersonNeeded),
)
async def assess_breach(breach: Name, sent: RiskIn, op: Recording) -> BreachOut:
    """No risk: no notification, the record stays. High risk: people are told, unless Art. 34(3) excuses."""
    return await op.create(assessing.assess, reporting.reread, breach, sent)


@router.post(
    "/{breach}/notifications",
    status_code=201,
    operation_id="notify_authority",
    summary="Record a notification that was sent to the authority: the first, or a follow-up",
    responses=problems(BreachNotFound, BreachClosed, NotificationRefused, PersonNeeded),
)
async def notify_authority(breach: Name, sent: NotificationIn, op: Recording) -> BreachOut:
    """Late without reasons, or a first one that leaves parts of Art. 33(3) out without saying why, is refused."""
    return await op.create(notifying.notify, reporting.reread, breach, sent)


@router.post(
    "/{breach}/closing",
    operation_id="close_breach",
    summary="Close it with what was learned",
    responses=problems(BreachNotFound, BreachClosed, BreachUnsettled, PersonNeeded),
)
async def close_breach(breach: Name, sent: ClosingIn, op: Writing) -> BreachOut:
    """Refused while anything is still owed to the authority or to people (Arts. 33, 34)."""
    return await op.write(closing.close, breach, sent)


@router.post(
    "/{breach}/reopening",
    operation_id="reopen_breach",
    summary="Open it again, because more has come to light",
    responses=problems(BreachNotFound, BreachOpen, PersonNeeded),
)
async def reopen_breach(breach: Name, sent: ReopeningIn, op: Writing) -> BreachOut:
    """With the reason, which the timeline keeps; what was learned stays."""
    return await op.write(closing.reopen, breach, sent)
