"""Signing in at a real provider over real HTTP: authorization code with PKCE, roles from claims, what is refused."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from app.auth.id_token import Expected, TokenRefused, claims_of
from app.auth.provider import CALLBACK, Begun, Provider
from tests.console.browsing import Browser, check
from tests.console.real_provider import missing, provider, signed_in_there
from tests.pages.reading import BROWSER
from tests.worlds import TOKENS, Caller, Template, World

why = missing()
pytestmark = [pytest.mark.anyio, pytest.mark.skipif(why is not None, reason=str(why))]
SECRETS = {"console": "of-the-console", "another": "of-another"}
PEOPLE = {"dpo": "mari", "accountant": "eino", "admin": "former"}


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """One database is enough."""
    return sqlite_template


@pytest.fixture(scope="module")
def door() -> Iterator[socket.socket]:
    """Where the service listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener


@pytest.fixture(scope="module")
def issuer(door: socket.socket) -> Iterator[str]:
    """The provider knows the console and another client."""
    back = [f"http://127.0.0.1:{door.getsockname()[1]}{CALLBACK}"]
    clients = [{"client_id": name, "client_secret": secret, "redirect_uris": back} for name, secret in SECRETS.items()]
    with provider(clients) as started:
        yield started


@pytest.fixture
async def browser(world: World, call: Caller, door: socket.socket, issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser at the real service, whose clock is the provider's."""
    world.now = datetime.now(UTC)
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    named = {"oidc_issuer": issuer, "oidc_client_id": "console", "oidc_client_secret": SecretStr(SECRETS["console"])}
    world.services.settings.__dict__.update(named, oidc_role_claim="roles", public_url=url)
    for one in (await call("owner", "GET", "/v1/api-clients", expect=200))["items"]:
        if name := PEOPLE.get(one["name"]):
            path = f"/v1/api-clients/{one['id']}/email"
            await call("owner", "PUT", path, {"email": f"{name}@example.com"}, expect=200)
    async with _served(world, door), httpx.AsyncClient(base_url=url) as client:
        yield client


@asynccontextmanager
async def _served(world: World, door: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(world.app, log_level="critical", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve([door.dup()]))
    yield
    server.should_exit = True
    await serving


async def begin(browser: httpx.AsyncClient) -> str:
    """Where the console sends somebody who wants to sign in."""
    begun = await browser.get("/console/provider", headers=BROWSER)
    assert begun.status_code == 303
    return begun.headers["location"]


async def arrive(browser: httpx.AsyncClient, name: str) -> httpx.Response:
    """Sign in there and come back."""
    return await browser.get(await signed_in_there(await begin(browser), name), headers=BROWSER)


async def test_somebody_signs_in_and_out(browser: httpx.AsyncClient, world: World) -> None:
    """Each as the client of the role that the claims name, with its scopes; whoever has lost the role stays outside."""
    window = Browser(browser)
    check(await arrive(browser, "mari"))
    await window.open("/console")
    await window.open("/console/audit")
    await window.send("/console/sign-out")
    assert (await browser.get("/console", headers=BROWSER)).headers["location"] == "/console/sign-in"

    check(await arrive(browser, "eino"))
    await window.open("/console/audit", 403)
    rows = await world.rows("SELECT role, action FROM audit_events WHERE entity = 'console_session' ORDER BY id")
    assert [tuple(row) for row in rows] == [("dpo", "sign_in"), ("dpo", "sign_out"), ("accountant", "sign_in")]

    browser.cookies.clear()
    for name in ("former", "unsure"):
        check(await arrive(browser, name), 403)
    assert len(await world.rows("SELECT 1 FROM console_sessions")) == 1


async def test_what_was_not_made_for_this_sign_in_is_refused(browser: httpx.AsyncClient, world: World) -> None:
    """Another nonce, another verifier, a code used before, an answer in another issuer's name."""
    place = httpx.URL(await begin(browser))
    forged = place.copy_set_param("nonce", "another")
    check(await browser.get(await signed_in_there(str(forged), "mari"), headers=BROWSER), 403)
    place = httpx.URL(await begin(browser))
    forged = place.copy_set_param("code_challenge", "A" * 43)
    check(await browser.get(await signed_in_there(str(forged), "mari"), headers=BROWSER), 403)
    back = await signed_in_there(await begin(browser), "mari")
    check(await browser.get(back.copy_set_param("iss", "https://other.example.com"), headers=BROWSER), 403)
    cookies = dict(browser.cookies)
    check(await browser.get(back, headers=BROWSER))
    browser.cookies.clear()
    browser.cookies.update(cookies)
    check(await browser.get(back, headers=BROWSER), 403)
    assert len(await world.rows("SELECT 1 FROM console_sessions")) == 1


async def test_a_real_token_for_another_is_refused(browser: httpx.AsyncClient, world: World) -> None:
    """Signed by the provider that we trust, but for another client, another issuer, another sign-in, or too old.

    The API takes it beside its own tokens from the one client that browsers have at the provider.
    """
    ours = Provider.of(world.services.settings, world.app.state.sign_in_provider)
    theirs, begun = replace(ours, client_id="another", secret=SECRETS["another"]), Begun.new()
    async with ours.client as client:
        back = await signed_in_there(await theirs.begin(begun), "mari")
        described = (await client.get(f"{ours.issuer}/.well-known/openid-configuration")).json()
        form = {"grant_type": "authorization_code", "code": back.params["code"], "code_verifier": begun.verifier}
        told = await client.post(
            described["token_endpoint"],
            data={**form, "redirect_uri": ours.redirect_uri},
            auth=("another", SECRETS["another"]),
        )
        keys = (await client.get(described["jwks_uri"])).json()["keys"]
    token, right = told.json()["id_token"], Expected(ours.issuer, "another", begun.nonce)
    assert claims_of(token, keys, right, world.now)["roles"] == ["dpo", "gardener"]
    for wrong, why_not in (
        (replace(right, client_id="console"), "audience"),
        (replace(right, issuer="https://other.example.com"), "issuer"),
        (replace(right, nonce="another"), "nonce"),
    ):
        with pytest.raises(TokenRefused, match=why_not):
            claims_of(token, keys, wrong, world.now)
    with pytest.raises(TokenRefused, match="time"):
        claims_of(token, keys, right, world.now + timedelta(days=1))

    for client_id, status in (("nobody", 401), ("another", 200)):
        world.services.settings.__dict__["oidc_browser_client_id"] = client_id
        for bearer, expected in ((token, status), (TOKENS["dpo"], 200)):
            named = {"Authorization": f"Bearer {bearer}"}
            assert (await browser.get("/v1/audit-events?limit=1", headers=named)).status_code == expected
