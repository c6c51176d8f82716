"""What the register holds of a person is a closed list (F21-F26), and every record has an origin (F11, F60-F62)."""

from typing import Any

import pytest

from app.wire import holds_identity_code
from tests.customers.people import BY_REFERENCE, item, person, purchase, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PATH = f"{BY_REFERENCE}/webshop/c-1"
CODE = "131052-308T"


UNKNOWN: list[str] = ["birth_date", "hetu", "gender", "note", "card_number"]


async def test_unknown_members_are_refused(call: Caller, world: World) -> None:
    """F26: a member that is not on the list is refused by name, its value is not repeated, and nothing is stored."""
    for member in UNKNOWN:
        problem = await call("webshop", "PUT", PATH, person(**{member: "secret-value"}), expect=422)
        assert problem["errors"][0]["pointer"] == f"#/{member}"
        assert "secret-value" not in str(problem)
        assert await world.rows("SELECT 1 FROM customers") == []


WITH_CODE: list[dict[str, Any]] = [
    {"name": f"Aino {CODE}"},
    {"name": "Aino 131052\u2013308t"},
    {"name": "Aino １３１０５２-３０８Ｔ"},
    {"email": f"{CODE}@example.fi"},
    {"phone": "131052-0040"},
    {"address": {"street": f"Katu {CODE}", "postal_code": "33200", "city": "Tampere"}},
    {"address": {"street": "Katu 1", "postal_code": CODE, "city": "Tampere"}},
    {"interaction": {"kind": "form", "reference": CODE, "occurred_at": "2026-11-20T10:00:00Z"}},
    {"source": "other", "source_reason": f"Henkilötunnus {CODE}."},
    {"source": "customer_relationship", "attributes": {"code": CODE}},
]


async def test_identity_codes_are_refused_in_any_text(call: Caller) -> None:
    """Tietosuojalaki 29 §: a Finnish identity code is refused wherever it is put, however it is written."""
    for members in WITH_CODE:
        problem = await call("webshop", "PUT", PATH, person(**members), expect=422)
        assert "308" not in str(problem)


LOOK_ALIKES: list[dict[str, Any]] = [
    {"name": "131052-308A Esimerkki"},
    {"name": "Order 4131052-308T"},
    {"phone": "040123-4550"},
    {"phone": "+358 40 123 4567"},
    {"interaction": {"kind": "form", "reference": "2026-11-22-308T", "occurred_at": "2026-11-20T10:00:00Z"}},
]


async def test_look_alikes_are_accepted(call: Caller) -> None:
    """A wrong check mark, a longer number or a telephone number is no identity code."""
    for number, members in enumerate(LOOK_ALIKES):
        await call("webshop", "PUT", f"{PATH}{number}", person(**members), expect=201)


def test_every_separator_of_identity_codes_is_known() -> None:
    """Since 2023 twelve marks stand for the century."""
    assert all(holds_identity_code(f"131052{mark}308T") for mark in "+-YXWVUABCDEF")


async def test_no_interaction_no_record(call: Caller, world: World) -> None:
    """F11: a record originates from a purchase, a booking or a form; none is made without."""
    without = person(interaction=None)
    problem = await call("webshop", "PUT", PATH, without, expect=422)
    batch = await call("webshop", "POST", "/v1/customers/batch", {"items": [item("c-1", interaction=None)]}, expect=422)
    await call("admin", "POST", "/v1/customers", without, expect=422)
    assert problem["errors"][0]["pointer"] == "#/interaction"
    assert batch["errors"][0]["pointer"] == "#/items/0/interaction"
    assert await world.rows("SELECT 1 FROM customers") == []


async def test_an_interaction_lies_behind_us(call: Caller) -> None:
    """An interaction more than five minutes ahead is refused: it would put off the end of customership (F82)."""
    ahead = {"kind": "purchase", "occurred_at": "2026-11-23T09:06:00Z"}
    problem = await call("webshop", "PUT", PATH, person(interaction=ahead), expect=422)
    assert problem["errors"][0]["pointer"] == "#/interaction/occurred_at"
    await call("webshop", "PUT", PATH, person(interaction={**ahead, "occurred_at": "2026-11-23T09:04:00Z"}), expect=201)


async def test_regular_sources_need_no_reason(call: Caller) -> None:
    """F60, F61: the person and the person's own forms; no Art. 14 clock runs."""
    for number, source in enumerate(("customer_relationship", "web_form")):
        made = await upsert(call, f"c-{number}", source=source, source_reason="not kept")
        assert (made["source"], made["source_reason"], made["inform_by_on"]) == (source, None, None)


async def test_any_other_source_is_an_exception(call: Caller) -> None:
    """F62: it needs a reason, and the person is to be told within a month (Art. 14(3))."""
    problem = await call("webshop", "PUT", PATH, person(source="bought_list"), expect=422)
    assert problem["errors"][0]["pointer"] == "#/source"
    made = await upsert(call, source="bought_list", source_reason="A merger.")
    assert (made["source_reason"], made["inform_by_on"]) == ("A merger.", "2026-12-23")


async def test_where_a_record_came_from_is_set_once(call: Caller) -> None:
    """A later upsert changes neither source nor originating interaction."""
    made = await upsert(call)
    later = {"kind": "form", "reference": "9", "occurred_at": "2026-11-22T10:00:00Z"}
    again = await upsert(call, source="web_form", interaction=later)
    assert (again["source"], again["interaction"]) == (made["source"], made["interaction"])


async def test_subscribers_stand_beside_customers(call: Caller) -> None:
    """N16: a newsletter reader is no customer and needs no name; a customer does; an empty record is nobody's."""
    reader: dict[str, Any] = {
        "kind": "subscriber",
        "name": None,
        "phone": None,
        "address": None,
        "email": "lukija@example.fi",
    }
    assert (await upsert(call, **reader))["kind"] == "subscriber"
    assert (await upsert(call, kind="customer"))["kind"] == "customer"
    nameless = await call("webshop", "PUT", PATH, {**person(), "name": None}, expect=422)
    nobody = await call("webshop", "PUT", PATH, person(**{**reader, "email": None}), expect=422)
    assert nameless["errors"][0]["pointer"] == "#/name"
    assert nobody["errors"][0]["pointer"] == "#/"


async def test_products_hold_no_identity_code_either(call: Caller) -> None:
    """The closed list covers what was bought and the voucher's print."""
    made = await upsert(call)
    sent = purchase(lines=[{"title": f"Hoito {CODE}", "unit_price": "1.00", "vat_rate": "24"}])
    await call("webshop", "PUT", f"/v1/customers/{made['id']}/purchases/webshop/1", sent, expect=422)
