"""The breach register in the console: the clock of 72 hours, and each act as the API does it (Art. 33, 34)."""

import httpx
import pytest

from tests.breaches.calls import CONTENT
from tests.console.browsing import Browser, check
from tests.pages.reading import BROWSER
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

REPORTED = {
    "what_happened": "Letters were put into each other's envelopes.",
    "natures": "confidentiality",
    "discovered_how": "A recipient rang.",
    "aware_at": "2026-11-20T15:30",
    "person_categories": "customers\nsubscribers",
    "data_categories": "contact_details",
    "people_about": "2",
}
RISK = {
    "likelihood": "likely",
    "severity": "significant",
    "factors": "two people",
    "outcome": "high_risk",
    "reasons": "Strangers may have read the letters.",
}


async def test_a_breach_from_report_to_close(browser: Browser, desk: Desk, call: Caller, world: World) -> None:
    """Reported once, added to, assessed, told to the authority and to people, closed, and opened again."""
    people = [await desk.person(number) for number in (1, 2)]
    page = await browser.open("/console/breaches/new")
    sent = REPORTED | {"once": str(page.values("once")[0])}
    path = (await browser.send("/console/breaches", sent)).headers["location"].partition("?")[0]
    assert (await browser.send("/console/breaches", sent)).headers["location"].startswith(path)
    number = path.rsplit("/", 1)[1]
    assert "5 hours left" in (await browser.open("/console/breaches")).text
    assert number in (await browser.open("/console")).text
    page = await browser.open(path)
    assert "the assessment of the risk" in page.text

    changed = REPORTED | {"people_about": "3", "version": str(page.values("version")[0]), "processor": "mailchimp"}
    await browser.send(f"{path}/changes", changed)
    check(await browser.send(f"{path}/changes", changed, status=412), 412)
    read = await call("dpo", "GET", f"/v1/breaches/{number}", expect=200)
    assert read["timeline"][-1]["details"]["members"] == ["people_about", "processor_id"]

    low = RISK | {"outcome": "risk"}
    assert "is at least" in check(await browser.send(f"{path}/assessments", low, status=422), 422).text
    claimed = {"exception": "34(3)(c)", "exception_reasons": "Nobody knows who they were."}
    check(await browser.send(f"{path}/assessments", RISK | claimed, status=422), 422)
    await browser.send(f"{path}/assessments", RISK)
    first = {"sent_at": "2026-11-23T10:30", "language": "fi", "reference": "1234/171/26", **CONTENT}
    check(await browser.send(f"{path}/notifications", first | {"measures": ""}, status=422), 422)
    await browser.send(f"{path}/notifications", first)
    await browser.send(f"{path}/communications", {"language": "fi", "advice": "Watch your post.", **CONTENT})
    page = await browser.open(path)
    assert "notified in time" in page.text
    for audience in ("authority", "persons"):
        shown = await browser.api.get(f"{path}/notices/{audience}?language=fi", headers=BROWSER)
        assert CONTENT["measures"] in shown.text

    check(await browser.send(f"{path}/people", {"people": "a b c"}, status=422), 422)
    await browser.send(f"{path}/people", {"people": f"webshop c-1\n{people[1]}"})
    page = await browser.open(f"{path}/people")
    keys = [str(key) for key in page.values("subject_keys")]
    check(await browser.send(f"{path}/people/outcomes", {"subject_keys": "x", "outcome": "told"}, status=422), 422)
    letters = check(await browser.send(f"{path}/people/letters", {"subject_keys": keys[0]}, status=200))
    (letter,) = [
        str(link["href"]).rsplit("/", 1)[1] for link in letters.named("a") if "/letters/K-" in str(link["href"])
    ]
    assert (await browser.api.get(f"/console/letters/{letter}", headers=BROWSER)).status_code == 200
    left = {"letters": letter, "at": "2026-11-23T11:00", "channel": "post"}
    await browser.send(f"{path}/people/letters/deliveries", left)
    rang = {"subject_keys": keys[1], "outcome": "told", "at": "2026-11-23T10:45", "channel": "phone", "language": "fi"}
    await browser.send(f"{path}/people/outcomes", rang)
    assert "listed 2, told 2" in (await browser.open(path)).text
    await browser.send(f"{path}/closing", {"lessons": "Envelopes have windows."})
    assert number in (await browser.open("/console/breaches?state=closed")).text
    await browser.open(path)
    await browser.send(f"{path}/reopening", {"reason": "Another letter came back."})
    assert "open" in (await browser.open(path)).text


async def test_whoever_notices_a_breach_may_report_it_and_no_more(api: httpx.AsyncClient, call: Caller) -> None:
    """Customer service has a form and no register; the accountant, who reads no requests, the same."""
    browser = Browser(api)
    for role in ("admin", "accountant"):
        await browser.sign_in(role)
        assert "/console/breaches/new" in [link.get("href") for link in (await browser.open("/console")).named("a")]
        await browser.open("/console/breaches/new")
        check(await browser.send("/console/breaches", REPORTED | {"natures": ""}, status=422), 422)
        sent_to = (await browser.send("/console/breaches", REPORTED)).headers["location"]
        assert "The data breach is reported." in (await browser.open(sent_to)).text
        for path in ("", "/B-2026-0001", "/B-2026-0001/people"):
            check(await api.get(f"/console/breaches{path}", headers=BROWSER), 403)
    assert len((await call("dpo", "GET", "/v1/breaches", expect=200))["items"]) == 2
