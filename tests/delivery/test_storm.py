"""A short storm; the long one is `python -m tests.delivery.storm` (`make torture`)."""

import asyncio

from tests.delivery.storm import rage, storm_of
from tests.nursery import Nursery


def test_nothing_is_lost_and_what_is_told_twice_changes_nothing(nursery: Nursery) -> None:
    """Workers killed, the vendor away, answers lost: everybody is unsubscribed, and each is on record as verified."""
    people = 50
    with storm_of(people, 3, nursery) as storm:
        found = asyncio.run(rage(storm, people, every=0.6, quiet_below=15))
    assert found.still_subscribed == 0
    assert found.unexplained == []
    assert len(found.told) == people
    assert found.codes == [0, 0, 0]
    assert found.faults
