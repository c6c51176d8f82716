"""When a case ends whose reply was released: fetched, not fetched, or told to be complete."""

from typing import Any

import httpx
import pytest

from tests.access.people import identified
from tests.access.test_release import link_of, no_documents, path, refused, released, template
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

__all__ = ["no_documents", "template"]
"""The same fixtures."""


async def answered(call: Caller, desk: Desk, person: str) -> tuple[str, dict[str, Any]]:
    """A case that is decided and whose letter has left, and its release: only the download is open."""
    case = await identified(call, desk, person)
    mark = {"record": f"person:{person}", "field": "phone", "reason": "Shared."}
    await call("dpo", "POST", path(case, "/redactions"), mark, expect=201)
    made = await released(call, case)
    await desk.decides(case, outcome="granted")
    told = {"letter_sent_on": "2026-11-23"}
    waiting = await call("dpo", "POST", f"/v1/subject-requests/{case}/completion", told, expect=200)
    assert (waiting["state"], waiting["open"]) == ("executing", ["download"])
    return case, made


async def is_open(world: World, desk: Desk, case: str, *names: str) -> None:
    """The background leaves the case alone, at the first look: this is what it waits for."""
    await world.run_due()
    shown = await desk.reads(case)
    assert (shown["state"], shown["open"]) == ("executing", [*names])
    assert await world.rows("SELECT 1 FROM audit_events WHERE action = 'skip'") == []


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_case_whose_reply_was_fetched_ends_after_the_last_day_of_the_link(
    world: World, call: Caller, desk: Desk, api: httpx.AsyncClient, engine: str
) -> None:
    """Until then the reply can be released anew, because a download may break off; then the case ends, marks go."""
    assert engine == world.dialect
    case, made = await answered(call, desk, await desk.person())
    await is_open(world, desk, case, "download")
    assert (await api.post(link_of(made))).status_code == 200
    await is_open(world, desk, case, "fetched")
    await released(call, case)
    again = await released(call, case)  # instead of the one before, which nobody used
    await is_open(world, desk, case, "download")
    assert (await api.post(link_of(again))).status_code == 200
    world.later(days=14)
    await is_open(world, desk, case, "fetched")
    world.later(days=1)
    await world.run_due()
    closed = await desk.reads(case)
    assert (closed["state"], closed["open"], closed["timeline"][-1]["kind"]) == ("completed", [], "completed")
    assert await world.rows("SELECT 1 FROM access_redactions") == []
    assert await refused(call, case, 409) == "reply-refused"


@pytest.mark.parametrize("end", ["fetched", "withdrawn", "expired"])
async def test_a_reply_that_was_not_fetched_is_a_matter_for_a_human(
    world: World, call: Caller, desk: Desk, api: httpx.AsyncClient, end: str
) -> None:
    """However long it takes: a new link, or the word that the case is complete; heard, too, once it was fetched."""
    case, made = await answered(call, desk, await desk.person())
    completion = f"/v1/subject-requests/{case}/completion"
    assert (await call("dpo", "POST", completion, {}, expect=409))["open"] == ["download"]
    match end:
        case "fetched":
            assert (await api.post(link_of(made))).status_code == 200
        case "withdrawn":
            await call("dpo", "DELETE", path(case, "/release"), expect=204)
        case _:
            world.later(days=15)
    await is_open(world, desk, case, "fetched" if end == "fetched" else "not_fetched")
    if end != "fetched":
        world.later(days=60)
        await is_open(world, desk, case, "not_fetched")
        await released(call, case)
        await is_open(world, desk, case, "download")
        await call("dpo", "DELETE", path(case, "/release"), expect=204)
    closed = await call("dpo", "POST", completion, {}, expect=200)
    assert (closed["state"], closed["open"]) == ("completed", [])
    assert await world.rows("SELECT 1 FROM access_redactions") == []
