"""Calendar feeds of deadlines, made and withdrawn by people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.deps import Served
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.subject_requests import calendar
from app.subject_requests.errors import CalendarFeedNotFound
from app.subject_requests.schemas_calendar import CalendarFeedMade, CalendarFeedNew, CalendarFeedOut

router = APIRouter(prefix="/v1/calendar-feeds", tags=["subject requests"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ)]


@router.post(
    "",
    status_code=201,
    operation_id="make_calendar_feed",
    summary="Make a calendar of deadlines at a private address, shown this once",
    responses=problems(PersonNeeded, CalendarFeedNotFound),
)
async def make_calendar_feed(
    new: CalendarFeedNew, op: Annotated[Operation, creating(Scope.REQUESTS_READ)], served: Served
) -> CalendarFeedMade:
    """Whoever knows the address reads case numbers, rights and dates of open requests, and nothing else."""
    return await op.create(calendar.make, calendar.reread, new, served.settings.base_url)


@router.get(
    "",
    operation_id="list_calendar_feeds",
    summary="One's own calendar feeds; everybody's for who manages clients",
    responses=problems(CursorInvalid),
)
async def list_calendar_feeds(op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[CalendarFeedOut]:
    """When each was made, and withdrawn if it was; the addresses are never shown again."""
    return await op.read(calendar.listed, op, window(op.keys, f"calendar-feeds:{op.actor.id}", limit, cursor))


@router.delete(
    "/{feed_id}",
    status_code=204,
    operation_id="withdraw_calendar_feed",
    summary="Withdraw a calendar feed at once and for good",
    responses=problems(CalendarFeedNotFound),
)
async def withdraw_calendar_feed(feed_id: UUID, op: Reading) -> None:
    """Its address answers 404 from now on."""
    await op.write(calendar.withdraw, feed_id)
