"""Who may call what: tokens, scopes, and what takes effect at once in every process."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.auth.roles import SCOPES, Role
from tests.customers.people import person, second_process, upsert
from tests.register.documents import IRISH
from tests.worlds import ROLES, TOKENS, Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def elsewhere(world: World) -> AsyncIterator[Caller]:
    """A second process on the same database that trusts its memory for a minute."""
    async with second_process(world) as caller:
        yield caller


async def test_a_token_is_needed(api: httpx.AsyncClient, world: World) -> None:
    """None, another scheme, an unknown one, one with strange letters: 401 with WWW-Authenticate, and no row."""
    for header in (None, "Basic YTpi", "Bearer", "Bearer nonsense", f"bearer {TOKENS['admin']}x", "Bearer tök"):
        sent = {} if header is None else {"Authorization": header.encode("utf-8")}
        answer = await api.post("/v1/customers/search", json={"name": "aino"}, headers=sent)  # type: ignore[arg-type] # bytes are allowed
        assert answer.status_code == 401, header
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert await world.rows("SELECT 1 FROM audit_events") == []


async def test_a_missing_scope_is_named(call: Caller) -> None:
    """403 says which scope the operation needs."""
    routes = [
        ("mailer", "POST", "/v1/customers/search", "customers:read"),
        ("accountant", "PUT", "/v1/customers/by-reference/webshop/c-1", "customers:write"),
        ("webshop", "GET", "/v1/vouchers", "vouchers:classify"),
        ("booking", "GET", "/v1/customers/00000000-0000-0000-0000-000000000000/purchases", "purchases:read"),
        ("admin", "GET", "/v1/changes", "changes:read"),
        ("dpo", "PUT", "/v1/register", "register:write"),
        ("dpo", "GET", "/v1/api-clients", "clients:write"),
    ]
    for role, method, path, scope in routes:
        problem = await call(role, method, path, person(), expect=403)
        assert (problem["code"], scope in problem["detail"]) == ("scope-missing", True), path


def test_roles_hold_no_more_than_the_table_says() -> None:
    """Only the dpo and the owner decide; only the owner makes clients and definitions; integrations see no audit."""
    holders = {scope: {str(role) for role in Role if scope in SCOPES[role]} for scope in SCOPES[Role.OWNER]}
    assert {s: h for s, h in holders.items() if h == {"owner"}}.keys() >= {"register:write", "clients:write"}
    assert holders["requests:decide"] == holders["audit:read"] == {"dpo", "owner"}  # type: ignore[index] # StrEnum
    assert holders["vouchers:classify"] == {"accountant", "owner"}  # type: ignore[index] # StrEnum
    assert all(SCOPES[Role(role)] for role in ROLES)
    assert SCOPES[Role.BUILTIN] == frozenset()


async def test_a_withdrawn_token_is_dead_everywhere(call: Caller, elsewhere: Caller, world: World) -> None:
    """Another process that has the token in memory refuses it from the moment it is withdrawn."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}"
    await elsewhere("webshop", "GET", path, expect=200)
    await elsewhere("webshop", "GET", "/v1/register", expect=200)
    client = next(
        c for c in (await call("owner", "GET", "/v1/api-clients", expect=200))["items"] if c["role"] == "webshop"
    )
    await call("owner", "DELETE", f"/v1/api-clients/{client['id']}", expect=204)
    before = len(await world.rows("SELECT 1 FROM audit_events"))
    for caller in (call, elsewhere):
        await caller("webshop", "GET", path, expect=401)
        await caller("webshop", "PUT", "/v1/customers/by-reference/webshop/c-2", person(), expect=401)
        await caller("webshop", "GET", "/v1/changes", expect=401)
        await caller("webshop", "GET", "/v1/register", expect=401)
    assert len(await world.rows("SELECT 1 FROM audit_events")) == before
    assert len(await world.rows("SELECT 1 FROM customers")) == 1


async def test_a_new_definition_binds_everywhere(call: Caller, elsewhere: Caller, world: World) -> None:
    """Another process that has the old definition in memory works under the new one from its next call."""
    path = f"/v1/customers/{(await upsert(call))['id']}"
    await elsewhere("webshop", "GET", path, expect=200)
    await call("owner", "PUT", "/v1/register", {"document": IRISH}, expect=200, If_Match='"1"')
    await elsewhere("webshop", "GET", path, expect=200)
    refused = await elsewhere("webshop", "PUT", "/v1/customers/by-reference/webshop/c-2", person())
    read = await elsewhere("webshop", "GET", "/v1/register", expect=200)
    await elsewhere("webshop", "GET", path, expect=422, Purpose="customer_relationship")
    rows = await world.rows("SELECT register_version, purpose FROM audit_events WHERE action = 'read' ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, "customer_relationship"), (2, "order_service")]
    assert (refused.status_code, read["version"]) == (422, 2)


async def test_a_named_purpose_that_goes_is_refused(call: Caller, elsewhere: Caller, world: World) -> None:
    """A purpose that the new definition does not declare is refused although the process still remembers it."""
    path = f"/v1/customers/{(await upsert(call))['id']}"
    await elsewhere("webshop", "GET", path, expect=200, Purpose="customer_relationship")
    await call("owner", "PUT", "/v1/register", {"document": IRISH}, expect=200, If_Match='"1"')
    problem = await elsewhere("webshop", "GET", path, expect=422, Purpose="customer_relationship")
    assert problem["code"] == "purpose-unknown"
