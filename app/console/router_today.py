"""Today: what is overdue, what is due when, what recipients still owe, what the linter finds."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.auth.roles import Scope
from app.breaches import reporting
from app.console.calendar import months
from app.console.rendering import ConsolePage, page
from app.console.visiting import Visit, visiting
from app.delivery import service as delivery
from app.notice import service as notice
from app.pagination import MAX_LIMIT, window
from app.policy.notifications import CLOSED, Progress
from app.processors import expiring
from app.subject_requests import listing
from app.subject_requests.repository_clock import Wanted

router = APIRouter(prefix="/console", route_class=ConsolePage, include_in_schema=False)

OPEN_ONES = frozenset(Progress) - CLOSED
SOON_DAYS = 30


@router.get("")
async def open_today(visit: Annotated[Visit, visiting()]) -> Response:
    """Each part for whom the API would answer it."""
    op = visit.op
    requests, waiting, found, runs_out, breaches = None, None, None, None, None
    if visit.may(Scope.REQUESTS_READ):
        place = window(op.keys, "console:today", MAX_LIMIT, None)
        requests = await op.write(listing.listed, Wanted(), place)
        waiting = await op.write(delivery.listed, OPEN_ONES, None, overdue=False, window=place)
    if visit.may(Scope.BREACHES_READ):
        place = window(op.keys, "console:breaches", MAX_LIMIT, None)
        breaches = await op.write(reporting.listed, is_open=True, due_before=None, window=place)
    if visit.may(Scope.PROCESSORS_READ):
        found = await op.read(notice.findings, op.register, op.at)
        runs_out = await op.read(expiring.expiring, op.definition, SOON_DAYS, op.today)
    return page(
        "today.html",
        visit,
        visit.words("today"),
        requests=requests,
        overdue=[row for row in requests.items if row.overdue] if requests else [],
        coming=[row for row in requests.items if not row.overdue] if requests else [],
        months=months(op.today, requests.items) if requests else [],
        today=op.today,
        waiting=waiting,
        late=[row for row in waiting.items if row.overdue] if waiting else [],
        findings=found,
        runs_out=runs_out,
        breaches=breaches.items if breaches else [],
    )
