"""Where a reading stands in a list that changes while it is read. Pure.

Lists by change are read by the instant rather than by the page: a record that changes meanwhile moves to the end and
would pull another over the border of a page. A list by id has only pages; when it has shrunk, its last page is read
again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

GRAIN = timedelta(seconds=1)
"""Recipients write instants in whole seconds: what changed in the same one may not have been in the page yet."""


class ListUnsound(Exception):
    """The recipient did not list by change from the instant that was asked, so that a page could hide something."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is asked next: the `page` of what changed `since`; `listed` is how many records there were last time.

    `border`: the ids of the page before, as long as they changed in one second and only pages tell them apart.
    """

    since: datetime | None = None
    page: int = 1
    listed: int | None = None
    border: tuple[str, ...] = ()

    def overlapping(self, overlap: timedelta) -> "Mark":
        """From which a new reading begins: a little before the last one ended, since writes may be seen late."""
        return Mark(None if self.since is None else self.since - overlap)


def after_changes(mark: Mark, changed: Sequence[datetime], ids: Sequence[str] = (), *, is_last: bool) -> Mark:
    """The mark behind a page of records that changed at these instants; raises `ListUnsound`.

    Of the last page the mark is where the next reading begins.
    """
    if any(later < earlier for earlier, later in pairwise(changed)):
        raise ListUnsound("list_not_sorted")
    if changed and mark.since is not None and changed[0] < mark.since - GRAIN:
        raise ListUnsound("list_not_filtered")
    reached = changed[-1] - GRAIN if changed else None
    if reached is not None and (mark.since is None or reached > mark.since):
        return Mark(reached)
    return Mark(mark.since) if is_last else replace(mark, page=mark.page + 1, border=tuple(ids))


def after_page(mark: Mark, listed: int | None, *, is_last: bool) -> Mark:
    """The mark behind a page of a list by id; the beginning behind the last one."""
    if is_last:
        return Mark()
    shrunk = listed is not None and mark.listed is not None and listed < mark.listed
    return Mark(page=mark.page if shrunk and mark.page > 1 else mark.page + 1, listed=listed)
