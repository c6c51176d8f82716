"""Reading a list by what changed: the page behind a mark, and what makes sure that none came over its border unseen."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.connectors.field_map import at
from app.connectors.listing import Listed
from app.imports.times import ImpossibleTime, instant
from app.polling.marks import Mark, after_changes
from app.polling.service import Fetched

Page = Callable[[int, datetime | None], Awaitable[Listed]]


async def changed(mark: Mark, page: Page, id_at: str, updated_at: str, zone: ZoneInfo) -> Fetched:
    """A page of what changed since the mark, asked in the recipient's own time zone.

    Behind the first page of one second the page before is looked at again: when a record has left it, another has
    come over the border unseen, and that second is read anew.
    """
    since = mark.since and mark.since.astimezone(zone)
    found = await page(mark.page, since)
    if mark.page > 1:
        before = await page(mark.page - 1, since)
        if ids(before.records, id_at) != mark.border:
            return Fetched(found.records, Mark(mark.since), is_last=False)
    times = _instants(found.records, updated_at, zone)
    behind = after_changes(mark, times, ids(found.records, id_at), is_last=found.is_last)
    return Fetched(found.records, behind, found.is_last)


def ids(records: Iterable[Mapping[str, Any]], id_at: str) -> tuple[str, ...]:
    """The ids of a page."""
    return tuple(str(at(record, id_at)) for record in records)


def _instants(records: Iterable[Mapping[str, Any]], updated_at: str, zone: ZoneInfo) -> list[datetime]:
    """When each record changed, as far as it says so; the record itself is refused later where it does not."""
    found = []
    for record in records:
        try:
            found.append(instant(str(at(record, updated_at) or ""), zone).at)
        except ImpossibleTime:
            continue
    return found
