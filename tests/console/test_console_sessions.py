"""Signing in to the console: the cookie, what ends it, and forms that nobody else can send."""

from datetime import timedelta

import httpx
import pytest

from app.auth.actor import Clients
from app.auth.failures import Failures
from tests.console.browsing import Browser, check
from tests.pages.reading import BROWSER
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio


async def test_a_session_holds_no_token_and_ends_when_it_should(api: httpx.AsyncClient, world: World) -> None:
    """Cookie flags, hash only, idle time, whole time, sign-out, and the end of the token itself."""
    browser = Browser(api)
    for path in ("", "/requests", "/notifications", "/flows", "/findings", "/consents", "/audit"):
        answer = await api.get(f"/console{path}", headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    await browser.open("/console/sign-in")
    signed = await browser.send("/console/sign-in", {"token": TOKENS["dpo"]})
    cookie = next(one for one in signed.headers.get_list("set-cookie") if one.startswith("seloste="))
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    value = cookie.partition("=")[2].partition(";")[0]
    (row,) = await world.rows("SELECT * FROM console_sessions")
    assert value not in str(row)
    assert TOKENS["dpo"] not in str(row) + value
    assert [r.action for r in await world.rows("SELECT action FROM audit_events")] == ["sign_in"]

    page = await browser.open("/console")
    assert "dpo" in page.text
    for minutes in (29, 29):  # each page begins the idle time anew
        world.later(minutes=minutes)
        await browser.open("/console")
    world.later(minutes=31)
    assert (await api.get("/console", headers=BROWSER)).status_code == 303

    await browser.sign_in("dpo")
    started = world.now
    while world.now < started + timedelta(hours=7, minutes=45):
        world.later(minutes=25)
        await browser.open("/console")
    world.later(minutes=20)
    assert (await api.get("/console", headers=BROWSER)).status_code == 303

    await browser.sign_in("dpo")
    kept = dict(api.cookies)
    await browser.send("/console/sign-out")
    api.cookies.update(kept)  # a stolen copy opens nothing either
    assert (await api.get("/console", headers=BROWSER)).status_code == 303


async def test_a_session_ends_with_its_token(api: httpx.AsyncClient, call: Caller) -> None:
    """Withdrawn through the API, the person is signed out of the console in the same instant."""
    browser = Browser(api)
    await browser.sign_in("dpo")
    clients = (await call("owner", "GET", "/v1/api-clients", expect=200))["items"]
    (dpo,) = (one["id"] for one in clients if one["name"] == "dpo")
    await call("owner", "DELETE", f"/v1/api-clients/{dpo}", expect=204)
    assert (await api.get("/console", headers=BROWSER)).status_code == 303


async def test_the_console_stays_shut_while_the_database_is_behind_its_erasures(
    api: httpx.AsyncClient, world: World
) -> None:
    """After a restore nobody reads there what has been erased since."""
    browser = Browser(api)
    await browser.sign_in("dpo")
    world.ledger.closed = "the database is older than the ledger"
    for path in ("/console", "/console/requests"):
        assert (await api.get(path, headers=BROWSER)).json()["code"] == "ledger-behind"


async def test_who_may_not_sign_in(api: httpx.AsyncClient, world: World) -> None:
    """Integrations, unknown tokens, forms from elsewhere, and whoever guesses too often."""
    world.app.state.clients = Clients(world.db, 0, Failures(2))
    browser = Browser(api)
    await browser.open("/console/sign-in")
    person = check(await browser.send("/console/sign-in", {"token": TOKENS["webshop"]}, status=403), 403)
    assert "for people" in person.text
    forged = check(await browser.send("/console/sign-in", {"token": TOKENS["dpo"], "form_mark": "x"}, 403), 403)
    assert "run out" in forged.text
    await browser.open("/console/sign-in")
    elsewhere = {"token": TOKENS["dpo"]}
    await browser.send("/console/sign-in", elsewhere, status=403, **{"Sec-Fetch-Site": "cross-site"})
    assert await world.rows("SELECT 1 FROM console_sessions") == []
    waits = []
    for status in (401, 401, 429):
        await browser.open("/console/sign-in")
        answer = await browser.send("/console/sign-in", {"token": "seloste_guess"}, status=status)
        assert "seloste_guess" not in answer.text
        waits.append(answer.headers.get("retry-after"))
    assert [wait is None for wait in waits] == [True, True, False]


async def test_behind_https_the_cookie_cannot_be_set_by_anybody_else(world: World) -> None:
    """`__Host-` and `Secure`; the name without it is not looked at."""
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://seloste.test") as api:
        browser = Browser(api)
        await browser.open("/console/sign-in")
        signed = await browser.send("/console/sign-in", {"token": TOKENS["admin"]})
        (cookie,) = (one for one in signed.headers.get_list("set-cookie") if one.startswith("__Host-seloste="))
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        await browser.open("/console")
        value = api.cookies["__Host-seloste"]
        api.cookies.clear()
        api.cookies.set("seloste", value)
        assert (await api.get("/console", headers=BROWSER)).status_code == 303
