"""Upsert by the caller's own reference: one call, a thousand items, several references, and who sees whom."""

import time
from typing import Any

import pytest

from tests.customers.people import BY_REFERENCE, audited, booking, item, person, purchase, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_a_repeat_changes_nothing(call: Caller, world: World) -> None:
    """An upsert makes one customer; the same call again answers 200, the same id and the same version."""
    made = await call("webshop", "PUT", f"{BY_REFERENCE}/webshop/c-1", person())
    world.later(hours=1)
    again = await call("webshop", "PUT", f"{BY_REFERENCE}/webshop/c-1", person())
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.headers["Location"] == f"/v1/customers/{made.json()['id']}"
    assert (made.json(), made.headers["ETag"]) == (again.json(), again.headers["ETag"])
    assert made.headers["ETag"] == '"1"'


async def test_later_values_stand_and_what_is_not_sent_stays(call: Caller) -> None:
    """Absent members stay as they are, null empties them, others are overwritten."""
    await upsert(call, language="sv")
    changed = await upsert(call, name="Aino Uusi", phone=None, email="uusi@example.fi")
    emptied = await call("webshop", "PUT", f"{BY_REFERENCE}/webshop/c-1", {**person(), "phone": None}, expect=200)
    assert (changed["name"], changed["email"]) == ("Aino Uusi", "uusi@example.fi")
    assert (changed["phone"], changed["language"], changed["version"]) == ("040 123 4567", "sv", 2)
    assert emptied["phone"] is None


async def test_a_new_interaction_is_no_new_version(call: Caller, world: World) -> None:
    """That the person bought again moves the end of customership, not the version that admins compare."""
    await upsert(call)
    again = await upsert(call, interaction={"kind": "purchase", "occurred_at": "2026-11-22T10:00:00Z"})
    older = await upsert(call, interaction={"kind": "purchase", "occurred_at": "2020-01-01T10:00:00Z"})
    stored = await world.rows("SELECT last_interaction_at FROM customers")
    assert again["version"] == older["version"] == 1
    assert str(stored[0].last_interaction_at).startswith("2026-11-22 10:00:00")


async def test_several_references_lead_to_one_person(call: Caller) -> None:
    """A person may be known to several systems; each integration is shown its own references only."""
    made = await upsert(call)
    extra = {"references": [{"system": "booking", "id": "b-1"}, {"system": "webshop", "id": "c-1b"}]}
    linked = await call("admin", "PATCH", f"/v1/customers/{made['id']}", extra, expect=200, If_Match='"1"')
    unchanged = await call("admin", "PATCH", f"/v1/customers/{made['id']}", extra, expect=200, If_Match='"2"')
    seen = await upsert(call, "b-1", "booking")
    assert seen["id"] == made["id"]
    assert seen["references"] == [{"system": "booking", "id": "b-1"}]
    assert [(r["system"], r["id"]) for r in linked["references"]] == [
        ("booking", "b-1"),
        ("webshop", "c-1"),
        ("webshop", "c-1b"),
    ]
    assert (linked["version"], unchanged["version"]) == (2, 2)


async def test_a_reference_belongs_to_one_person(call: Caller, world: World) -> None:
    """Another person's reference is refused, by POST and by PATCH, and nothing of the call stays."""
    await upsert(call, "c-1")
    other = await upsert(call, "c-2", name="Bertta Esimerkki")
    wanted: dict[str, Any] = {"name": "Cecilia", "references": [{"system": "webshop", "id": "c-1"}]}
    patched = await call("admin", "PATCH", f"/v1/customers/{other['id']}", wanted, expect=409, If_Match="*")
    posted = await call("webshop", "POST", "/v1/customers", person(**wanted), expect=409)
    names = await world.rows("SELECT name FROM customers ORDER BY name")
    assert patched["code"] == posted["code"] == "reference-taken"
    assert [row.name for row in names] == ["Aino Esimerkki", "Bertta Esimerkki"]


async def test_an_integration_uses_its_own_systems(call: Caller) -> None:
    """Another integration's reference system is refused; a person may use any."""
    problem = await call("webshop", "PUT", f"{BY_REFERENCE}/booking/b-1", person(), expect=403)
    batch = {"items": [{**item("x"), "reference": {"system": "booking", "id": "b-1"}}]}
    in_batch = await call("webshop", "POST", "/v1/customers/batch", batch, expect=200)
    assert problem["code"] == in_batch["results"][0]["problem"]["code"] == "system-not-owned"
    await call("admin", "PUT", f"{BY_REFERENCE}/booking/b-1", person(), expect=201)


async def test_an_integration_registers_with_a_reference_of_its_own(call: Caller) -> None:
    """Without one it could not see the person again; a person at a desk needs none."""
    problem = await call("webshop", "POST", "/v1/customers", person(), expect=422)
    assert problem["errors"][0]["pointer"] == "#/references"
    assert (await call("admin", "POST", "/v1/customers", person(), expect=201))["references"] == []


async def test_an_integration_sees_only_whom_it_knows(call: Caller, world: World) -> None:
    """Without a reference of its own every route answers 404, as if nobody were there; persons see all."""
    who = f"/v1/customers/{(await upsert(call, 'b-1', 'booking'))['id']}"
    before = len(await audited(world))
    await call("webshop", "GET", who, expect=404)
    await call("webshop", "PATCH", who, {"name": "Other"}, expect=404, If_Match="*")
    await call("webshop", "PUT", f"{who}/purchases/webshop/1", purchase(), expect=404)
    await call("webshop", "GET", f"{who}/purchases", expect=404)
    await call("webshop", "GET", f"{who}/consents", expect=404)
    await call("webshop", "GET", f"{who}/proposals", expect=404)
    made = f"/v1/customers/{(await upsert(call, 'c-2'))['id']}"
    await call("booking", "PUT", f"{made}/bookings/booking/1", booking(), expect=404)
    await call("booking", "GET", f"{made}/bookings", expect=404)
    assert len(await audited(world)) == before + 1
    for role in ("admin", "accountant", "dpo", "owner"):
        await call(role, "GET", who, expect=200)


async def test_a_batch_takes_what_is_good(call: Caller, world: World) -> None:
    """Each item is judged by itself, the good ones commit together, one audit row names every person touched."""
    await upsert(call, "c-0")
    before = len(await audited(world))
    items = [item("c-2"), item("c-1", source="unknown"), item("c-0", name="Aino Uusi"), item("c-2", name="Bertta B")]
    answer = await call("webshop", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    assert [(r["index"], r["status"], r["version"]) for r in answer["results"]] == [
        (0, 201, 1),
        (1, 422, None),
        (2, 200, 2),
        (3, 200, 1),
    ]
    assert answer["results"][1]["problem"]["errors"][0]["pointer"] == "#/source"
    names = await world.rows("SELECT name FROM customers ORDER BY name")
    named = await world.rows("SELECT s.audit_key FROM audit_subjects s JOIN customers c ON c.audit_key = s.audit_key")
    assert [row.name for row in names] == ["Aino Uusi", "Bertta B"]
    assert (len(await audited(world)) - before, len(named)) == (1, 2)


async def test_a_thousand_at_once(call: Caller, world: World) -> None:
    """A batch of 1000 takes a few statements: well under two seconds of our time; 1001 are refused."""
    items = [item(f"c-{n}", name=f"Aino {n}", email=f"a{n}@example.fi") for n in range(1000)]
    began = time.process_time()
    made = await call("webshop", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    took = time.process_time() - began
    assert {result["status"] for result in made["results"]} == {201}
    assert took < 2
    problem = await call("webshop", "POST", "/v1/customers/batch", {"items": [*items, item("c-x")]}, expect=422)
    assert problem["errors"][0]["pointer"] == "#/items"


async def test_one_batch_may_name_one_person_twice(call: Caller) -> None:
    """Two references of one person in one batch: the later item's values stand, in one new version."""
    made = await upsert(call, "c-1")
    extra = {"references": [{"system": "webshop", "id": "c-2"}]}
    await call("admin", "PATCH", f"/v1/customers/{made['id']}", extra, expect=200, If_Match="*")
    items = [item("c-2", name="Aino Toka"), item("c-1", name="Aino Eka")]
    answer = await call("webshop", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    read = await call("webshop", "GET", f"/v1/customers/{made['id']}", expect=200)
    assert {result["id"] for result in answer["results"]} == {made["id"]}
    assert (read["name"], read["version"]) == ("Aino Eka", 3)
