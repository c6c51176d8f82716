"""After a decision: restriction, proposals, erasure, tombstones and what the feed says."""

import asyncio
from typing import Any

import pytest

from tests.customers.people import BY_REFERENCE, booking, erase, erasure_decided, person, purchase, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PATH = f"{BY_REFERENCE}/webshop/c-1"


async def test_a_restricted_person_is_an_id(call: Caller, world: World) -> None:
    """Art. 18(2): reads get the id and `restricted`, unless the purpose is one that the restriction allows."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}"
    await call("webshop", "PUT", f"{path}/purchases/webshop/1", purchase(), expect=201)
    await erasure_decided(call, world, made["id"])
    read = await call("webshop", "GET", path, expect=200)
    found = await call("admin", "POST", "/v1/customers/search", {"name": "aino"}, expect=200)
    assert read == {"state": "restricted", "id": made["id"], "version": read["version"]}
    assert [who["state"] for who in found["items"]] == ["restricted"]
    assert (await call("webshop", "GET", f"{path}/purchases", expect=409))["code"] == "restricted"
    assert (await call("admin", "PATCH", path, {"name": "B"}, expect=409, If_Match="*"))["code"] == "restricted"
    assert (await call("accountant", "GET", path, expect=200))["name"] == "Aino Esimerkki"
    assert (await call("admin", "GET", path, expect=200, Purpose="legal_claims"))["restrictions"] != []
    outcomes = await world.rows("SELECT outcome FROM audit_events WHERE action = 'read' AND entity = 'customer'")
    assert [row.outcome for row in outcomes] == ["restricted", "done", "done"]


async def test_a_new_order_is_served_and_new_values_wait(call: Caller, world: World) -> None:
    """Under restriction an order is accepted; contested values become one proposal, however often sent."""
    made = await upsert(call)
    await erasure_decided(call, world, made["id"])
    path = f"/v1/customers/{made['id']}"
    await call("webshop", "PUT", f"{path}/purchases/webshop/2", purchase(), expect=201)
    for _ in range(3):
        assert (await upsert(call, email="uusi@example.fi"))["state"] == "restricted"
    stored = await world.rows("SELECT email FROM customers")
    proposals = await call("dpo", "GET", f"{path}/proposals", expect=200)
    assert [row.email for row in stored] == ["aino@example.fi"]
    assert [p["proposed"] for p in proposals["items"]] == [{"email": "uusi@example.fi"}]
    assert (await call("webshop", "GET", f"{path}/proposals", expect=409))["code"] == "restricted"


async def test_an_erased_person_answers_410_to_those_who_knew_them(call: Caller, world: World) -> None:
    """Code and date, nothing else, on every route; who never knew the person gets 404 as before."""
    path = f"/v1/customers/{(await upsert(call))['id']}"
    await erase(call, world, path.rpartition("/")[2])
    gone = [
        await call("webshop", "GET", path, expect=410),
        await call("admin", "PATCH", path, {"name": "B"}, expect=410, If_Match="*"),
        await call("webshop", "PUT", f"{path}/purchases/webshop/9", purchase(), expect=410),
        await call("webshop", "GET", f"{path}/purchases", expect=410),
    ]
    members = {"type", "title", "status", "code", "erased_on"}
    assert all(body.keys() == members and body["erased_on"] == "2026-11-23" for body in gone)
    await call("booking", "GET", path, expect=404)
    await call("booking", "PUT", f"{path}/bookings/booking/1", booking(), expect=404)


async def test_old_data_does_not_come_back(call: Caller, world: World) -> None:
    """A tombstone stops reference, e-mail and phone with an older interaction; a later one is a new customer."""
    made = await upsert(call)
    await erase(call, world, made["id"])
    by_email: dict[str, Any] = {"phone": None, "references": [{"system": "webshop", "id": "c-7"}]}
    assert (await call("webshop", "PUT", PATH, person(), expect=410))["code"] == "older-than-erasure"
    assert (await call("webshop", "POST", "/v1/customers", person(**by_email), expect=410))["erased_on"] == "2026-11-23"
    items = {"items": [{"reference": {"system": "webshop", "id": "c-8"}, **person(email=None)}]}
    batch = await call("webshop", "POST", "/v1/customers/batch", items, expect=200)
    assert batch["results"][0]["status"] == 410
    world.later(hours=2)
    later = person(interaction={"kind": "purchase", "occurred_at": "2026-11-23T10:30:00Z"})
    again = await call("webshop", "PUT", PATH, later, expect=201)
    assert again["id"] != made["id"]
    assert (await call("webshop", "PUT", PATH, person(), expect=200))["id"] == again["id"]
    reference: dict[str, Any] = {"references": [{"system": "webshop", "id": "c-1"}]}
    taken = await call("webshop", "POST", "/v1/customers", person(**reference), expect=409)
    assert taken["code"] == "reference-taken", "whoever has the reference now lives, and is not to be forgotten"


async def test_the_feed_tells_what_to_follow(call: Caller, world: World) -> None:
    """Each system reads its own people's changes, oldest first, and `next` goes on where it stopped, also tomorrow."""
    made = await upsert(call)
    await upsert(call, "b-1", "booking", name="Bertta Koe", email="b@example.fi", phone="040 765 4321")
    start = await call("webshop", "GET", "/v1/changes", expect=200)
    await call("admin", "PATCH", f"/v1/customers/{made['id']}", {"name": "Aino Uusi"}, expect=200, If_Match="*")
    await erase(call, world, made["id"])
    if world.dialect == "postgresql":
        await asyncio.sleep(1.05)
    page = await call("webshop", "GET", "/v1/changes", expect=200)
    one = await call("webshop", "GET", "/v1/changes?limit=1", expect=200)
    rest = await call("webshop", "GET", f"/v1/changes?since={one['next']}", expect=200)
    end = await call("webshop", "GET", f"/v1/changes?since={page['next']}", expect=200)
    assert start == {"items": [], "next": None}
    assert page["items"][-1]["kind"] == "erased"
    assert {(c["customer_id"], c["reference"]["id"]) for c in page["items"]} == {(made["id"], "c-1")}
    assert one["items"] + rest["items"] == page["items"]
    assert (end["items"], end["next"]) == ([], page["next"])
    assert (await call("booking", "GET", "/v1/changes", expect=200))["items"] == []
    await call("booking", "GET", f"/v1/changes?since={page['next']}", expect=400)
