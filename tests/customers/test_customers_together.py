"""Callers at the same moment, in one process and in two, make one customer and lose nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.db import new_id
from tests.customers.people import BY_REFERENCE, item, person, purchase, second_process, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def elsewhere(world: World) -> AsyncIterator[Caller]:
    """A second process of the service on the same database, as far as one test process can show it."""
    async with second_process(world) as caller:
        yield caller


async def test_the_same_reference_at_once_makes_one_customer(call: Caller, elsewhere: Caller, world: World) -> None:
    """Sixteen calls through two engines: one answers 201, fifteen 200, all the same id."""
    path = f"{BY_REFERENCE}/webshop/c-1"
    calls = [(call, elsewhere)[n % 2]("webshop", "PUT", path, person(name=f"Aino {n}")) for n in range(16)]
    answers = await asyncio.gather(*calls)
    read = await call("webshop", "GET", f"/v1/customers/{answers[0].json()['id']}", expect=200)
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await world.rows("SELECT 1 FROM customers")) == 1
    assert read["version"] == max(answer.json()["version"] for answer in answers)
    last = next(answer.json() for answer in answers if answer.json()["version"] == read["version"])
    assert read["name"] == last["name"]


async def test_overlapping_batches_make_each_customer_once(call: Caller, elsewhere: Caller, world: World) -> None:
    """Two batches with the same references in opposite order neither deadlock nor double."""
    items = [item(f"c-{n}") for n in range(60)]
    batches = [{"items": items}, {"items": items[::-1]}, {"items": items[20:] + items[:20]}]
    callers = (call, elsewhere, elsewhere)
    path = "/v1/customers/batch"
    answers = await asyncio.gather(*(c("webshop", "POST", path, b, 200) for c, b in zip(callers, batches, strict=True)))
    statuses = sorted(result["status"] for answer in answers for result in answer["results"])
    assert statuses == [200] * 120 + [201] * 60
    assert len(await world.rows("SELECT 1 FROM customers")) == 60


async def test_the_same_order_at_once_is_one_purchase(call: Caller, elsewhere: Caller, world: World) -> None:
    """Eight puts of one order: one answers 201, and one purchase with one voucher stays."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}/purchases/webshop/1"
    answers = await asyncio.gather(*((call, elsewhere)[n % 2]("webshop", "PUT", path, purchase()) for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(await world.rows("SELECT 1 FROM purchases")) == len(await world.rows("SELECT 1 FROM vouchers")) == 1


async def test_one_of_two_corrections_of_the_same_version_wins(call: Caller, elsewhere: Caller) -> None:
    """Two admins with the same ETag: one corrects, the other is told that the record has changed."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}"
    patches = [
        (call, elsewhere)[n % 2]("admin", "PATCH", path, {"name": f"Aino {n}"}, If_Match='"1"') for n in range(6)
    ]
    answers = await asyncio.gather(*patches)
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5


async def test_the_feed_waits_for_writers_that_are_slow(call: Caller, world: World) -> None:
    """A change written early and committed late is not overtaken: a cursor never passes an open writer."""
    if world.dialect == "sqlite":
        pytest.skip("on SQLite writers queue, so what is committed later is written later")
    made = await upsert(call)
    began, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def slowly() -> None:
        from sqlalchemy import text
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(world.url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.begin() as connection:
            row = {"id": new_id(), "customer": made["id"]}
            change = "VALUES (:id, cast(:customer as uuid), 'webshop', 'c-1', 'banned', now())"
            await connection.execute(text(f"INSERT INTO customer_changes {change}"), row)
            began.set()
            await go_on.wait()
        await engine.dispose()

    writer = loop.create_task(slowly())
    await began.wait()
    await call("admin", "PATCH", f"/v1/customers/{made['id']}", {"name": "Aino Uusi"}, expect=200, If_Match="*")
    await asyncio.sleep(1.2)
    early = await call("webshop", "GET", "/v1/changes", expect=200)
    go_on.set()
    await writer
    late = await call("webshop", "GET", "/v1/changes", expect=200)
    assert early["items"] == []
    assert [change["kind"] for change in late["items"]] == ["banned", "rectified"]
