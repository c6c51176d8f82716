"""Order imports on both databases: headings, lines of one order, JSON, known orders, tombstones."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.imports.errors import ColumnMissing, OptionInvalid
from tests.imports.files import HEADING, ORDER_HEADING, audience, member, orders, write
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


def line(order: str = "1001", customer: str = "7", price: str = "49,90", **more: str) -> str:
    """One order line of Aino's."""
    first, email = more.get("first", "Aino"), more.get("email", "aino@example.fi")
    title, on = more.get("title", "Hoito"), more.get("on", "3.5.2024")
    return f"{order};{on};{customer};{first};Esimerkki;{email};{title};2;{price};25,5"


async def bought(call: Caller, world: World, system: str = "webshop", number: str = "7") -> list[dict[str, Any]]:
    """What the customer behind a reference has bought."""
    found = await call(
        "admin", "POST", "/v1/customers/search", {"reference": {"system": system, "id": number}}, expect=200
    )
    (customer,) = found["items"]
    page = await call("owner", "GET", f"/v1/customers/{customer['id']}/purchases", expect=200)
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_lines_of_one_order_become_one_purchase(world: World, call: Caller, tmp_path: Path) -> None:
    """Windows-1252, semicolons, decimal commas: a customer, a purchase of two lines, a voucher kept by MyCashflow."""
    file = write(tmp_path, ORDER_HEADING, line(), line(title="Väri", price="10,05"), encoding="cp1252")
    seen = await orders(world, file)
    (purchase,) = await bought(call, world)

    assert seen.outcomes == [(2, "taken", "")]
    assert (purchase["order_id"], purchase["purchased_on"], purchase["total"]) == ("1001", "2024-05-03", "119.90")
    assert [item["title"] for item in purchase["lines"]] == ["Hoito", "Väri"]
    assert (purchase["vouchers"][0]["record"], purchase["vouchers"][0]["holder"]) == ("elsewhere", "MyCashflow")


async def test_a_second_run_is_known_and_a_later_export_only_fills_in(
    world: World, call: Caller, tmp_path: Path
) -> None:
    """Nothing new, then delivered; other content is reported, not overwritten; another's order is refused."""
    heading = f"{ORDER_HEADING};Toimituspäivä"
    await orders(world, write(tmp_path, heading, f"{line()};"))
    again = await orders(world, write(tmp_path, heading, f"{line()};"))
    sent = await orders(world, write(tmp_path, heading, f"{line()};6.5.2024"))
    differs = await orders(world, write(tmp_path, heading, f"{line(price='1,00')};"))
    other = await orders(world, write(tmp_path, heading, f"{line(customer='8', email='b@example.fi')};"))
    (purchase,) = await bought(call, world)

    assert again.outcomes == [(2, "known", "")]
    assert sent.outcomes == [(2, "taken", "order_updated")]
    assert differs.outcomes == [(2, "skipped", "order_differs")]
    assert other.outcomes == [(2, "skipped", "order_taken")]
    assert (purchase["fulfilled_on"], purchase["total"]) == ("2024-05-06", "99.80")
    assert (await world.rows("SELECT count(*) FROM customers"))[0][0] == 1


async def test_a_subscriber_who_buys_becomes_a_customer(world: World, call: Caller, tmp_path: Path) -> None:
    """The same address and name lead to the subscriber; another name makes a record of its own, reported."""
    await audience(world, write(tmp_path, HEADING, member("aino@example.fi")))
    same = await orders(world, write(tmp_path, ORDER_HEADING, line()))
    other = await orders(world, write(tmp_path, ORDER_HEADING, line("1002", "8", first="Eino")))
    found = await call("admin", "POST", "/v1/customers/search", {"email": "aino@example.fi"}, expect=200)

    assert same.outcomes == [(2, "taken", "")]
    assert other.outcomes == [(2, "taken", "possible_duplicate")]
    assert sorted((c["kind"], c["name"]) for c in found["items"]) == [
        ("customer", "Aino Esimerkki"), ("customer", "Eino Esimerkki"),
    ]  # fmt: skip


async def test_an_old_order_does_not_overwrite_newer_contact_data(world: World, call: Caller, tmp_path: Path) -> None:
    """Contact data follow the newest dealing, and members that the export lacks stay."""
    customer = {
        "kind": "customer", "name": "Aino Uusinimi", "email": "uusi@example.fi", "phone": "040 123 4567",
        "source": "customer_relationship", "interaction": {"kind": "purchase", "occurred_at": "2025-01-01T10:00:00Z"},
    }  # fmt: skip
    made = await call("webshop", "PUT", "/v1/customers/by-reference/webshop/7", customer, expect=201)
    await orders(world, write(tmp_path, ORDER_HEADING, line()))
    kept = await call("admin", "GET", f"/v1/customers/{made['id']}", expect=200)
    await orders(world, write(tmp_path, ORDER_HEADING, line("1002", on="3.5.2026")))
    moved = await call("admin", "GET", f"/v1/customers/{made['id']}", expect=200)

    assert (kept["name"], kept["email"]) == ("Aino Uusinimi", "uusi@example.fi")
    assert (moved["name"], moved["email"], moved["phone"]) == ("Aino Esimerkki", "aino@example.fi", "040 123 4567")


async def test_bad_orders_are_reported_by_line(world: World, tmp_path: Path) -> None:
    """Each fault has its code, and only the good order is taken."""
    nameless = "3;3.5.2024;7;;;a@example.fi;Hoito;1;1,00;24"
    rows = [line("1", on="31.2.2024"), line("2", price="x"), nameless, line(""), line("5", email="no"), "6;1.1.2024"]
    file = write(tmp_path, ORDER_HEADING, *rows, line("7"), line("8"), line("7"))
    assert (await orders(world, file)).outcomes == [
        (2, "refused", "time_impossible"), (3, "refused", "amount_unclear"), (4, "refused", "name_missing"),
        (5, "refused", "order_missing"), (6, "refused", "email_invalid"), (7, "refused", "too_few_columns"),
        (8, "taken", ""), (9, "taken", ""), (10, "refused", "order_repeated"),
    ]  # fmt: skip


async def test_the_json_of_the_shops_api_is_read_element_by_element(world: World, call: Caller, tmp_path: Path) -> None:
    """The envelope of vendors.md: numbers as texts, an offset of Helsinki, a damaged end that is reported."""
    order = {
        "id": 1001, "created_at": "2024-05-03T00:30:00+03:00", "customer_id": "7", "total": "49.90", "currency": "EUR",
        "customer_information": {"first_name": "Aino", "last_name": "Esimerkki", "email": "aino@example.fi"},
        "products": [{"name": "Hoito", "quantity": 1, "price": "49.90", "vat_rate": 25.5}],
    }  # fmt: skip
    text = json.dumps({"meta": {"page": 1}, "data": [order, {**order, "id": 1002}]})
    whole = write(tmp_path, text, name="orders.json")
    half = write(tmp_path, text[: text.rindex('"products"')], name="half.json")
    seen = await orders(world, whole)
    broken = await orders(world, half)

    assert seen.outcomes == [(1, "taken", ""), (2, "taken", "")]
    assert [p["purchased_on"] for p in await bought(call, world)] == ["2024-05-03", "2024-05-03"]
    assert broken.outcomes == [(1, "known", ""), (2, "refused", "json_broken")]


async def test_headings_can_be_mapped_and_missing_ones_stop_the_import(world: World, tmp_path: Path) -> None:
    """A renamed column is named by option; without an amount column nothing begins."""
    odd = write(tmp_path, ORDER_HEADING.replace("Yksikköhinta", "A-hinta"), line())
    assert (await orders(world, odd, columns={"price": "A-hinta"})).outcomes == [(2, "taken", "")]
    with pytest.raises(ColumnMissing, match="total"):
        await orders(world, odd)
    with pytest.raises(OptionInvalid, match="no field"):
        await orders(world, odd, columns={"prize": "A-hinta"})


async def test_vouchers_recorded_here_keep_the_buyer_as_printed(world: World, tmp_path: Path) -> None:
    """With record here the voucher is a snapshot with amounts; the holder's name is then out of place."""
    heading = f"{ORDER_HEADING};Katuosoite;Postinumero;Postitoimipaikka"
    file = write(tmp_path, heading, f"{line()};Esimerkkikatu 1;33200;Tampere")
    await orders(world, file, record="here", holder=None)
    (voucher,) = await world.rows("SELECT record, buyer_name, buyer_address, total_minor FROM vouchers")

    assert tuple(voucher) == ("here", "Aino Esimerkki", "Esimerkkikatu 1, 33200 Tampere", 9980)
    with pytest.raises(OptionInvalid):
        await orders(world, file, record="here")
