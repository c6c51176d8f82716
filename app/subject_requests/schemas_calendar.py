"""Payloads of calendar feeds."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.wire import In, Line, Out


class CalendarFeedNew(In):
    """A calendar of deadlines, at an address that only its reader knows."""

    person: Line | None = Field(
        default=None, description="Requests that this person is in charge of or substitutes in; every one when absent."
    )


class CalendarFeedOut(Out):
    id: UUID
    client_id: UUID
    person: str | None
    made_at: datetime
    withdrawn_at: datetime | None


class CalendarFeedMade(CalendarFeedOut):
    """The only answer that shows the address; of it a hash is stored."""

    url: str | None
