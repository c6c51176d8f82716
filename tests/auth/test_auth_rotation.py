"""The life of a token: it ends when it was to end, is replaced with an overlap, and tells when it was last used."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.auth.upkeep import tell_expiring
from app.register.clients import bootstrap_owner
from tests.customers.people import person, purchase, second_process, upsert
from tests.worlds import STARTED, TOKENS, Caller, World

pytestmark = pytest.mark.anyio

PATH = "/v1/api-clients"
SHOP = {"name": "shop", "role": "webshop", "systems": ["webshop"]}


@pytest.fixture
def named() -> Any:
    """`named(token)` lets the caller act with it, under the name that it answers."""
    known = dict(TOKENS)

    def remember(token: str) -> str:
        TOKENS[token[-8:]] = token
        return token[-8:]

    yield remember
    TOKENS.clear()
    TOKENS.update(known)


@pytest.fixture
async def elsewhere(world: World) -> AsyncIterator[Caller]:
    """Another process, which remembers tokens for a minute."""
    async with second_process(world) as caller:
        yield caller


async def made(call: Caller, **members: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await call("owner", "POST", PATH, {**SHOP, **members}, expect=201)
    return answer


async def rotated(call: Caller, client: dict[str, Any], role: str = "owner", **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await call(role, "POST", f"{PATH}/{client['id']}/tokens", asked, expect=201)
    return answer


async def shown(call: Caller, client: dict[str, Any]) -> dict[str, Any]:
    listed = await call("owner", "GET", PATH, expect=200)
    return next(each for each in listed["items"] if each["id"] == client["id"])


async def statuses(caller: Caller, role: str, customer_id: str) -> set[int]:
    """What the hot paths, a plain change, a plain read and a list answer to a token."""
    answers = [
        await caller(role, "GET", f"/v1/customers/{customer_id}"),
        await caller(role, "PUT", f"/v1/customers/{customer_id}/purchases/webshop/o-1", purchase()),
        await caller(
            role, "POST", "/v1/processing-checks", {"purpose": "accounting", "subjects": [{"id": customer_id}]}
        ),
        await caller(role, "POST", "/v1/customers/search", {"reference": {"system": "webshop", "id": "c-1"}}),
        await caller(role, "PUT", "/v1/customers/by-reference/webshop/c-1", person()),
        await caller(role, "GET", "/v1/register"),
        await caller(role, "GET", "/v1/changes"),
    ]
    return {401 if answer.status_code == 401 else 200 if answer.is_success else 500 for answer in answers}


async def test_a_token_ends_when_it_was_to_end(call: Caller, elsewhere: Caller, world: World, named: Any) -> None:
    """Up to that instant it works; from then on it is nobody's in every process, whatever they remember."""
    customer = (await upsert(call))["id"]
    client = await made(call, expires_at=(STARTED + timedelta(hours=1)).isoformat())
    shop = named(client["token"])
    world.later(minutes=59, seconds=59)
    assert [await statuses(caller, shop, customer) for caller in (call, elsewhere)] == [{200}, {200}]
    world.later(seconds=1)
    assert [await statuses(caller, shop, customer) for caller in (call, elsewhere)] == [{401}, {401}]
    (rows,) = await world.rows("SELECT count(*) FROM audit_events WHERE at >= :at", at=_stored(world))
    assert rows[0] == 0


def _stored(world: World) -> Any:
    return world.now if world.dialect == "postgresql" else f"{world.now:%Y-%m-%d %H:%M:%S.%f}"


async def test_an_end_lies_ahead(call: Caller) -> None:
    """A token that is over when it is made, and an end that is no instant, are refused."""
    for ends in ("2020-01-01T00:00:00Z", STARTED.isoformat(), "tomorrow", "2026-12-01T10:00:00", 1):
        assert (await call("owner", "POST", PATH, {**SHOP, "expires_at": ends})).status_code == 422, ends
    assert len((await call("owner", "GET", PATH, expect=200))["items"]) == 9


async def test_both_tokens_work_for_the_overlap(call: Caller, elsewhere: Caller, world: World, named: Any) -> None:
    """Then the former dies at the next statement of every process, and the present one goes on."""
    customer = (await upsert(call))["id"]
    client = await made(call)
    former = named(client["token"])
    await elsewhere(former, "GET", "/v1/register", expect=200)
    present = named((await rotated(call, client, overlap_hours=2))["token"])
    for caller in (call, elsewhere):
        assert await statuses(caller, former, customer) == await statuses(caller, present, customer) == {200}
    world.later(hours=2)
    for caller in (call, elsewhere):
        assert await statuses(caller, former, customer) == {401}
        assert await statuses(caller, present, customer) == {200}


async def test_without_an_overlap_the_former_dies_at_once(
    call: Caller, elsewhere: Caller, world: World, named: Any
) -> None:
    """A leaked token is over in every process as soon as the rotation is answered."""
    customer = (await upsert(call))["id"]
    client = await made(call)
    former = named(client["token"])
    assert await statuses(elsewhere, former, customer) == {200}
    present = named((await rotated(call, client, overlap_hours=0))["token"])
    assert await statuses(elsewhere, former, customer) == {401}
    assert await statuses(elsewhere, present, customer) == {200}
    assert (await shown(call, client))["former_token"] is None


async def test_withdrawing_ends_both(call: Caller, elsewhere: Caller, world: World, named: Any) -> None:
    """Present and former token die together, and a withdrawn client gets no other."""
    customer = (await upsert(call))["id"]
    client = await made(call)
    former, present = named(client["token"]), named((await rotated(call, client))["token"])
    assert await statuses(elsewhere, former, customer) == await statuses(elsewhere, present, customer) == {200}
    await call("owner", "DELETE", f"{PATH}/{client['id']}", expect=204)
    assert await statuses(elsewhere, former, customer) == await statuses(elsewhere, present, customer) == {401}
    refused = await call("owner", "POST", f"{PATH}/{client['id']}/tokens", {}, expect=409)
    assert (refused["code"], (await shown(call, client))["former_token"]) == ("client-withdrawn", None)


async def test_a_second_rotation_ends_the_oldest(call: Caller, named: Any) -> None:
    """There are never more than two tokens."""
    client = await made(call)
    first = named(client["token"])
    second = named((await rotated(call, client))["token"])
    third = named((await rotated(call, client))["token"])
    assert [(await call(each, "GET", "/v1/register")).status_code for each in (first, second, third)] == [401, 200, 200]


async def test_rotations_at_the_same_moment_leave_two_tokens(call: Caller, named: Any) -> None:
    """Of several the last two to be stored work; none is handed out that belongs to nobody before the next."""
    client = await made(call)
    answers = await asyncio.gather(*(rotated(call, client) for _ in range(4)))
    tokens = [named(answer["token"]) for answer in answers]
    working = [(await call(each, "GET", "/v1/register")).status_code for each in tokens]
    assert sorted(working) == [200, 200, 401, 401]


async def test_a_rotated_token_keeps_no_later_end_than_its_own(call: Caller, world: World, named: Any) -> None:
    """The overlap cannot lengthen a life; and the end of the new token must be said where the present one has one."""
    ends = STARTED + timedelta(hours=1)
    client = await made(call, expires_at=ends.isoformat())
    former = named(client["token"])
    refused = await call("owner", "POST", f"{PATH}/{client['id']}/tokens", {"overlap_hours": 24}, expect=422)
    assert refused["code"] == "client-invalid"
    for over in ("2020-01-01T00:00:00Z", STARTED.isoformat()):
        await call("owner", "POST", f"{PATH}/{client['id']}/tokens", {"expires_at": over}, expect=422)
    present = await rotated(call, client, overlap_hours=24, expires_at=None)
    assert (present["expires_at"], present["former_token"]["until"]) == (None, ends.isoformat().replace("+00:00", "Z"))
    world.later(hours=1)
    assert (await call(former, "GET", "/v1/register")).status_code == 401
    await call(named(present["token"]), "GET", "/v1/register", expect=200)


async def test_a_rotation_is_shown_once_and_audited(call: Caller, world: World) -> None:
    """A replay shows no token; the database has none; unknown and built-in clients have none to rotate."""
    client = await made(call)
    path = f"{PATH}/{client['id']}/tokens"
    first = await call("owner", "POST", path, {}, expect=201, Idempotency_Key="k-1")
    again = await call("owner", "POST", path, {}, expect=201, Idempotency_Key="k-1")
    stored = str([tuple(row) for row in await world.rows("SELECT * FROM api_clients")])
    assert (again["token"], again["former_token"]) == (None, first["former_token"])
    assert not [token for token in (first["token"], client["token"]) if token in stored]
    assert [row.action for row in await world.rows("SELECT action FROM audit_events ORDER BY id")][-2:] == [
        "rotate",
        "read",
    ]
    for number in (1, 2, 9):
        await call("owner", "POST", f"{PATH}/00000000-0000-0000-0000-00000000000{number}/tokens", {}, expect=404)
    for hours in (-1, 721, 1.5, None):
        await call("owner", "POST", path, {"overlap_hours": hours}, expect=422)


async def test_an_owner_rotates_their_own_token(call: Caller, world: World, named: Any) -> None:
    """Even without an overlap the answer arrives; an environment's token does not come back after a rotation."""
    token = "of-the-environment-0123456789"
    await world.db.write(lambda c: c.exec_driver_sql("UPDATE api_clients SET bootstrap = true WHERE name = 'owner'"))
    await world.db.write(bootstrap_owner, token, world.now)
    bootstrap = named(token)
    own = next(c for c in (await call(bootstrap, "GET", PATH, expect=200))["items"] if c["role"] == "owner")
    present = named((await rotated(call, own, bootstrap, overlap_hours=0))["token"])
    assert await world.db.write(bootstrap_owner, token, world.now) is False
    assert [(await call(each, "GET", "/v1/register")).status_code for each in (bootstrap, present)] == [401, 200]


async def test_an_environments_new_token_ends_the_old_one_everywhere(
    call: Caller, elsewhere: Caller, world: World, named: Any
) -> None:
    """Setting the variable anew replaces the token in processes that still remember the old one."""
    await world.db.write(lambda c: c.exec_driver_sql("UPDATE api_clients SET bootstrap = true WHERE name = 'owner'"))
    await elsewhere("owner", "GET", "/v1/register", expect=200)
    await world.db.write(bootstrap_owner, "another-of-the-environment", world.now)
    assert (await elsewhere("owner", "GET", "/v1/register")).status_code == 401
    await elsewhere(named("another-of-the-environment"), "GET", "/v1/register", expect=200)


async def test_the_only_owner_without_an_end_cannot_go(call: Caller, world: World) -> None:
    """Owners whose tokens are over do not count as owners; one of those may be withdrawn."""
    second = {"name": "second", "role": "owner", "employment": "employee"}
    ending = await call("owner", "POST", PATH, {**second, "expires_at": "2026-11-24T00:00:00Z"}, expect=201)
    own = next(c for c in (await call("owner", "GET", PATH, expect=200))["items"] if c["name"] == "owner")
    world.later(days=1)
    assert (await call("owner", "DELETE", f"{PATH}/{own['id']}", expect=409))["code"] == "last-owner"
    await call("owner", "DELETE", f"{PATH}/{ending['id']}", expect=204)


async def test_last_use_is_written_once_a_minute(call: Caller, world: World, named: Any) -> None:
    """Uses wait in memory; a later one within a minute is not written; present and former token have their own."""
    client = await made(call)
    former = named(client["token"])
    await call(former, "GET", "/v1/register", expect=200)
    assert (await shown(call, client))["last_used_at"] is None
    await world.app.state.clients.note_uses()
    first = (await shown(call, client))["last_used_at"]
    world.later(seconds=59)
    await call(former, "GET", "/v1/register", expect=200)
    await world.app.state.clients.note_uses()
    assert (await shown(call, client))["last_used_at"] == first == "2026-11-23T09:00:00Z"
    world.later(seconds=1)
    await call(former, "GET", "/v1/register", expect=200)
    present = named((await rotated(call, client))["token"])
    await world.app.state.clients.note_uses()
    rotated_client = await shown(call, client)
    assert rotated_client["last_used_at"] is None
    assert rotated_client["former_token"]["last_used_at"] == "2026-11-23T09:01:00Z"
    await call(present, "GET", "/v1/register", expect=200)
    await world.app.state.clients.note_uses()
    assert (await shown(call, client))["last_used_at"] == "2026-11-23T09:01:00Z"


async def test_tokens_about_to_end_are_counted_and_told_once_a_day(call: Caller, world: World) -> None:
    """The metric counts those of the next 14 days; one line a day names them by id."""
    soon = await made(call, expires_at=(STARTED + timedelta(days=13)).isoformat())
    await made(call, name="later", expires_at=(STARTED + timedelta(days=15)).isoformat())
    with capture_logs() as lines:
        told = await tell_expiring(world.services, None)
        world.later(hours=23)
        told = await tell_expiring(world.services, told)
        assert REGISTRY.get_sample_value("seloste_tokens_expiring") == 1
        world.later(hours=25)
        await tell_expiring(world.services, told)
    assert REGISTRY.get_sample_value("seloste_tokens_expiring") == 2
    assert [line["clients"][0] for line in lines] == [soon["id"], soon["id"]]
    assert "shop" not in str(lines)
