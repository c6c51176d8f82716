"""Leaving marketing by the link of a message (F83, F84, RFC 8058): one click, the page, and those who are gone."""

from typing import Any

import pytest

from app.auth.failures import Failures
from app.keys import Keys
from tests.consents.calls import confirmed, erase, given, register, states, suppressed
from tests.pages.reading import BROWSER, check_page
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
LINKS = "/v1/unsubscribe-links"
PAIR = "List-Unsubscribe=One-Click"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = (
    b'-----FormBoundaryjWmhtjORrn\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n-----FormBoundaryjWmhtjORrn--\r\n"
)
"""As RFC 8058 §8.3 writes it."""


async def links(call: Caller, *subjects: Any, role: str = "mailer", **members: Any) -> list[dict[str, Any]]:
    """Links for these subjects: an id of the register, or how else they are named."""
    named = [{"id": who} if isinstance(who, str) else who for who in subjects]
    sent = {"purpose": "newsletter", "channel": "email", "subjects": named, **members}
    made = await call(role, "POST", LINKS, sent, expect=200)
    found: list[dict[str, Any]] = made["results"]
    return found


async def link(call: Caller, who: Any, **members: Any) -> str:
    """The path of one link."""
    (one,) = await links(call, who, **members)
    assert one["status"] == 200, one
    return "/unsubscribe/" + str(one["link"]["url"]).rsplit("/", 1)[1]


async def traces(world: World) -> list[Any]:
    """Everything that a withdrawal writes."""
    return [
        *await world.rows("SELECT event_id, purpose, action FROM consent_events ORDER BY id"),
        *await world.rows("SELECT purpose, channel, origin FROM suppression_events ORDER BY id"),
        *await world.rows("SELECT kind FROM customer_changes ORDER BY id"),
        *await world.rows("SELECT action FROM audit_events ORDER BY id"),
    ]


async def test_one_click_withdraws_as_the_api_does_and_only_once(call: Caller, world: World) -> None:
    """Both encodings of RFC 8058, 200 and no redirect; event, state, suppression, feed and audit row; repeats are free.

    Opening the page, HEAD, and what scanners try first change nothing.
    """
    who = await register(call, phone="+358401234567", address=None)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    await call("booking", "POST", "/v1/consents", given(who, "g-2", purpose="marketing", channels=["sms"]), expect=201)
    path = await link(call, who)
    before = await traces(world)
    for method, headers in (("GET", BROWSER), ("HEAD", {}), ("GET", {"User-Agent": "LinkScanner"})):
        opened = await call.api.request(method, path, headers=headers)
        assert opened.status_code == 200
    assert (await call.api.post(path)).json()["code"] == "nothing-asked"
    assert (await call.api.post(path, json={"List-Unsubscribe": "One-Click"})).status_code == 415
    assert await traces(world) == before

    clicked = await call.api.post(path, content=PAIR, headers=URLENCODED)
    assert (clicked.status_code, "location" in clicked.headers, "set-cookie" in clicked.headers) == (200, False, False)
    assert await states(call, who) == {("newsletter", "email"): "withdrawn", ("marketing", "sms"): "given"}
    assert ("newsletter", "email") in await suppressed(call, who)
    (stored,) = await world.rows("SELECT collected_via, evidence FROM consent_events WHERE action = 'withdrawn'")
    assert stored.collected_via == "unsubscribe_link"
    assert "one_click" in str(stored.evidence)
    assert [row.kind for row in await world.rows("SELECT kind FROM customer_changes")] == ["withdrawn"]
    acts = await world.rows("SELECT client_id FROM audit_events WHERE action = 'withdrawn' AND subject_key IS NOT NULL")
    assert len(acts) == 1

    after = await traces(world)
    boundary = {"Content-Type": "multipart/form-data; boundary=---FormBoundaryjWmhtjORrn"}
    again = await call.api.post(path, content=MULTIPART, headers=boundary)
    assert again.status_code == 200
    assert await traces(world) == after

    world.later(hours=1)
    at = world.now.isoformat()
    await call("booking", "POST", "/v1/consents", confirmed(who, "c-1", at), expect=201)
    assert await suppressed(call, who) == set()
    world.later(hours=1)
    assert (await call.api.post(path, content=MULTIPART, headers=boundary)).status_code == 200
    assert await suppressed(call, who) == {("newsletter", "email")}


async def test_a_link_is_opaque_stable_and_outlives_its_key(call: Caller, world: World) -> None:
    """One for each person, purpose, channel and address; nothing personal in it; headers ready for the mailer."""
    who, other = await register(call), await register(call, "eino")
    first, second, third, nobody = await links(
        call, who, other, {"email": "AINO@example.fi"}, {"email": "new@example.com"}, mailto="leave@example.fi"
    )
    urls = [one["link"]["url"] for one in (first, second, third, nobody)]
    assert len(set(urls)) == 3  # by id or by the address of one person: the same link
    assert urls[0] == urls[2]
    token = urls[0].rsplit("/", 1)[1]
    assert len(token) == 43
    assert first["link"]["list_unsubscribe"] == f"<{urls[0]}>, <mailto:leave@example.fi?subject=unsubscribe%20{token}>"
    assert first["link"]["list_unsubscribe_post"] is None  # the tests' own address is no https
    assert [one["link"]["url"] for one in await links(call, who)] == urls[:1]
    stored = await world.rows("SELECT token_hash, customer_id, address_hash FROM unsubscribe_links")
    assert len(stored) == 3
    assert not [row for row in stored if token in row or "aino" in str(row)]
    assert len(await world.rows("SELECT id FROM audit_events WHERE action = 'make_links'")) == 2

    keys = world.services.keys
    object.__setattr__(world.services, "keys", Keys("k2", b"another key of thirty-two bytes!"))
    assert await link(call, who) != "/unsubscribe/" + token
    assert (await call.api.post(f"/unsubscribe/{token}", content=PAIR, headers=URLENCODED)).status_code == 200
    object.__setattr__(world.services, "keys", keys)
    (event,) = await world.rows("SELECT customer_id FROM consent_events WHERE action = 'withdrawn'")
    assert event.customer_id is not None


async def test_who_may_be_linked_to(call: Caller, world: World) -> None:
    """A link for an address that the client has no business to know is of that address only: its page tells nothing."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who, purpose="booking_data"), expect=201)
    foreign, known, absent, post = [
        *await links(call, {"email": "aino@example.fi"}, {"system": "booking", "id": "aino"}, role="webshop"),
        *await links(call, "00000000-0000-0000-0000-000000000001"),
        *await links(call, who, purpose="marketing", channel="post"),
    ]
    assert [foreign["status"], known["status"], absent["status"], post["status"]] == [200, 404, 404, 422]
    assert post["problem"]["code"] == "no-address"
    own = check_page(await call.api.get(await link(call, who), headers=BROWSER), "fi")
    others = check_page(await call.api.get("/unsubscribe/" + foreign["link"]["url"].rsplit("/", 1)[1]), "fi")
    assert "booking_data" in own.values("withdraw")
    assert "booking_data" not in others.values("withdraw")
    for changed, code in (
        ({"purpose": "accounting"}, "not-marketing"),
        ({"purpose": "astrology"}, "purpose-unknown"),
        ({"channel": "sms"}, "consent-invalid"),
    ):
        sent = {"purpose": "newsletter", "channel": "email", "subjects": [{"id": who}], **changed}
        assert (await call("mailer", "POST", LINKS, sent, expect=422))["code"] == code


async def test_a_link_of_somebody_erased_works_and_tells_nothing(call: Caller, world: World) -> None:
    """The answers are those that a living person without consents gets; the address stays suppressed by its hash."""
    gone, living = await register(call), await register(call, "eino")
    paths = await link(call, gone), await link(call, living)
    await erase(call, world, gone)

    pages: list[list[Any]] = [[], []]
    for sent in (None, PAIR, "stop=all"):
        for found, path in zip(pages, paths, strict=True):
            for headers in (URLENCODED | BROWSER, URLENCODED):
                answer = await call.api.request("POST" if sent else "GET", path, content=sent, headers=headers)
                found.append((answer.status_code, answer.text))
    assert pages[0] == pages[1]
    assert {status for status, _ in pages[0]} == {200}
    held = await world.rows(
        "SELECT s.purpose FROM suppressions s JOIN unsubscribe_links l ON l.address_hash = s.address_hash"
        " WHERE l.customer_id IS NULL AND s.channel = 'email' AND s.state = 'suppressed' ORDER BY s.purpose"
    )
    assert [row.purpose for row in held] == ["*", "newsletter"]

    world.later(days=2)
    bought = {"kind": "purchase", "reference": "1002", "occurred_at": world.now.isoformat()}
    returned = await register(call, "aino2", email="aino@example.fi", interaction=bought)
    check = {"purpose": "newsletter", "channel": "email", "subjects": [{"id": returned}]}
    await call("booking", "POST", "/v1/consents", given(returned, "g-9"), expect=201)
    (answer,) = (await call("mailer", "POST", "/v1/processing-checks", check, expect=200))["results"]
    assert not answer["allowed"]
    world.later(days=365 * 9)
    await world.sweep()
    assert [row.customer_id is None for row in await world.rows("SELECT customer_id FROM unsubscribe_links")] == [False]


async def test_the_page_shows_preferences_and_each_goes_by_one_press(call: Caller, world: World) -> None:
    """In the person's language or the one picked; every consent with its button; a ban opens one case."""
    who = await register(call, language="sv", phone="+358401234567")
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    await call("booking", "POST", "/v1/consents", given(who, "g-2", purpose="booking_data"), expect=201)
    path = await link(call, who)

    for language, button in (("fi", "Peruuta"), ("en", "Unsubscribe")):
        other = check_page(await call.api.get(f"{path}?lang={language}", headers=BROWSER), language)
        assert button in other.text
    page = check_page(await call.api.get(path, headers=BROWSER | {"Accept-Language": "en"}), "sv")
    assert "Avsluta" in page.text
    assert "Aino" not in page.text
    assert {"newsletter.email", "booking_data", "telling_about_services.sms"} <= set(page.values("withdraw"))
    assert "marketing.email" not in page.values("withdraw")
    assert page.values("stop") == ["all"]

    async def press(field: str) -> Any:
        return await call.api.post(path, content=field, headers=URLENCODED | BROWSER)

    check_page(await press("withdraw=booking_data"), "sv")
    assert (await states(call, who))["booking_data", None] == "withdrawn"
    check_page(await press("withdraw=telling_about_services.sms"), "sv")
    assert (await press("withdraw=accounting")).status_code == 400
    assert (await states(call, who))["newsletter", "email"] == "given"
    banned = check_page(await press("stop=all"), "sv")
    assert banned.values("stop") == []
    assert "newsletter.email" not in banned.values("withdraw")
    await press("stop=all")
    (case,) = await world.rows('SELECT "right", channel, state FROM subject_requests')
    assert tuple(case) == ("marketing_ban", "form", "executing")
    assert ("newsletter", "email") in await suppressed(call, who)


async def test_guessing_links_is_slowed_and_told_kindly(call: Caller, world: World) -> None:
    """A page for people, a problem for programs; whoever guesses must wait, a link that is known does not count."""
    world.app.state.link_failures = Failures(2)
    who = await register(call)
    path = await link(call, who)
    for _ in range(5):
        assert (await call.api.get(path)).status_code == 200
    missing = await call.api.get("/unsubscribe/guess", headers=BROWSER | {"Accept-Language": "sv-FI,sv;q=0.9,en;q=0.5"})
    assert missing.status_code == 404
    check_page(missing, "sv")
    assert (await call.api.post("/unsubscribe/guess", content=PAIR, headers=URLENCODED)).json()["code"] == (
        "link-not-found"
    )
    refused = await call.api.get("/unsubscribe/guess", headers=BROWSER)
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
