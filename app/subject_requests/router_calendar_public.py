"""The file that calendar programs read: all-day events on the due dates of open requests."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.deps import services
from app.errors import problems
from app.register.deps import registers
from app.subject_requests import calendar
from app.subject_requests.errors import CalendarFeedNotFound

router = APIRouter(prefix="/calendars", tags=["people's pages"])


class CalendarFile(Response):
    """An iCalendar file; programs ask again with its ETag, and no cache on the way keeps it."""

    media_type = "text/calendar"


@router.get(
    "/{calendar_file}",
    operation_id="read_calendar",
    summary="The open deadlines behind a private address",
    response_class=CalendarFile,
    responses={304: {"description": "Nothing has changed"}, **problems(CalendarFeedNotFound, TooManyFailures)},
)
async def read_calendar(
    calendar_file: Annotated[str, Path(min_length=24, max_length=104, pattern=r"^[A-Za-z0-9_-]+\.ics$")],
    request: Request,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", max_length=2000)] = None,
) -> Response:
    """iCalendar (RFC 5545): case numbers, rights and dates, no person. With If-None-Match 304 while nothing has
    changed."""
    served = services(request)
    definition = (await registers(request).current()).definition
    with guessing(request.app.state.link_failures, request.client and request.client.host, CalendarFeedNotFound):
        file = await served.db.read(calendar.read, definition, calendar_file.removesuffix(".ics"), served.clock())
    etag = f'"{sha256(file).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if _names(if_none_match, etag):
        return CalendarFile(status_code=304, headers=headers)
    return CalendarFile(file, headers=headers)


def _names(if_none_match: str | None, etag: str) -> bool:
    """Whether the program has this very file (RFC 9110 §13.1.2, compared weakly)."""
    told = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return etag in told or "*" in told
