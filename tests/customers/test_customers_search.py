"""Finding people, listing those who share an address, and pages that hold still."""

import base64
from typing import Any

import pytest

from tests.customers.people import item, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

SEARCH = "/v1/customers/search"


SPELLINGS: list[dict[str, Any]] = [
    {"email": "  AINO@Example.FI "},
    {"email": "ａｉｎｏ@example.fi"},
    {"phone": "+358401234567"},
    {"phone": "040 123 4567"},
    {"phone": "00358 40 1234567"},
    {"phone": "(040) 123-4567"},
    {"name": "aino   ESI"},
    {"name": "esimerkki"},
    {"name": "Aino\u00a0Esimerkki"},
    {"reference": {"system": "webshop", "id": "c-1"}},
]


async def test_found_however_it_is_written(call: Caller) -> None:
    """Case, spaces, widths and the country code make no difference; a name matches from the beginning of a word."""
    made = await upsert(call)
    await upsert(call, "c-2", name="Bertta Koe", phone="040 765 4321")
    for query in SPELLINGS:
        for role in ("webshop", "admin"):
            found = await call(role, "POST", SEARCH, query, expect=200)
            assert [who["id"] for who in found["items"]] == [made["id"]]


NOBODY: list[dict[str, Any]] = [
    {"phone": "12 34"},
    {"phone": "----"},
    {"name": "merkki"},
    {"name": "a_no"},
    {"name": "%%"},
    {"email": "nobody@example.fi"},
    {"reference": {"system": "webshop", "id": "c-9"}},
    {"reference": {"system": "unheard-of", "id": "c-1"}},
]


async def test_what_matches_nobody_finds_nobody(call: Caller) -> None:
    """A text that is no phone number does not find the people without one; wildcards are plain characters."""
    await upsert(call)
    await upsert(call, "c-2", name="Bertta Koe", phone=None)
    for query in NOBODY:
        assert await call("admin", "POST", SEARCH, query, expect=200) == {"items": [], "next": None}


NOT_ONE: list[dict[str, Any]] = [{}, {"email": "a@example.fi", "name": "Aino"}, {"email": None}, {"name": "A"}]


async def test_exactly_one_thing_is_searched_for(call: Caller) -> None:
    """Nothing, two things, or one letter: refused, so that nobody lists the register by accident."""
    for query in NOT_ONE:
        await call("admin", "POST", SEARCH, query, expect=422)


async def test_an_integration_finds_only_whom_it_knows(call: Caller) -> None:
    """The same search finds everybody for a person, and only its own people for an integration."""
    mine, theirs = await upsert(call), await upsert(call, "b-1", "booking")
    query = {"email": "aino@example.fi"}
    by_role = {role: await call(role, "POST", SEARCH, query, expect=200) for role in ("admin", "webshop", "booking")}
    found = {role: [who["id"] for who in page["items"]] for role, page in by_role.items()}
    assert found == {"admin": [mine["id"], theirs["id"]], "webshop": [mine["id"]], "booking": [theirs["id"]]}


async def test_the_region_of_phone_numbers_is_the_definitions(call: Caller) -> None:
    """Numbers without a country code are Finnish; a foreign one is found by its own code only."""
    await upsert(call, phone="+46 70 123 45 67")
    assert (await call("admin", "POST", SEARCH, {"phone": "070 123 45 67"}, expect=200))["items"] == []
    assert len((await call("admin", "POST", SEARCH, {"phone": "+46701234567"}, expect=200))["items"]) == 1


async def test_possible_duplicates_are_listed_and_never_merged(call: Caller) -> None:
    """The same address in another spelling: both stay, both are listed, for persons only."""
    one = await upsert(call, "c-1")
    two = await upsert(call, "b-1", "booking", name="Antti Esimerkki", email="AINO@example.fi", phone="+358 40 1234567")
    await upsert(call, "c-3", name="Bertta Koe", phone=None)
    for shared in ("email", "phone"):
        page = await call("admin", "GET", f"/v1/customers/duplicates?shared={shared}", expect=200)
        assert page["items"] == [{"shared": shared, "customer_ids": [one["id"], two["id"]]}]
    assert one["id"] != two["id"]
    assert (await call("webshop", "GET", "/v1/customers/duplicates", expect=403))["code"] == "person-needed"


async def _pages(call: Caller, query: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    pages, cursor = [], ""
    while True:
        page = await call("admin", "POST", f"{SEARCH}?limit={limit}{cursor}", query, expect=200)
        pages.append(page)
        if page["next"] is None:
            return pages
        cursor = f"&cursor={page['next']}"


async def test_pages_are_stable(call: Caller) -> None:
    """Nobody is shown twice or left out, also when people come in between."""
    items = [item(f"c-{n}") for n in range(7)]
    await call("webshop", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    first = await call("admin", "POST", f"{SEARCH}?limit=3", {"name": "aino"}, expect=200)
    await upsert(call, "c-new")
    pages = await _pages(call, {"name": "aino"}, 3)
    ids = [who["id"] for page in pages for who in page["items"]]
    assert [len(page["items"]) for page in pages] == [3, 3, 2]
    assert [who["id"] for who in first["items"]] == ids[:3]
    assert ids == sorted(set(ids))


async def test_a_cursor_belongs_to_its_search(call: Caller) -> None:
    """Another filter, another list, a changed byte or nonsense: 400, and nothing is shown."""
    items = [item(f"c-{n}") for n in range(3)]
    await call("webshop", "POST", "/v1/customers/batch", {"items": items}, expect=200)
    cursor = (await call("admin", "POST", f"{SEARCH}?limit=1", {"name": "aino"}, expect=200))["next"]
    assert "aino" not in base64.urlsafe_b64decode(cursor + "==").decode("latin-1").lower()
    wrong = [
        ("POST", SEARCH, {"name": "esimerkki"}, cursor),
        ("GET", "/v1/customers/duplicates", None, cursor),
        ("GET", "/v1/vouchers", None, cursor),
        ("POST", SEARCH, {"name": "aino"}, cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")),
        ("POST", SEARCH, {"name": "aino"}, "x"),
        ("POST", SEARCH, {"name": "aino"}, "%C3%A4"),
    ]
    for method, path, query, sent in wrong:
        problem = await call("owner", method, f"{path}?limit=1&cursor={sent}", query, expect=400)
        assert problem["code"] == "cursor-invalid"


LENGTHS: list[str] = ["0", "201", "-1", "x"]


async def test_pages_have_sensible_lengths(call: Caller, world: World) -> None:
    """From 1 to 200 items."""
    for limit in LENGTHS:
        await call("admin", "POST", f"{SEARCH}?limit={limit}", {"name": "aino"}, expect=422)
        assert await world.rows("SELECT 1 FROM audit_events") == []
