"""A whole erasure through the console: the same functions, refusals and audit rows as through the API."""

from typing import Any

import httpx
import pytest

from app.console import router_requests
from tests.consents.calls import given
from tests.console.browsing import DECIDED, Browser, check
from tests.processors.calls import SCC, transfer
from tests.subject_requests.people import DECISION, Desk
from tests.subject_requests.test_people_four_eyes import four_eyes
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def acts(world: World, of: str) -> list[tuple[Any, ...]]:
    """What people changed about requests, notifications and letters: the trail without reads, ids and instants."""
    rows = await world.rows(
        "SELECT action, entity, outcome, role, purpose FROM audit_events WHERE role = :of ORDER BY id", of=of
    )
    looking = {"read", "list", "assess", "read_letters", "print", "sign_in"}
    return [tuple(row) for row in rows if row.action not in looking]


async def test_an_erasure_decided_in_the_console_leaves_the_trail_of_the_api(
    api: httpx.AsyncClient, desk: Desk, world: World, call: Caller
) -> None:
    """Verdicts, decision, execution, recipients' answers, the letter: completed, with the same rows of the trail."""
    cases = []
    for number in (1, 2):
        person = await desk.person(number)
        await desk.buys(person, "2025-05-10", f"V-{number}")
        cases.append((await desk.asks("erasure", person))["case_number"])
    by_api, by_console = cases

    await desk.decides(by_api)
    world.later(minutes=1)
    await world.run_due()
    request = await desk.reads(by_api)
    told = [one["notification_id"] for one in request["envelopes"] if one["notification_id"]]
    for one in told:
        await call("dpo", "POST", f"/v1/notifications/{one}/answer", {"outcome": "acknowledged"}, expect=200)
    letters = (await call("dpo", "GET", f"/v1/subject-requests/{by_api}/letters", expect=200))["items"]
    for letter in letters:
        sent = {"sent_on": "2026-11-23", "means": "email"}
        await call("dpo", "POST", f"/v1/letters/{letter['number']}/delivery", sent, expect=200)
    assert (await desk.reads(by_api))["state"] == "completed"
    expected = await acts(world, "dpo")
    before = len(expected)

    browser = Browser(api)
    await browser.sign_in("dpo")
    path = f"/console/requests/{by_console}"
    page = await browser.open(path)
    assert "1336/1997" in page.text
    assert "retain" in page.text
    refused = await browser.send(f"{path}/decision", DECIDED | {"how": ""}, status=422)
    assert "How it is known, or how it was told: required" in check(refused, 422).text
    assert DECISION["reasoning"] in refused.text  # what was written is not lost
    forged = await browser.send(f"{path}/decision", DECIDED | {"form_mark": "0" * 64}, status=403)
    check(forged, 403)
    assert (await desk.reads(by_console))["decision"] is None
    sent_to = (await browser.send(f"{path}/decision", DECIDED)).headers["location"]
    assert "The decision is recorded" in (await browser.open(sent_to)).text
    world.later(minutes=1)
    await world.run_due()
    request = await desk.reads(by_console)
    assert request["state"] == "executing"
    page = await browser.open("/console/notifications")
    for one in [one["notification_id"] for one in request["envelopes"] if one["notification_id"]]:
        await browser.open(f"/console/notifications/{one}")
        await browser.send(f"/console/notifications/{one}/answer", {"outcome": "refused"}, status=422)
        await browser.send(f"/console/notifications/{one}/answer", {"outcome": "acknowledged"})
        await browser.open(f"/console/notifications/{one}")
    letters = (await call("dpo", "GET", f"/v1/subject-requests/{by_console}/letters", expect=200))["items"]
    for letter in letters:
        shown = await api.get(f"/console/letters/{letter['number']}")
        assert shown.status_code == 200
        await browser.send(f"/console/letters/{letter['number']}/delivery", {"sent_on": "2026-11-23", "means": "email"})
    assert "completed" in (await browser.open(path)).text
    assert (await desk.reads(by_console))["state"] == "completed"

    assert expected
    assert (await acts(world, "dpo"))[before:] == expected


async def test_each_role_sees_and_does_what_its_scopes_allow(api: httpx.AsyncClient, desk: Desk, world: World) -> None:
    """Customer service reads and asks, and decides nothing; the accountant sees no request; guessing does nothing."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    browser = Browser(api)
    await browser.sign_in("admin")
    page = await browser.open(f"/console/requests/{case}")
    actions = [str(form.get("action")) for form in page.named("form")]
    assert f"/console/requests/{case}/identity-check" in actions
    assert not [action for action in actions if action.endswith(("/decision", "/extension", "/letters", "/delivery"))]
    assert "/console/audit" not in [link.get("href") for link in page.named("a")]
    for path in ("decision", "decision/cancel", "extension", "letters", "fee", "fee/outcome", "reply/redactions"):
        check(await browser.send(f"/console/requests/{case}/{path}", DECIDED, status=403), 403)
    for path in ("assessments", "notifications", "communications", "changes", "closing", "reopening", "people"):
        check(await browser.send(f"/console/breaches/B-2026-0001/{path}", DECIDED, status=403), 403)
    check(await api.get("/console/audit"), 403)
    asked = {"step": "asked", "reason": "Two are called that.", "asked_for": "The order number."}
    await browser.send(f"/console/requests/{case}/identity-check", asked)
    assert "waiting for identity" in (await browser.open(f"/console/requests/{case}")).text
    await browser.send(f"/console/requests/{case}/withdrawal", {"kind": "taken_back"})
    assert (await desk.reads(case))["state"] == "withdrawn"

    await browser.sign_in("accountant")
    page = await browser.open("/console")
    assert "no right to requests" in page.text
    page = await browser.open(f"/console/people/{person}")  # whom the accountant may read, and no more
    assert [form.get("action") for form in page.named("form")] == ["/console/language", "/console/sign-out"]
    check(await browser.send(f"/console/people/{person}/death", DECIDED, status=403), 403)
    for path in (
        "/requests",
        "/requests/new",
        f"/requests/{case}",
        "/notifications",
        "/breaches",
        "/flows",
        "/findings",
        "/audit",
    ):
        check(await api.get(f"/console{path}"), 403)


async def test_every_page_in_every_language(
    api: httpx.AsyncClient, desk: Desk, world: World, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Today with its calendar, lists, one request, flows, findings, consents, trail: labelled and whole."""
    person = await desk.person()
    case = (await desk.asks("access", person))["case_number"]
    await desk.asks("erasure", person, received_at="2026-10-01T10:00:00Z")
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**SCC), expect=201)
    consent = given({"system": "webshop", "id": "c-1"})
    await call("webshop", "POST", "/v1/consents", consent, expect=201)
    browser = Browser(api)
    await browser.sign_in("owner")
    pages = ("", "/requests?state=received&overdue=1", f"/requests/{case}", "/notifications?state=queued&overdue=1")
    texts: list[str] = []
    for language, said in (("fi", "Myöhässä"), ("sv", "Försenade"), ("en", "Overdue requests")):
        await browser.send("/console/language", {"language": language})
        texts = [(await browser.open(f"/console{path}")).text for path in pages]
        texts += [(await browser.open(f"/console/{one}")).text for one in ("flows", "findings", "consents", "audit")]
        assert said in texts[0]
        assert case in texts[0]
    flows, consents = texts[4], texts[6]
    assert "Art. 46(2)(c): standard contractual clauses" in flows
    assert "country not confirmed" in flows
    assert "Newsletter10" in consents
    monkeypatch.setattr(router_requests, "PER_PAGE", 1)
    first = await browser.open("/console/requests?person=Mari+Helenius")
    (onward,) = [str(link["href"]) for link in first.named("a") if "cursor=" in str(link.get("href"))]
    assert case not in first.text
    assert case in (await browser.open(onward)).text
    extended = {"reason": "Many orders.", "notice_sent_on": "2026-11-23"}
    await browser.send(f"/console/requests/{case}/extension", extended)
    assert "Many orders" not in (await browser.open("/console/audit?action=extend")).text
    assert (await browser.open(f"/console/requests/{case}?done=extended")).text.count("The time is extended.") == 1
    check(await api.get("/console/audit?customer=nobody"), 422)
    check(await api.get("/console/requests/2026-99999"), 404)
    check(await api.get("/console/notifications/not-an-id"), 404)
    check(await api.get("/console/requests?cursor=x"), 400)


async def test_every_right_can_be_decided(api: httpx.AsyncClient, desk: Desk, world: World, call: Caller) -> None:
    """A stranger is linked by a human; values are found right one by one; a second person confirms what they saw."""
    await four_eyes(call, "both")
    person = await desk.person()
    claimed = {"name": "Aino Esimerkki1", "email": "aino1@example.fi"}
    proposed = {"values": {"name": "Aino Uusinimi"}, "reason": "Married in May."}
    rectified = (await desk.asks("rectification", claimed_identity=claimed, rectification=proposed))["case_number"]
    browser = Browser(api)
    await browser.sign_in("dpo")
    path = f"/console/requests/{rectified}"

    page = await browser.open(path)
    (version,) = set(page.values("version"))
    linked = {"customer": person, "version": version}
    check(await browser.send(f"{path}/person", linked | {"version": "99"}, status=412), 412)
    await browser.send(f"{path}/person", linked)
    page = await browser.open(path)
    assert page.values("finding-0-about") == ["name"]
    found = {"finding-0-about": "name", "finding-0-finding": "as_proposed", "finding-0-evidence": "A certificate."}
    await browser.send(f"{path}/decision", DECIDED | {"outcome": "granted"} | found)
    assert (await call("dpo", "GET", f"/v1/customers/{person}", expect=200))["name"] == "Aino Uusinimi"

    person = await desk.person(2)
    await desk.buys(person, "2025-05-10")
    erased = (await desk.asks("erasure", person))["case_number"]
    path = f"/console/requests/{erased}"
    page = await browser.open(path)
    holdings = {str(at["name"]): str(at["value"]) for at in page.named("input") if "-holding" in str(at.get("name"))}
    place = next(name for name, value in holdings.items() if value.startswith("purchase:")).removesuffix("holding")
    own = {"verdict": "retain", "reason": "A claim is open.", "law": "GDPR", "section": "Art. 17(3)(e)"}
    override = {place + name: value for name, value in {**own, "until": "2029-12-31"}.items()}
    many = {f"override-{number}-reason": "" for number in range(100, 250)}  # of somebody with as many records
    await browser.send(f"{path}/decision", DECIDED | holdings | override | many)
    page = await browser.open(path)
    assert "waiting for a second person" in page.text
    confirmed = {"outcome": "confirmed", "version": str(page.values("version")[0])}
    check(await browser.send(f"{path}/confirmation", confirmed, status=403), 403)
    await browser.sign_in("owner")
    await browser.send(f"{path}/confirmation", confirmed)
    request = await desk.reads(erased)
    assert request["state"] == "decided"
    assert {v["until"] for v in request["verdicts"] if v["kind"] == "purchase"} == {"2029-12-31"}
    await browser.open(path)
    await browser.send(f"{path}/decision/cancel")
    assert (await desk.reads(erased))["state"] == "in_review"
