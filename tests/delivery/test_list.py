"""The outbox as a list: pages of the states asked for, in the order in which they were queued."""

from typing import Any

import pytest

from tests.delivery.conftest import Deliver
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("in_the_eea")]


async def test_pages_hold_the_states_asked_for_oldest_first(
    desk: Desk, world: World, call: Caller, deliver: Deliver
) -> None:
    """Whatever states are named, pages of one show what one page shows; overdue are the open ones only."""
    for n in (1, 2):
        case = (await desk.asks("erasure", await desk.person(n)))["case_number"]
        await desk.decides(case)
        await world.run_due()
        if n == 1:
            await deliver()
    first = (await pages(call, ""))[0]
    said = {"outcome": "excused", "reason": "Nothing was ever sent there."}
    await call("dpo", "POST", f"/v1/notifications/{first['id']}/answer", said, expect=200)
    everything = await pages(call, "")
    states = {row["state"] for row in everything}
    assert states == {"excused", "sent", "queued"}
    assert everything == sorted(everything, key=lambda row: str(row["id"]))
    for asked in (["queued"], ["sent", "queued"], ["sent", "excused"], ["verified"], sorted(states)):
        query = "&".join(f"state={state}" for state in asked)
        assert await pages(call, query) == [row for row in everything if row["state"] in asked]
    assert await pages(call, "overdue=true") == []
    world.later(days=60)
    late = await pages(call, "overdue=true")
    assert [row["id"] for row in late] == [row["id"] for row in everything if row["state"] in {"queued", "sent"}]
    assert await pages(call, "overdue=true&state=sent") == [row for row in late if row["state"] == "sent"]


async def pages(call: Caller, query: str) -> list[dict[str, Any]]:
    """The list by pages of one."""
    found, cursor = [], ""
    while cursor is not None:
        path = f"/v1/notifications?limit=1&{query}" + (f"&cursor={cursor}" if cursor else "")
        page = await call("dpo", "GET", path, expect=200)
        found += page["items"]
        cursor = page["next"]
    return found
