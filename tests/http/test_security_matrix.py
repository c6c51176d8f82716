"""Every operation against every role, computed from the scopes that the OpenAPI document declares."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, update

from app.auth.roles import SCOPES, Role
from app.auth.tables import api_clients
from app.openapi import operations
from tests.worlds import ROLES, STARTED, TOKENS, World

pytestmark = pytest.mark.anyio

VALUES = {
    "system": "webshop",
    "external_id": "nobody-1",
    "order_id": "1",
    "booking_id": "1",
    "number": "V-none",
    "purpose": "newsletter",
    "processor": "nobody",
    "version": "99",
    "request": "2020-99999",
}
SOME_ID = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """Who may do what does not depend on the engine."""
    return request.getfixturevalue("sqlite_template")


@pytest.fixture
async def asked(world: World) -> AsyncIterator["Asking"]:
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as api:
        yield Asking(api, world.app.openapi())


class Asking:
    """Asks for every operation of the document."""

    def __init__(self, api: httpx.AsyncClient, document: dict[str, Any]) -> None:
        self.api = api
        found = operations(document)
        self.guarded = {key: operation for key, operation in found.items() if "security" in operation}
        self.public = {key: operation for key, operation in found.items() if "security" not in operation}

    async def __call__(self, key: tuple[str, str], authorization: str | None) -> httpx.Response:
        method, path = key
        path = re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], SOME_ID), path)
        body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
        headers = {} if authorization is None else {"Authorization": authorization}
        return await self.api.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_exactly_what_its_scopes_allow(asked: Asking, role: str) -> None:
    """403 with `scope-missing` for each operation whose scope the role lacks, and never otherwise."""
    held = {str(scope) for scope in SCOPES[Role(role)]}
    wrong: list[str] = []
    for key, operation in asked.guarded.items():
        needed = set(operation["security"][0]["bearer"])
        answer = await asked(key, f"Bearer {TOKENS[role]}")
        refused = answer.status_code == 403 and answer.json()["code"] == "scope-missing"
        if refused != (not needed <= held) or answer.status_code in {401, 500}:
            wrong.append(f"{key} {answer.status_code}")
        if str(answer.status_code) not in operation["responses"]:
            wrong.append(f"{key} answers {answer.status_code} undeclared")
    assert not wrong


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer seloste_unknown-token-0123456789",
        "Basic b3duZXI6b3duZXI=",
        TOKENS["owner"],
        "Bearer " + "x" * 5000,
    ],
)
async def test_without_a_valid_token_nothing_answers(asked: Asking, authorization: str | None) -> None:
    """401 with the scheme to use, on every operation that needs a token."""
    for key in asked.guarded:
        answer = await asked(key, authorization)
        assert answer.status_code == 401, key
        assert answer.headers["www-authenticate"].startswith("Bearer"), key
        assert answer.json()["code"] == "unauthorized", key


async def test_a_withdrawn_token_is_nobodys(asked: Asking, world: World) -> None:
    """A client that was withdrawn gets 401 everywhere, the owner's too."""

    def withdraw_all(connection: Connection) -> None:
        connection.execute(update(api_clients).values(withdrawn_at=STARTED))

    await world.db.write(withdraw_all)
    for role in ("webshop", "owner"):
        for key in asked.guarded:
            assert (await asked(key, f"Bearer {TOKENS[role]}")).status_code == 401, key


async def test_a_withdrawn_token_is_refused_while_it_is_still_cached(world: World) -> None:
    """Each operation asks the database again, so a withdrawal counts at once, whatever the process remembers."""
    from app.auth.actor import Clients
    from app.auth.failures import Failures

    world.app.state.clients = Clients(world.db, 60, Failures(10))
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as api:
        asking = Asking(api, world.app.openapi())
        key, token = ("GET", "/v1/customers/duplicates"), f"Bearer {TOKENS['owner']}"
        before = await asking(key, token)
        await world.db.write(lambda c: c.execute(update(api_clients).values(withdrawn_at=STARTED)))
        after = [await asking(key, token), await asking(("GET", "/v1/register"), token)]

    assert before.status_code == 200
    assert [answer.status_code for answer in after] == [401, 401]


async def test_public_operations_are_the_ones_we_mean(asked: Asking) -> None:
    """Health, metrics and the pages behind a person's link; nothing else is open."""
    assert {path for _, path in asked.public} == {"/healthz", "/readyz", "/metrics", "/consents/{token}"}
    for key in asked.public:
        assert (await asked(key, None)).status_code in {200, 404}, key
