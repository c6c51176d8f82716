"""A batch of up to 1000 events: each is judged by itself, the valid ones commit together."""

import time
from typing import Any

import pytest

from tests.consents.calls import BATCH, given, register, statements, states, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def many(call: Caller, count: int) -> list[str]:
    """Register people in one call; their references are p0, p1, …"""
    items = [
        {
            "reference": {"system": "booking", "id": f"p{n}"},
            "kind": "subscriber",
            "email": f"p{n}@example.fi",
            "source": "web_form",
            "interaction": {"kind": "form", "occurred_at": "2026-11-20T10:00:00Z"},
        }
        for n in range(count)
    ]
    made = await call("booking", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    return [str(result["id"]) for result in made["results"]]


@pytest.mark.parametrize("make", [given, withdrawn])
async def test_a_thousand_events_in_a_handful_of_statements(call: Caller, world: World, make: Any) -> None:
    """1000 events of 1000 people take about a second and no statement for each; one audit row names everybody."""
    people = await many(call, 1000)
    items = [make({"system": "booking", "id": f"p{n}"}, f"e-{n}") for n in range(1000)]
    began = time.perf_counter()
    with statements() as sent:
        results = (await call("booking", "POST", BATCH, {"items": items}, expect=200))["results"]
    seconds = time.perf_counter() - began

    assert [r["index"] for r in results] == list(range(1000))
    assert {r["status"] for r in results} == {201}
    assert len(sent) < 45
    assert seconds < 5, "a generous limit, for busy machines"
    audit = await world.rows("SELECT id FROM audit_events WHERE entity = 'consent'")
    named = await world.rows("SELECT audit_key FROM audit_subjects WHERE event_id = :id", id=audit[0][0])
    assert (len(audit), len(named)) == (1, len(people))


async def test_malformed_and_refused_items_do_not_hinder_others(call: Caller, world: World) -> None:
    """Results keep the order of the items; each bad one says what is wrong and where."""
    who = await register(call)
    items: list[Any] = [
        given(who, "good-1"),
        {**given(who, "bad"), "occurred_at": "2026-11-22T10:00:00"},
        "not an object",
        None,
        given(who, "unknown-purpose", purpose="astrology"),
        given("01890000-0000-7000-8000-000000000000", "nobody"),
        {**given(who, "extra"), "aino@example.fi": 1},
        given({"phone": "12"}, "phone"),
        withdrawn({"phone": "0000000000000000000000"}, "no-phone"),
        given(who, "preticked", evidence={"preticked": True}),
        withdrawn(who, "good-2"),
    ]
    answer = await call("booking", "POST", BATCH, {"items": items})
    results = answer.json()["results"]

    assert [r["status"] for r in results] == [201, 422, 422, 422, 422, 404, 422, 422, 422, 422, 201]
    assert results[1]["problem"]["errors"][0]["pointer"] == "#/occurred_at"
    assert all((r["event"] is None) == (r["problem"] is not None) for r in results)
    assert "aino" not in answer.text
    assert await states(call, who) == {("newsletter", "email"): "withdrawn"}
    audit = await world.rows("SELECT details FROM audit_events WHERE entity = 'consent' AND action = 'batch'")
    assert '"items": 11' in str(audit[0][0]).replace("'", '"')
    assert '"taken": 2' in str(audit[0][0]).replace("'", '"')


@pytest.mark.parametrize("items", [[], [{}] * 1001, "x", None], ids=["none", "too many", "text", "null"])
async def test_a_batch_that_is_no_batch_is_refused_as_a_whole(call: Caller, items: Any) -> None:
    """Between 1 and 1000 items, in a list."""
    refused = await call("booking", "POST", BATCH, {"items": items}, expect=422)
    assert refused["code"] == "invalid"
