"""The same `event_id` of the same client is the same event (design §6)."""

import asyncio

import pytest

from tests.consents.calls import BATCH, given, person, register, states, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
CONSENTS = "/v1/consents"


async def events(world: World) -> int:
    return int((await world.rows("SELECT count(*) FROM consent_events"))[0][0])


async def test_a_repeat_is_known_and_changes_nothing(call: Caller, world: World) -> None:
    """201 the first time, 200 with the same id ever after."""
    who = await register(call)
    first = await call("booking", "POST", CONSENTS, given(who), expect=201)
    world.later(minutes=1)
    again = await call("booking", "POST", CONSENTS, given(who), expect=200)

    assert (first["status"], again["status"]) == ("recorded", "known")
    assert first["id"] == again["id"]
    assert await events(world) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"occurred_at": "2026-11-22T10:00:01Z"},
        {"collected_via": "paper"},
        {"evidence": {"control": "newsletter_box"}},
        {"wording": {"id": "newsletter", "version": 1, "language": "sv"}},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_the_same_id_with_other_content_is_refused(call: Caller, world: World, other: dict[str, object]) -> None:
    """409 whatever differs, and the first event stays as it was."""
    who = await register(call)
    await call("booking", "POST", CONSENTS, given(who), expect=201)
    refused = await call("booking", "POST", CONSENTS, {**given(who), **other}, expect=409)

    assert refused["code"] == "event-id-reused"
    assert await events(world) == 1


async def test_the_same_id_for_somebody_else_is_refused(call: Caller, world: World) -> None:
    """An event concerns the person it was first sent for."""
    aino, eino = await register(call), await register(call, "eino")
    await call("booking", "POST", CONSENTS, given(aino), expect=201)
    await call("booking", "POST", CONSENTS, given(eino), expect=409)

    assert await states(call, eino) == {}


async def test_the_order_of_channels_says_nothing(call: Caller) -> None:
    """The same channels in another order, or twice, are the same event."""
    who = await register(call)
    await call("booking", "POST", CONSENTS, given(who, purpose="marketing", channels=["email", "sms"]), expect=201)
    again = given(who, purpose="marketing", channels=["sms", "email", "sms"])
    await call("booking", "POST", CONSENTS, again, expect=200)


async def test_each_client_numbers_its_own_events(call: Caller) -> None:
    """Two clients may use the same event_id for different events."""
    who = await register(call)
    await call("webshop", "PUT", "/v1/customers/by-reference/webshop/x", person("eino"), expect=201)
    await call("booking", "POST", CONSENTS, given(who), expect=201)
    await call("webshop", "POST", CONSENTS, withdrawn({"system": "webshop", "id": "x"}, "g-1"), expect=201)


async def test_sixteen_at_once_make_one_event(call: Caller, world: World) -> None:
    """Concurrent calls with one event: one 201, fifteen 200, one row, one id."""
    who = await register(call)
    answers = await asyncio.gather(*(call("booking", "POST", CONSENTS, given(who)) for _ in range(16)))

    assert sorted(a.status_code for a in answers) == [200] * 15 + [201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert await events(world) == 1


async def test_sixteen_at_once_with_different_contents_leave_one(call: Caller, world: World) -> None:
    """Concurrent calls that contradict each other: one is stored, the others are refused."""
    who = await register(call)
    sent = [given(who, occurred_at=f"2026-11-22T10:00:{n:02}Z") for n in range(16)]
    answers = await asyncio.gather(*(call("booking", "POST", CONSENTS, event) for event in sent))

    assert sorted(a.status_code for a in answers) == [201] + [409] * 15
    assert await events(world) == 1


async def test_sixteen_withdrawals_at_once_for_an_address_in_no_record(call: Caller, world: World) -> None:
    """Also where nobody is known, one event is one event."""
    event = withdrawn({"email": "nobody@example.fi"})
    answers = await asyncio.gather(*(call("booking", "POST", CONSENTS, event) for _ in range(16)))

    assert sorted(a.status_code for a in answers) == [200] * 15 + [201]
    assert await events(world) == 1
    await call("booking", "POST", CONSENTS, {**event, "collected_via": "email"}, expect=409)


async def test_two_batches_at_once_with_the_same_events(call: Caller, world: World) -> None:
    """Two callers that send the same hundred events, in opposite order, both succeed."""
    people = [await register(call, f"p{n}") for n in range(5)]
    items = [given(people[n % 5], f"e-{n}", occurred_at=f"2026-11-22T10:{n // 60:02}:{n % 60:02}Z") for n in range(100)]
    answers = await asyncio.gather(
        call("booking", "POST", BATCH, {"items": items}, expect=200),
        call("booking", "POST", BATCH, {"items": items[::-1]}, expect=200),
    )
    statuses = [result["status"] for answer in answers for result in answer["results"]]

    assert sorted(statuses) == [200] * 100 + [201] * 100
    assert await events(world) == 100


async def test_twice_in_one_batch(call: Caller, world: World) -> None:
    """Within one batch the first wins: its twin is known, its contradiction is refused."""
    who = await register(call)
    items = [given(who), given(who), given(who, collected_via="paper"), given(who, "g-2")]
    results = (await call("booking", "POST", BATCH, {"items": items}, expect=200))["results"]

    assert [r["status"] for r in results] == [201, 200, 409, 201]
    assert results[0]["event"]["id"] == results[1]["event"]["id"]
    assert await events(world) == 2


async def test_a_repeat_after_somebody_joined_the_address_concerns_nobody_new(call: Caller, world: World) -> None:
    """A withdrawal by address that is sent again is the event it was, whoever has the address now."""
    await register(call)
    event = withdrawn({"email": "aino@example.fi"})
    await call("booking", "POST", CONSENTS, event, expect=201)
    eino = await register(call, "eino", email="aino@example.fi")
    await call("booking", "POST", CONSENTS, event, expect=200)

    assert await states(call, eino) == {}
