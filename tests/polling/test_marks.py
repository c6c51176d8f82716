"""A list that changes while it is read loses nothing: the mark, driven over a list that a shop goes on changing."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from app.polling.marks import ListUnsound, Mark, after_changes, after_page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


@pytest.mark.parametrize("seed", range(25))
def test_nothing_that_changes_meanwhile_is_skipped(seed: int) -> None:
    """Pages of three, many changes in one second, changes between pages: all is seen as it was last."""
    chance = random.Random(seed)
    changed = {number: _at(chance.randrange(4)) for number in range(20)}
    versions = dict.fromkeys(changed, 1)
    seen: dict[int, int] = {}
    mark, now, is_last, steps = Mark(), 6, False, 0

    def page(number: int) -> list[int]:
        found = sorted((at, its) for its, at in changed.items() if mark.since is None or at >= mark.since)
        return [its for _, its in found[(number - 1) * 3 : number * 3]]

    def something_changes() -> None:
        nonlocal now
        if chance.random() < 0.4 and now < 30:
            now += chance.randrange(2)
            touched = chance.choice(list(changed))
            changed[touched], versions[touched] = _at(now), versions[touched] + 1

    while not is_last:
        steps += 1
        assert steps < 200
        found, is_last = page(mark.page), not page(mark.page + 1)
        at = [changed[number] for number in found]
        seen |= {number: versions[number] for number in found}
        something_changes()
        if mark.page > 1 and tuple(map(str, page(mark.page - 1))) != mark.border:
            mark, is_last = Mark(mark.since), False
        else:
            mark = after_changes(mark, at, [str(number) for number in found], is_last=is_last)
        something_changes()

    assert mark.page == 1
    assert seen.keys() == changed.keys()
    late = {number for number, when in changed.items() if mark.since is not None and when >= mark.since}
    assert {number for number in changed if seen[number] != versions[number]} <= late


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
