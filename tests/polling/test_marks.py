"""A list that changes while it is read loses nothing: the mark, driven over a list that a shop goes on changing."""

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.connectors.listing import Listed
from app.polling.changes import changed
from app.polling.marks import ListUnsound, Mark, after_changes, after_page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


class Changing:
    """A list in pages of three whose records go on changing before each answer, many in one second."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.changed = {number: self.chance.randrange(4) for number in range(20)}
        self.versions = dict.fromkeys(self.changed, 1)
        self.now = 6

    async def page(self, number: int, since: datetime | None) -> Listed:
        """A page as it is when it is asked for."""
        if self.chance.random() < 0.6 and self.now < 30:
            self.now += self.chance.randrange(2)
            touched = self.chance.choice(list(self.changed))
            self.changed[touched], self.versions[touched] = self.now, self.versions[touched] + 1
        found = sorted((at, its) for its, at in self.changed.items() if since is None or _at(at) >= since)
        records: list[Mapping[str, Any]] = [
            {"id": its, "version": self.versions[its], "updated": _at(at).isoformat()}
            for at, its in found[(number - 1) * 3 : number * 3]
        ]
        return Listed(records, is_last=number * 3 >= len(found))


@pytest.mark.parametrize("seed", range(40))
def test_nothing_that_changes_meanwhile_is_skipped(seed: int) -> None:
    """All is seen, and as it was last, save for what changed since the mark, which is read next time."""
    shop, seen = Changing(seed), dict[int, int]()

    async def read() -> Mark:
        mark, is_last, steps = Mark(), False, 0
        while not is_last:
            fetched = await changed(mark, shop.page, "id", "updated", ZoneInfo("Europe/Helsinki"))
            seen.update((one["id"], one["version"]) for one in fetched.records)
            mark, is_last, steps = fetched.behind, fetched.is_last, steps + 1
            assert steps < 200
        return mark

    mark = asyncio.run(read())
    assert mark.page == 1
    assert seen.keys() == shop.changed.keys()
    late = {its for its, at in shop.changed.items() if mark.since is not None and _at(at) >= mark.since}
    assert {its for its in seen if seen[its] != shop.versions[its]} <= late


def test_a_list_that_is_not_what_was_asked_stops_the_reading() -> None:
    """Unsorted or unfiltered lists could hide something behind a page."""
    with pytest.raises(ListUnsound, match="sorted"):
        after_changes(Mark(), [_at(2), _at(1)], is_last=False)
    with pytest.raises(ListUnsound, match="filtered"):
        after_changes(Mark(_at(100)), [_at(1), _at(101)], is_last=False)
    assert after_changes(Mark(_at(5)), [], is_last=True) == Mark(_at(5))
    assert after_changes(Mark(_at(5), 2), [_at(5)], is_last=False) == Mark(_at(5), 3)


def test_a_list_by_id_reads_a_page_again_when_it_has_shrunk() -> None:
    """Somebody who was deleted from an earlier page pulls one person over the border."""
    assert after_page(Mark(page=2, listed=10), 10, is_last=False) == Mark(page=3, listed=10)
    assert after_page(Mark(page=2, listed=10), 9, is_last=False) == Mark(page=2, listed=9)
    assert after_page(Mark(page=3, listed=9), 9, is_last=True) == Mark()
    assert Mark(_at(100), 4).overlapping(timedelta(seconds=60)) == Mark(_at(40))
