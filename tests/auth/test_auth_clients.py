"""API clients: made and withdrawn by owners, the token shown once, and never without an owner."""

import asyncio
from typing import Any

import pytest

from app.register.clients import bootstrap_owner
from tests.worlds import STARTED, TOKENS, Caller, World

pytestmark = pytest.mark.anyio

PATH = "/v1/api-clients"
SHOP = {"name": "second shop", "role": "webshop", "systems": ["shop2"]}
OWNER = {"name": "second owner", "role": "owner", "employment": "employee"}


async def test_the_token_is_shown_once(call: Caller, world: World) -> None:
    """The answer to the making holds it; lists, replays and the database do not."""
    made = await call("owner", "POST", PATH, SHOP, expect=201, Idempotency_Key="k-1")
    again = await call("owner", "POST", PATH, SHOP, expect=201, Idempotency_Key="k-1")
    listed = await call("owner", "GET", PATH, expect=200)
    stored = str([tuple(row) for row in await world.rows("SELECT * FROM api_clients")])
    assert (again["id"], again["token"]) == (made["id"], None)
    assert made["token"] not in stored + str(listed)
    TOKENS["second shop"] = made["token"]
    await call("second shop", "GET", "/v1/register", expect=200)
    del TOKENS["second shop"]


UNFIT: list[dict[str, Any]] = [
    {"role": "builtin"},
    {"role": "admin"},
    {"role": "admin", "systems": [], "employment": "friend"},
    {"role": "admin", "employment": "trainee"},
    {"employment": "employee"},
    {"systems": []},
    {"systems": ["Has Space"]},
    {"default_purpose": "profiling"},
    {"name": ""},
    {"name": "n" * 81},
    {"name": "n" + " " * 80},
    {"token": "of-my-own"},
]


async def test_role_kind_and_systems_fit_together(call: Caller, world: World) -> None:
    """Persons have an employment and no systems, integrations the reverse; purposes are declared ones (F85)."""
    for change in UNFIT:
        await call("owner", "POST", PATH, {**SHOP, **change}, expect=422)
        assert len(await world.rows("SELECT 1 FROM audit_events")) == 0


async def test_names_are_unique_while_active(call: Caller) -> None:
    """A withdrawn client's name is free again."""
    made = await call("owner", "POST", PATH, SHOP, expect=201)
    assert (await call("owner", "POST", PATH, SHOP, expect=409))["code"] == "client-name-taken"
    await call("owner", "DELETE", f"{PATH}/{made['id']}", expect=204)
    await call("owner", "POST", PATH, SHOP, expect=201)


async def test_only_owners_manage_clients(call: Caller) -> None:
    """Every other role gets 403."""
    for role in ("webshop", "booking", "mailer", "admin", "accountant", "dpo"):
        await call(role, "POST", PATH, SHOP, expect=403)
        await call(role, "GET", PATH, expect=403)
        await call(role, "DELETE", f"{PATH}/00000000-0000-0000-0000-000000000002", expect=403)


async def test_the_services_own_clients_cannot_be_withdrawn(call: Caller) -> None:
    """Background work and public pages keep acting; an unknown client is the same 404."""
    for number in (1, 2, 9):
        await call("owner", "DELETE", f"{PATH}/00000000-0000-0000-0000-00000000000{number}", expect=404)


async def test_the_last_owner_stays(call: Caller, world: World) -> None:
    """The only owner cannot go; of two who withdraw each other at the same moment one stays."""
    own = next(c for c in (await call("owner", "GET", PATH, expect=200))["items"] if c["role"] == "owner")
    assert (await call("owner", "DELETE", f"{PATH}/{own['id']}", expect=409))["code"] == "last-owner"
    second = await call("owner", "POST", PATH, OWNER, expect=201)
    TOKENS["second owner"] = second["token"]
    answers = await asyncio.gather(
        call("owner", "DELETE", f"{PATH}/{second['id']}"), call("second owner", "DELETE", f"{PATH}/{own['id']}")
    )
    del TOKENS["second owner"]
    active = await world.rows("SELECT 1 FROM api_clients WHERE role = 'owner' AND withdrawn_at IS NULL")
    assert len(active) == 1
    assert sorted(answer.status_code for answer in answers) in ([204, 401], [204, 409])


async def test_a_withdrawn_bootstrap_owner_stays_out(call: Caller, world: World) -> None:
    """The environment's token makes the first owner only; it does not bring a withdrawn one back beside another."""
    token = "of-the-environment-0123456789"
    assert await world.db.write(bootstrap_owner, token, STARTED) is False
    TOKENS["bootstrap"] = token
    await call("bootstrap", "GET", "/v1/register", expect=401)
    del TOKENS["bootstrap"]
