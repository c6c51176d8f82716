"""What the statements check by themselves: token, register version, and everything at the same moment."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from app.auth.repository import withdraw_client
from app.register.loading import bundled
from tests.customers.people import purchase, second_process, upsert, voucher
from tests.hot.both_ways import Hot
from tests.hot.scenarios import CHECKS, CONSENTS, given, order
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
AT_ONCE = 16


@pytest.fixture
def hot(monkeypatch: pytest.MonkeyPatch) -> Hot:
    """Counts what the hot paths serve."""
    return Hot(monkeypatch)


def calls(person: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """One call of each hot path."""
    return [
        ("POST", CONSENTS, given()),
        ("PUT", order(person), purchase()),
        ("GET", f"/v1/customers/{person['id']}", None),
        ("POST", CHECKS, {"purpose": "booking_data", "subjects": [{"id": person["id"]}]}),
    ]


async def test_a_withdrawn_token_stops_at_once(call: Caller, world: World) -> None:
    """A process that still remembers the token changes and tells nothing once the token is withdrawn."""
    person = await upsert(call)
    async with second_process(world) as elsewhere:
        await elsewhere("webshop", "GET", f"/v1/customers/{person['id']}", expect=200)
        (client,) = await world.rows("SELECT id FROM api_clients WHERE name = 'webshop'")
        before = await counts(world)
        await world.db.write(withdraw_client, _uuid(client.id), world.now)
        for method, path, sent in calls(person):
            assert (await elsewhere("webshop", method, path, sent)).status_code == 401

    assert await counts(world) == before


async def test_a_newer_definition_works_at_once(call: Caller, world: World) -> None:
    """A process that remembers the former definition does the work under the newest version."""
    person = await upsert(call)
    async with second_process(world) as elsewhere:
        await elsewhere("webshop", "GET", f"/v1/customers/{person['id']}", expect=200)
        changed = bundled().replace("months: 24", "months: 25")
        assert changed != bundled()
        await world.db.write(lambda c: world.registers.apply(c, changed, world.now, None))
        for method, path, sent in calls(person):
            assert (await elsewhere("webshop", method, path, sent)).status_code in {200, 201}

    versions = [row[0] for row in await world.rows("SELECT register_version FROM audit_events ORDER BY id")]
    assert versions[-4:] == [2, 2, 2, 2]


async def test_the_same_event_at_once_is_one_event(call: Caller, world: World, hot: Hot) -> None:
    """Sixteen calls with one event_id: one is recorded, the others are told that it is known."""
    await upsert(call)
    answers = await together(call, [("POST", CONSENTS, given())] * AT_ONCE)

    assert statuses(answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await counts(world))["consent_events"] == 1
    assert len(await world.rows("SELECT 1 FROM audit_events WHERE action = 'given'")) == AT_ONCE
    assert hot.served == 1


async def test_other_content_under_the_same_event_at_once(call: Caller, world: World) -> None:
    """Sixteen different events under one event_id: one is recorded, the others are refused."""
    await upsert(call)
    sent = [given(occurred_at=f"2026-11-22T10:00:{n:02}Z") for n in range(AT_ONCE)]
    answers = await together(call, [("POST", CONSENTS, one) for one in sent])

    assert statuses(answers) == {201: 1, 409: AT_ONCE - 1}
    (state,) = await world.rows("SELECT occurred_at FROM consent_states WHERE channel = 'sms'")
    (event,) = await world.rows("SELECT occurred_at FROM consent_events")
    assert state == event


async def test_consents_at_once_leave_the_newest_state(call: Caller, world: World) -> None:
    """Whatever the order of arrival, the latest occurred_at stands."""
    await upsert(call)
    sent = [given(f"e-{n}", occurred_at=f"2026-11-22T10:00:{(n * 7) % AT_ONCE:02}Z") for n in range(AT_ONCE)]
    answers = await together(call, [("POST", CONSENTS, one) for one in sent])

    assert statuses(answers) == {201: AT_ONCE}
    (state,) = await world.rows("SELECT occurred_at FROM consent_states WHERE channel = 'email'")
    assert ":15" in str(state.occurred_at)


async def test_the_same_order_at_once_is_one_purchase(call: Caller, world: World) -> None:
    """Sixteen calls for one order: one makes it, the others find it; one voucher, and the version stays."""
    person = await upsert(call)
    answers = await together(call, [("PUT", order(person), purchase())] * AT_ONCE)

    assert statuses(answers) == {201: 1, 200: AT_ONCE - 1}
    assert {answer.json()["version"] for answer in answers} == {1}
    assert (await counts(world))["purchases"] == (await counts(world))["vouchers"] == 1
    assert len(await world.rows("SELECT 1 FROM audit_events WHERE entity = 'purchase'")) == AT_ONCE


async def test_a_voucher_number_used_by_several_orders_at_once(call: Caller, world: World) -> None:
    """Sixteen orders under one voucher number: one is taken, nothing is left of the others."""
    person = await upsert(call)
    answers = await together(call, [("PUT", order(person, f"o-{n}"), purchase()) for n in range(AT_ONCE)])

    assert statuses(answers) == {201: 1, 409: AT_ONCE - 1}
    assert (await counts(world))["purchases"] == (await counts(world))["vouchers"] == 1
    assert len(await world.rows("SELECT 1 FROM audit_events WHERE entity = 'purchase'")) == 1


async def test_an_order_claimed_for_several_people_at_once(call: Caller, world: World) -> None:
    """One order put for many people at the same moment stays with one of them, voucher included."""
    people = [await upsert(call, f"c-{n}", name=f"Aino Esimerkki{n}", phone=None) for n in range(AT_ONCE)]
    sent = [("PUT", order(person), purchase(voucher=voucher(f"V-{n}"))) for n, person in enumerate(people)]
    answers = await together(call, sent)

    assert statuses(answers) == {201: 1, 409: AT_ONCE - 1}
    ((customer, owner),) = await world.rows(
        "SELECT p.customer_id, v.customer_id FROM purchases p JOIN vouchers v ON v.order_id = p.order_id"
    )
    assert customer == owner
    assert (await counts(world))["vouchers"] == 1


async def together(call: Caller, sent: list[tuple[str, str, Any]]) -> list[httpx.Response]:
    """The answers to calls sent at the same moment."""
    return list(await asyncio.gather(*(call("webshop", method, path, body) for method, path, body in sent)))


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    """How many answers had which status."""
    return dict(Counter(answer.status_code for answer in answers))


async def counts(world: World) -> dict[str, int]:
    """How many rows the tables hold that the hot paths write."""
    tables = ("consent_events", "consent_states", "purchases", "vouchers", "audit_events")
    return {table: (await world.rows(f"SELECT count(*) FROM {table}"))[0][0] for table in tables}


def _uuid(value: Any) -> Any:
    from uuid import UUID

    return value if isinstance(value, UUID) else UUID(value)
