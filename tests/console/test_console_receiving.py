"""Requests that come in by telephone, in person or by letter; the people they are about; a death."""

import pytest

from tests.console.browsing import Browser, check
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

NEW = "/console/requests/new"
CALLED = {"right": "erasure", "channel": "phone", "received_at": "2026-11-22T23:30", "details": "She rang."}


async def test_a_call_becomes_a_request_once(browser: Browser, desk: Desk, world: World) -> None:
    """By customer number it is linked at once; the instant is on the controller's clock; pressed twice it is one."""
    person = await desk.person()
    page = await browser.open(NEW)
    sent = CALLED | {"once": str(page.values("once")[0]), "system": "webshop", "id": "c-1", "ground": "17(1)(b)"}
    case = (await browser.send("/console/requests", sent)).headers["location"]
    assert (await browser.send("/console/requests", sent)).headers["location"] == case
    assert "The request is registered." in (await browser.open(case)).text
    (request,) = await world.rows("SELECT * FROM subject_requests")
    assert (request.right, request.channel, request.details, request.ground) == (
        *("erasure", "phone", "She rang."),
        "17(1)(b)",
    )
    read = await desk.reads(request.case_number)
    assert (read["customer_id"], read["received_at"]) == (person, "2026-11-22T21:30:00Z")

    refused = check(await browser.send("/console/requests", CALLED | {"right": "access"}, status=422), 422)
    assert "either a customer or a claimed identity" in refused.text
    assert "She rang." in refused.text
    check(await browser.send("/console/requests", sent | {"received_at": "yesterday", "once": "x"}, status=422), 422)


async def test_a_request_is_handed_over_with_its_ground_and_who_acts(browser: Browser, desk: Desk) -> None:
    """Only what the form changed is sent on; the substitute can be taken away; another's change comes first."""
    case = (await desk.asks("erasure", await desk.person(), ground="17(1)(a)"))["case_number"]
    path = f"/console/requests/{case}"
    page = await browser.open(path)
    was = {name: str(page.values(name)[0] or "") for name in ("version", "was_person_in_charge", "was_substitute")}
    sent = was | {"was_ground": "17(1)(a)", "ground": "17(1)(d)", "unlawfulness": "kept_too_long"}
    sent |= {"person_in_charge": "Somebody Else", "substitute": was["was_substitute"]}
    sent |= {"name": "Liisa Edustaja", "role": "lawyer", "evidence_seen": "A power of attorney."}
    await browser.send(f"{path}/changes", sent)
    read = await desk.reads(case)
    assert (read["ground"], read["ground_facts"]["unlawfulness"]) == ("17(1)(d)", "kept_too_long")
    assert (read["person_in_charge"], read["representative"]["role"]) == ("Somebody Else", "lawyer")
    members = ["ground", "ground_facts", "person_in_charge", "representative"]
    assert read["timeline"][-1]["details"]["members"] == members
    check(await browser.send(f"{path}/changes", sent, status=412), 412)
    assert "lawyer" in (await browser.open(path)).text


async def test_an_address_names_nobody_until_a_human_links_it(browser: Browser, desk: Desk, call: Caller) -> None:
    """The page shows who may be meant; a correction and an objection come with what they are about."""
    person = await desk.person()
    claimed = {"name": "Aino Esimerkki1", "email": "aino1@example.fi"}
    said = {"right": "rectification", "new_name": "Aino Uusinimi", "reason": "Married in May."}
    await browser.open(NEW)
    path = (await browser.send("/console/requests", CALLED | claimed | said)).headers["location"].partition("?")[0]
    page = await browser.open(path)
    assert f"/console/people/{person}" in [link.get("href") for link in page.named("a")]
    await browser.send(f"{path}/person", {"customer": person, "version": str(page.values("version")[0])})
    request = await desk.reads(path.rsplit("/", 1)[1])
    assert (request["customer_id"], request["channel"]) == (person, "phone")
    (contested,) = request["matter"]["rectification"]
    assert (contested["about"], contested["proposed"], contested["reason"]) == (
        "name",
        "Aino Uusinimi",
        "Married in May.",
    )

    banned = CALLED | {"right": "marketing_ban", "person": person, "channels": "email"}
    path = (await browser.send("/console/requests", banned)).headers["location"].partition("?")[0]
    assert (await desk.reads(path.rsplit("/", 1)[1]))["channels"] == ["email"]


async def test_a_death_ends_what_ends_with_the_person_and_a_mistake_undoes_it(
    browser: Browser, desk: Desk, world: World
) -> None:
    """Found by a form whose address tells nothing; recorded once; the open request ends, and is open again."""
    person = await desk.person()
    case = (await desk.asks("access", person))["case_number"]
    await browser.open("/console/people")
    assert "Nothing." in check(await browser.send("/console/people", {"name": "nobody"}, status=200)).text
    check(await browser.send("/console/people", {"name": "aino", "email": "aino1@example.fi"}, status=422), 422)
    found = check(await browser.send("/console/people", {"email": "aino1@example.fi"}, status=200))
    assert f"/console/people/{person}" in [link.get("href") for link in found.named("a")]

    path = f"/console/people/{person}"
    assert f"{NEW}?person={person}" in [link.get("href") for link in (await browser.open(path)).named("a")]
    told = {"reported_on": "2026-11-23", "reported_by_role": "relative", "evidence_seen": "A certificate."}
    await browser.send(f"{path}/death", told)
    page = await browser.open(path)
    assert "Reported dead on 23 November 2026" in page.text
    assert case in page.text
    assert "ended by the report of a death" in (await browser.open(f"/console/requests/{case}")).text
    check(await browser.send(f"{path}/death", told, status=409), 409)
    await browser.send(f"{path}/death/withdrawal", {"reason": "It was her aunt."})
    assert (await desk.reads(case))["state"] == "received"
    actions = [row.action for row in await world.rows("SELECT action FROM audit_events WHERE role = 'dpo' ORDER BY id")]
    assert {"search", "report_death", "withdraw_death"} <= set(actions)
