"""Customers and orders of a shop come in as if the webshop had sent them; nothing is skipped or undone."""

from typing import Any

import pytest

from app.connectors.mycashflow_config import MyCashflowConfig
from app.rounds import Rounds
from tests.connectors.telling import world_outside
from tests.mycashflow.conftest import HOOK, UUID, Poll
from tests.subject_requests.people import Desk
from tests.vendors import mycashflow
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def _person(call: Caller, its_id: int) -> Any:
    sent = {"reference": {"system": "mycashflow", "id": str(its_id)}}
    found = await call("admin", "POST", "/v1/customers/search", sent, expect=200)
    return found["items"][0] if found["items"] else None


async def _purchases(call: Caller, customer_id: str) -> Any:
    return (await call("accountant", "GET", f"/v1/customers/{customer_id}/purchases", expect=200))["items"]


def _aino(shop: mycashflow.Shop, **more: Any) -> int:
    return shop.add_customer(
        first_name="Aino", last_name="Esimerkki", email="aino@example.fi", phone="040 123 4567",
        street_address="Katu 1", postal_code="33100", city="Tampere", **more,
    )  # fmt: skip


async def test_customers_and_orders_are_read_and_followed(
    world: World, call: Caller, shop: mycashflow.Shop, read_shop: Poll
) -> None:
    """Five people in pages of two, orders of a customer and of a guest; lists that fail now and then lose nobody."""
    shop.later(days=-1)
    aino = _aino(shop)
    for number in range(4):
        shop.add_customer(first_name="Malli", last_name=f"Henkilö{number}", email=f"malli{number}@example.fi")
    order = shop.add_order(aino)
    guest = shop.add_order(None)
    shop.change(
        shop.orders,
        guest,
        customer_information={"first_name": "Veikko", "last_name": "Vieras", "email": "v@example.fi"},
    )
    shop.list_500_every = 3

    first = await read_shop()
    assert [first[name].summary.counts for name in ("customers", "orders")] == [{"taken:": 5}, {"taken:": 2}]
    person = await _person(call, aino)
    assert (person["name"], person["address"]["city"], person["interaction"]["kind"]) == (
        "Aino Esimerkki", "Tampere", "form",
    )  # fmt: skip
    bought = (await _purchases(call, person["id"]))[0]
    assert (bought["order_id"], bought["total"], bought["lines"][0]["vat_rate"]) == (str(order), "49.90", "25.5")
    assert (bought["vouchers"][0]["record"], bought["vouchers"][0]["holder"]) == ("elsewhere", "MyCashflow")
    assert bought["fulfilled_on"] is None

    world.later(minutes=10)
    shop.later(days=1, minutes=5)
    shop.change(
        shop.orders, order, status="completed", payments=[{"name": "Paytrail", "paid_at": "2026-11-23T11:05:00+02:00"}]
    )
    second = await read_shop()
    assert second["customers"].summary.records == 0  # read whole once a day
    assert second["orders"].summary.of("taken") == 1
    bought = (await _purchases(call, person["id"]))[0]
    assert (bought["fulfilled_on"], bought["payment"]["settled_on"]) == ("2026-11-23", "2026-11-23")

    version = bought["version"]
    world.later(days=1)
    third = await read_shop()
    assert third["customers"].summary.counts == {"known:": 5}
    assert third["orders"].summary.of("taken") == 0
    assert (await _purchases(call, person["id"]))[0]["version"] == version
    trail = await world.rows("SELECT details FROM audit_events WHERE entity = 'poll'")
    assert trail
    assert "example.fi" not in str(trail)


async def test_a_correction_is_not_undone_and_an_erased_person_stays_away(
    world: World, call: Caller, shop: mycashflow.Shop, read_shop: Poll
) -> None:
    """The shop goes on saying the old address; after an erasure only a newer order makes a record, a new one."""
    shop.later(days=-60)  # the window for returns has closed
    aino = _aino(shop)
    order = shop.add_order(aino)
    shop.change(shop.orders, order, status="completed", payments=[{"name": "Paytrail", "paid_at": "2026-09-25"}])
    await read_shop()
    person = await _person(call, aino)
    patch = {"email": "uusi@example.fi"}
    await call("admin", "PATCH", f"/v1/customers/{person['id']}", patch, expect=200, If_Match=f'"{person["version"]}"')
    shop.change(shop.customers, aino, phone="040 765 4321")
    world.later(days=1, minutes=1)
    await read_shop()
    person = await _person(call, aino)
    assert (person["email"], person["phone"]) == ("uusi@example.fi", "040 765 4321")

    desk = Desk(call)
    case = await desk.asks("erasure", person["id"])
    await desk.decides(case["id"])
    await world.run_due()
    assert await _person(call, aino) is None
    shop.change(shop.customers, aino, phone="040 111 2222")
    shop.change(shop.orders, 1001, status="cancelled")
    world.later(days=1, minutes=1)
    after = await read_shop()
    assert after["customers"].summary.counts == {"skipped:older_than_erasure": 1}
    assert after["orders"].summary.counts == {"skipped:older_than_erasure": 1}
    assert after["orders"].left_out[0][0] == "1001"
    assert await _person(call, aino) is None

    shop.now = world.now
    shop.add_order(aino)
    world.later(minutes=5)
    assert (await read_shop())["orders"].summary.of("taken") == 1
    assert (await _person(call, aino))["id"] != person["id"]


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
async def test_contested_values_are_kept_aside_once(
    world: World, call: Caller, shop: mycashflow.Shop, read_shop: Poll
) -> None:
    """Under restriction an order is taken, and what the shop says anew waits for a human, however often it is read."""
    shop.later(days=-1)
    aino = _aino(shop)
    await read_shop()
    person = await _person(call, aino)
    contested = {"values": {"phone": "040 555 5555"}, "reason": "Another number."}
    await Desk(call).asks("rectification", person["id"], rectification=contested)
    shop.add_order(aino)
    shop.change(shop.customers, aino, phone="040 765 4321")
    said = []
    for _ in range(2):
        world.later(days=1, minutes=1)
        said.append((await read_shop())["customers"].summary.counts)
    assert said == [{"taken:": 1}, {"known:": 1}]
    assert len(await world.rows("SELECT id FROM customer_proposals")) == 1
    assert len(await world.rows("SELECT id FROM purchases")) == 1
    assert (await world.rows("SELECT phone FROM customers"))[0].phone == "040 123 4567"


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
async def test_what_stops_a_reading_leaves_the_mark(
    world: World, shop: mycashflow.Shop, read_shop: Poll, call: Caller
) -> None:
    """An outage in the middle; the next reading goes on, and a faulty order is refused by itself."""
    shop.later(days=-1)
    aino = _aino(shop)
    orders = []
    for _ in range(5):
        shop.later(seconds=30)
        orders.append(shop.add_order(aino))
    shop.orders[orders[1]]["total"] = "paljon"
    shop.orders[orders[3]]["products"] = None
    await read_shop()
    rows = await world.rows("SELECT stream, failure, is_through FROM polls ORDER BY stream")
    assert [(row.stream, row.failure, bool(row.is_through)) for row in rows] == [
        ("customers", None, True), ("orders", None, True),
    ]  # fmt: skip
    counts = (await world.rows("SELECT count(*) AS n FROM purchases"))[0].n
    assert counts == 3

    shop.later(minutes=30)
    late = [shop.add_order(aino) for _ in range(5)]
    world.later(hours=1)
    shop.troubles.outage = 4
    stopped = await read_shop()
    assert stopped["orders"].failure == "http_503"
    shop.list_500_every = 2
    assert (await read_shop())["orders"].failure is None
    held = {row.order_id for row in await world.rows("SELECT order_id FROM purchases")}
    assert held >= {str(number) for number in late}


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
async def test_a_webhook_only_makes_us_look(
    world: World, call: Caller, shop: mycashflow.Shop, config: MyCashflowConfig, read_shop: Poll
) -> None:
    """The message's content is not believed; a wrong secret finds nothing; the check is configurable."""
    shop.later(days=-1)
    aino = _aino(shop)
    await read_shop()
    shop.change(shop.customers, aino, phone="040 765 4321")
    message = {"topic": "customer.updated", "uuid": UUID, "data": {"id": aino, "first_name": "Valhe"}}
    post = call.api.post
    state = world.app.state
    state.connectors = state.connectors.model_copy(update={"connectors": {"mycashflow": config}})
    assert (await post(f"/hooks/mycashflow/{HOOK}x", json=message)).status_code == 404
    sent: list[Any] = [
        message,
        message,
        {"topic": "order.created", "data": {"id": "../1"}},
        [],
        {"topic": "page.updated"},
    ]
    for one in sent:
        assert (await post(f"/hooks/mycashflow/{HOOK}", json=one)).status_code == 204
    assert len(await world.rows("SELECT id FROM poll_hints")) == 1

    whole = await world.rows("SELECT finished_at FROM polls ORDER BY stream")
    world.later(minutes=5)
    async with world_outside() as outside:
        rounds = Rounds(world.services, world.registers, {"mycashflow": config}, outside)
        assert [reading.stream for reading in await rounds.run_once()] == ["customers"]
        assert await rounds.run_once() == []
        assert await world.rows("SELECT finished_at FROM polls ORDER BY stream") == whole
        world.later(minutes=15)
        assert [reading.stream for reading in await rounds.run_once()] == ["customers", "orders"]
    person = await _person(call, aino)
    assert (person["phone"], person["name"]) == ("040 765 4321", "Aino Esimerkki")
    assert not await world.rows("SELECT id FROM poll_hints")

    assert config.webhooks is not None
    by_uuid = config.webhooks.model_copy(update={"check": "uuid"})
    with_uuid = config.model_copy(update={"webhooks": by_uuid})
    state.connectors = state.connectors.model_copy(update={"connectors": {"mycashflow": with_uuid}})
    assert (await post(f"/hooks/mycashflow/{HOOK}", json={**message, "uuid": "other"})).status_code == 404
    assert (await post(f"/hooks/mycashflow/{HOOK}", json=message)).status_code == 204
