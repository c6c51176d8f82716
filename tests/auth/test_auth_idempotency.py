"""`Idempotency-Key`: a retried POST makes nothing twice and keeps nothing personal."""

import asyncio

import pytest

from app.auth.idempotency import expire_keys
from tests.customers.people import audited, erase, person
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PATH = "/v1/customers"
NEW = person(references=[{"system": "webshop", "id": "c-1"}])


async def test_a_replay_reads_what_was_made(call: Caller, world: World) -> None:
    """The same key and body, quoted or bare: one customer, and the answer is as it stands now."""
    made = await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="k-1")
    patch = {"name": "Aino Uusi"}
    await call("admin", "PATCH", f"{PATH}/{made['id']}", patch, expect=200, If_Match="*")
    again = await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key='"k-1"')
    rows = await audited(world)
    assert (again["id"], again["name"], again["version"]) == (made["id"], "Aino Uusi", 2)
    assert [row.action for row in rows] == ["register", "rectify", "read"]


async def test_a_key_belongs_to_its_client_and_body(call: Caller) -> None:
    """Another body gets 422; another client may use the same key."""
    await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="k-1")
    other = {**NEW, "name": "Bertta", "references": [{"system": "webshop", "id": "c-2"}]}
    assert (await call("webshop", "POST", PATH, other, expect=422, Idempotency_Key="k-1"))["code"] == (
        "idempotency-key-reused"
    )
    await call("admin", "POST", PATH, person(), expect=201, Idempotency_Key="k-1")


async def test_only_successes_are_remembered(call: Caller, world: World) -> None:
    """A refused call leaves the key free for the mended one."""
    await call("webshop", "POST", PATH, {**NEW, "source": "unknown"}, expect=422, Idempotency_Key="k-1")
    assert await world.rows("SELECT 1 FROM idempotency_keys") == []
    await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="k-1")


async def test_a_replay_after_the_erasure(call: Caller, world: World) -> None:
    """410, and nothing comes back."""
    made = await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="k-1")
    await erase(call, world, made["id"])
    assert (await call("webshop", "POST", PATH, NEW, expect=410, Idempotency_Key="k-1"))["code"] == "customer-erased"


async def test_keys_live_a_day(call: Caller, world: World) -> None:
    """For 24 hours the replay is answered; afterwards the key is free, whether or not it was swept."""
    await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="k-1")
    world.later(hours=23, minutes=59)
    await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="k-1")
    world.later(minutes=2)
    assert (await call("webshop", "POST", PATH, NEW, expect=409, Idempotency_Key="k-1"))["code"] == "reference-taken"
    assert await world.db.write(expire_keys, world.now) == 1


async def test_nothing_personal_is_kept_with_a_key(call: Caller, world: World) -> None:
    """Keyed hashes, a status and an id."""
    made = await call("webshop", "POST", PATH, NEW, expect=201, Idempotency_Key="aino@example.fi")
    row = dict((await world.rows("SELECT * FROM idempotency_keys"))[0]._mapping)
    assert made["id"] in str(row.pop("resource_ids"))
    assert all(value not in str(row).lower() for value in ("aino", "esimerkki", "1234567", "c-1"))


async def test_unreadable_keys(call: Caller, world: World) -> None:
    """Empty, too long, with spaces: 400 or 422, and nobody is made."""
    for key in ('""', "a b", "k" * 256):
        await call("webshop", "POST", PATH, NEW, expect=400, Idempotency_Key=key)
    await call("webshop", "POST", PATH, NEW, expect=422, Idempotency_Key="k" * 300)
    assert await world.rows("SELECT 1 FROM customers") == []


async def test_at_the_same_moment(call: Caller, world: World) -> None:
    """Of eight calls with one key one makes the customer; the others replay it, or hear that it is in flight."""
    calls = (call("webshop", "POST", PATH, NEW, Idempotency_Key="k-1") for _ in range(8))
    answers = await asyncio.gather(*calls)
    codes = {answer.status_code for answer in answers}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert 201 in codes
    assert codes <= ({201} if world.dialect == "sqlite" else {201, 409})
    assert refused <= {"idempotency-key-in-flight"}
    assert len(await world.rows("SELECT 1 FROM customers")) == 1
