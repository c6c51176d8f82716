"""Each change and each read of personal data leaves exactly one row, and nothing personal is in any of them."""

import re
from typing import Any

import pytest

from tests.customers.people import audited, booking, erase, item, person, purchase, upsert, voucher
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

Call = tuple[str, str, str, Any, int]


def _calls(who: str) -> list[tuple[Call, tuple[str, str]]]:
    """Every customers route once, with the action and entity that its row names."""
    path = f"/v1/customers/{who}"
    unclear = purchase(voucher=voucher(material="unclassified"))
    return [
        (("webshop", "GET", path, None, 200), ("read", "customer")),
        (("admin", "PATCH", path, {"name": "Bertta Salainen"}, 200), ("rectify", "customer")),
        (("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", person(), 200), ("update", "customer")),
        (("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", person(), 200), ("confirm", "customer")),
        (("admin", "POST", "/v1/customers", person("Cecilia Salainen"), 201), ("register", "customer")),
        (("webshop", "POST", "/v1/customers/batch", {"items": [item("c-5")]}, 200), ("upsert_batch", "customer")),
        (("admin", "POST", "/v1/customers/search", {"email": "aino@example.fi"}, 200), ("search", "customer")),
        (("admin", "GET", "/v1/customers/duplicates", None, 200), ("list_duplicates", "customer")),
        (("admin", "GET", f"{path}/proposals", None, 200), ("read_proposals", "customer")),
        (("webshop", "PUT", f"{path}/purchases/webshop/1", unclear, 201), ("put", "purchase")),
        (("webshop", "GET", f"{path}/purchases", None, 200), ("read", "purchase")),
        (("owner", "PUT", f"{path}/bookings/booking/1", booking(), 201), ("put", "booking")),
        (("admin", "GET", f"{path}/bookings", None, 200), ("read", "booking")),
        (("accountant", "GET", "/v1/vouchers", None, 200), ("read", "voucher")),
        (("accountant", "PUT", "/v1/vouchers/webshop/V-1/material", {"material": "oss"}, 200), ("classify", "voucher")),
        (("webshop", "GET", "/v1/changes", None, 200), ("read_changes", "change")),
    ]


async def _do(call: Caller, role: str, method: str, path: str, body: Any, status: int) -> None:
    condition = {"If_Match": "*"} if method == "PATCH" else {}
    await call(role, method, path, body, expect=status, **condition)


async def test_each_call_leaves_one_row(call: Caller, world: World) -> None:
    """Who, when, in which role, for which purpose, what to which record, with which outcome."""
    who = (await upsert(call))["id"]
    seen = len(await audited(world))
    clients = {row.name: row.id for row in await world.rows("SELECT id, name FROM api_clients")}
    for (role, method, path, body, status), (action, entity) in _calls(who):
        await _do(call, role, method, path, body, status)
        rows = await audited(world)
        assert len(rows) == seen + 1, (method, path)
        seen += 1
        row = rows[-1]
        assert (row.action, row.entity, row.outcome, row.role) == (action, entity, "done", role)
        assert (row.client_id, row.register_version) == (clients[role], 1)
        assert row.at is not None
        assert row.purpose


async def test_a_row_names_the_person_by_a_key_that_goes_with_them(call: Caller, world: World) -> None:
    """C-579/21 wants to know who looked; Art. 17 wants the person gone: the key's link is deleted, the row stays."""
    who = (await upsert(call))["id"]
    await call("webshop", "GET", f"/v1/customers/{who}", expect=200)
    named = "SELECT 1 FROM audit_events e JOIN customers c ON c.audit_key = e.subject_key"
    assert len(await world.rows(named)) == 2
    await erase(call, world, who)
    assert await world.rows(named) == []
    assert len(await audited(world)) > 4


async def test_lists_name_everybody_they_showed(call: Caller, world: World) -> None:
    """A search, a list of duplicates and of vouchers name each person whose data they showed, and nobody else."""
    one, _ = await upsert(call, "c-1"), await upsert(call, "c-2")
    await upsert(call, "c-3", name="Bertta Koe", email="b@example.fi", phone=None)
    await call("webshop", "PUT", f"/v1/customers/{one['id']}/purchases/webshop/1", purchase(), expect=201)
    await call("admin", "POST", "/v1/customers/search?limit=1", {"name": "aino"}, expect=200)
    await call("admin", "GET", "/v1/customers/duplicates", expect=200)
    await call("accountant", "GET", "/v1/vouchers", expect=200)
    rows = await world.rows(
        "SELECT e.action, count(s.audit_key) AS people FROM audit_events e "
        "JOIN audit_subjects s ON s.event_id = e.id GROUP BY e.action ORDER BY e.action"
    )
    assert [(row.action, row.people) for row in rows] == [("list_duplicates", 2), ("read", 1), ("search", 1)]


async def test_what_was_refused_leaves_no_row(call: Caller, world: World) -> None:
    """A refused payload, scope, precondition or address changes nothing, and shows nothing."""
    who = (await upsert(call))["id"]
    path = f"/v1/customers/{who}"
    before = await audited(world)
    refused: list[Call] = [
        ("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", person(hetu="x"), 422),
        ("webshop", "PUT", "/v1/customers/by-reference/booking/c-1", person(), 403),
        ("admin", "PATCH", path, {"name": "B"}, 428),
        ("mailer", "GET", path, None, 403),
        ("booking", "GET", path, None, 404),
        ("webshop", "GET", "/v1/customers/00000000-0000-0000-0000-000000000000", None, 404),
        ("webshop", "GET", "/v1/customers/duplicates", None, 403),
    ]
    for role, method, place, body, status in refused:
        await call(role, method, place, body, expect=status)
    await call("webshop", "GET", path, expect=422, Purpose="profiling")
    assert await audited(world) == before


async def test_nothing_personal_is_in_the_trail(call: Caller, world: World) -> None:
    """No value that was ever sent about a person is found in any column of the trail or of the feed."""
    who = (await upsert(call))["id"]
    for (role, method, path, body, status), _ in _calls(who):
        await _do(call, role, method, path, body, status)
    await erase(call, world, who)
    trail = str([tuple(row) for row in await audited(world)] + await world.rows("SELECT * FROM audit_subjects")).lower()
    values = ["aino", "bertta", "cecilia", "salainen", "esimerkki", "example.fi", "1234567", "tampere", "33200"]
    values += ["123 4567", "hoito", "49.90", "4990", "paytrail", "v-1", "c-1", "1001"]
    words = re.sub(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", "", trail)  # random digits prove nothing
    assert [value for value in values if value in words] == []
    assert who not in trail


async def test_the_purpose_is_recorded(call: Caller, world: World) -> None:
    """F18: the named purpose or the role's own; one that is not declared is refused with those that are."""
    path = f"/v1/customers/{(await upsert(call))['id']}"
    await call("admin", "GET", path, expect=200)
    await call("admin", "GET", path, expect=200, Purpose="legal_claims")
    await call("accountant", "GET", path, expect=200)
    problem = await call("admin", "GET", path, expect=422, Purpose="profiling")
    refused = await call("webshop", "GET", path, expect=403, Purpose="legal_claims")
    rows = await audited(world)
    assert [row.purpose for row in rows[1:]] == ["customer_relationship", "legal_claims", "accounting"]
    assert problem["code"] == "purpose-unknown"
    assert refused["code"] == "purpose-not-for-role"
    assert "legal_claims" in problem["declared"]
