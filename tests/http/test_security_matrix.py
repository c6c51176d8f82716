"""Every operation of the OpenAPI document × every role × every kind of token: the exact status of each."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, func, update

from app.auth.actor import Clients
from app.auth.failures import Failures
from app.auth.tables import api_clients
from tests.http.asking import EXPECTED, Asking
from tests.worlds import ROLES, STARTED, TOKENS

pytestmark = pytest.mark.anyio


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """Who may do what does not depend on the engine."""
    return request.getfixturevalue("sqlite_template")


async def test_every_operation_stands_in_the_table(asking: Asking) -> None:
    """An operation that nobody has thought about fails here, and so does a row about none."""
    assert {operation["operationId"] for operation in asking.known.values()} == set(EXPECTED)
    assert all(set(row) - {""} <= set(ROLES) and "" in row for row in EXPECTED.values())


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_exactly_what_the_table_says(asking: Asking, role: str) -> None:
    """A missing scope is 403 `scope-missing`; every status is a declared one."""
    answers = await asking.answers(asking.operations(), role, f"Bearer {TOKENS[role]}")
    wrong = []
    for key, answer in answers.items():
        wanted = asking.status_for(key, role)
        scope_missing = answer.status_code == 403 and answer.json()["code"] == "scope-missing"
        declared = str(answer.status_code) in asking.known[key]["responses"]
        if answer.status_code != wanted or not declared or scope_missing == asking.holds(role, key):
            wrong.append(f"{key}: {answer.status_code} {answer.text[:200]}, not {wanted}")
    assert not wrong, "\n".join(wrong)


async def test_open_operations_are_the_ones_we_mean(asking: Asking) -> None:
    """Health, metrics and the pages behind a person's link, with a token or without; nothing else is open."""
    assert {path for _, path in asking.operations(guarded=False)} == {
        "/healthz",
        "/readyz",
        "/metrics",
        "/consents/{token}",
        "/data/{token}",
        "/unsubscribe/{token}",
        "/requests",
        "/requests/{right}",
        "/cases/{token}",
        "/calendars/{calendar_file}",
        "/hooks/mycashflow/{secret}",
        "/notice",
        "/notice.pdf",
        "/opendsr/v2/callbacks",
        "/hooks/mailchimp/{secret}",
        "/answers/{token}",
    }
    for authorization in (None, f"Bearer {TOKENS['webshop']}", "Bearer seloste_of-nobody-at-all"):
        answers = await asking.answers(asking.operations(guarded=False), "owner", authorization)
        for key, answer in answers.items():
            assert answer.status_code == asking.status_for(key, "owner"), (key, authorization)


OWNER = TOKENS["owner"]
NO_TOKEN = [None, "Bearer seloste_unknown-token-0123456789"]
MALFORMED = [
    *("", "Bearer", "Bearer ", "Basic b3duZXI6b3duZXI=", OWNER, f"Bearer {OWNER}x", f"Bearer {OWNER.upper()}"),
    *(f"Bearer {OWNER[:-1]}", f"Bearer {OWNER}, Bearer {TOKENS['dpo']}", f"Bearer Bearer {OWNER}"),
    *("Bearer none:background", "Bearer none:public-pages", "Bearer %00", f"Token {OWNER}", "Bearer " + "x" * 5000),
]


def must_be_401(answer: httpx.Response, about: object) -> None:
    """The refusal in full: what to sign in with, and the same words for every reason."""
    assert answer.status_code == 401, (about, answer.text)
    assert answer.headers["www-authenticate"] == 'Bearer realm="seloste"', about
    assert answer.headers["content-type"] == "application/problem+json", about
    assert answer.json() == {
        "type": "urn:seloste:problem:unauthorized",
        "title": "A valid bearer token is needed",
        "status": 401,
        "code": "unauthorized",
    }, about


async def test_without_a_valid_token_nothing_answers(asking: Asking) -> None:
    """No token and an unknown one on every operation; other schemes and pieces of tokens on some: 401, and no row."""
    async with asking.world() as (world, api):
        before = await world.rows("SELECT count(*) FROM audit_events")
        for authorization in NO_TOKEN:
            for key in asking.operations():
                must_be_401(await asking.ask(api, key, "owner", authorization), (key, authorization))
        for authorization in MALFORMED:
            for key in asking.operations()[::12]:
                must_be_401(await asking.ask(api, key, "owner", authorization), (key, authorization))
        assert await world.rows("SELECT count(*) FROM audit_events") == before


def withdrawn(connection: Connection) -> None:
    connection.execute(update(api_clients).values(withdrawn_at=STARTED))


def expired(connection: Connection) -> None:
    connection.execute(update(api_clients).values(expires_at=STARTED))


def rotated_out(connection: Connection) -> None:
    c = api_clients.c
    former = {"former_token_hash": c.token_hash, "former_until": STARTED, "token_hash": func.hex(func.randomblob(16))}
    connection.execute(update(api_clients).values(former))


@pytest.mark.parametrize("end", [withdrawn, expired, rotated_out])
async def test_a_token_that_is_over_is_nobodys(asking: Asking, end: Any) -> None:
    """Withdrawn, every role's; expired or rotated out with its overlap over, the owner's: 401 on every operation."""
    async with asking.world() as (world, api):
        before = await world.rows("SELECT count(*) FROM audit_events")
        await world.db.write(end)
        for role in ROLES if end is withdrawn else ("owner",):
            for key in asking.operations():
                must_be_401(await asking.ask(api, key, role, f"Bearer {TOKENS[role]}"), (key, role))
        assert await world.rows("SELECT count(*) FROM audit_events") == before


@pytest.mark.parametrize("end", [withdrawn, expired, rotated_out])
async def test_a_token_that_is_over_is_refused_while_it_is_remembered(asking: Asking, end: Any) -> None:
    """Each operation asks the database again, whatever the process remembers: 401 for whatever an owner could do."""
    async with asking.world() as (world, api):
        world.app.state.clients = Clients(world.db, 60, Failures(10))
        assert (await asking.ask(api, ("GET", "/v1/register"), "owner", f"Bearer {OWNER}")).is_success
        await world.db.write(end)
        world.now += timedelta(seconds=1)
        for key in asking.operations():
            if asking.status_for(key, "owner") < 400:  # what is refused for its content asks no database
                must_be_401(await asking.ask(api, key, "owner", f"Bearer {OWNER}"), key)
