"""Access replies through the console: what a reply holds, what is left out, its link; and fees (Arts. 15, 12(5))."""

import re
from typing import Any

import httpx
import pytest

from app.access import making
from tests.access.people import files_in, identified
from tests.console.browsing import DECIDED, Browser, check
from tests.pages.reading import BROWSER
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFs take time, and tests/access makes them."""
    monkeypatch.setattr(making, "document_of", lambda *_: b"%PDF-")


def facts(prefix: str, **members: str) -> dict[str, str]:
    """One described fact in a form's first row."""
    told = {"kind": "conduct", "on": "2026-11-20", "what": "He asked for money.", "cases": "", **members}
    return {f"{prefix}-0-{name}": value for name, value in told.items()}


async def test_a_reply_is_looked_at_and_released(
    api: httpx.AsyncClient, browser: Browser, desk: Desk, call: Caller, world: World
) -> None:
    """Not before the person is known; then as page, PDF and ZIP; a link that is shown once and fetches once."""
    person = await desk.person()
    await desk.buys(person, "2026-05-10")
    doubted = (await desk.asks("access", person))["case_number"]
    check(await api.get(f"/console/requests/{doubted}/reply/page", headers=BROWSER), 409)
    asked = {"kind": "clarification", "step": "asked", "asked_for": "Which years?", "reason": "Ten years of orders."}
    await browser.send(f"/console/requests/{doubted}/identity-check", asked)
    assert "clarification asked" in (await browser.open(f"/console/requests/{doubted}")).text
    case = await identified(call, desk, person)
    path = f"/console/requests/{case}/reply"
    assert path in [link.get("href") for link in (await browser.open(f"/console/requests/{case}")).named("a")]
    await browser.open(path)
    shown = await api.get(f"{path}/page", headers=BROWSER)
    assert "aino1@example.fi" in shown.text
    assert "unsafe" not in shown.headers["content-security-policy"]
    assert (await api.get(f"{path}/document", headers=BROWSER)).content == b"%PDF-"
    assert "data.json" in files_in((await api.get(f"{path}/archive", headers=BROWSER)).content)

    records = await browser.open(f"{path}/records")
    assert f"person:{person}" in [option.get("value") for option in records.named("option")]
    assert "aino1@example.fi" in records.text
    mark = {"record": "contact_details", "field": "phone", "reason": "It is her sister's."}
    refused = await browser.send(f"{path}/redactions", mark, status=422)
    assert "no such record" in check(refused, 422).text
    await browser.send(f"{path}/redactions", mark | {"record": f"person:{person}"})
    assert "It is her sister's." in (await browser.open(f"{path}/records")).text
    page = await browser.open(f"{path}?done=withheld")
    assert "It is her sister's." in page.text
    (undo,) = [str(form["action"]) for form in page.named("form") if str(form.get("action")).endswith("/undo")]
    await browser.send(undo)

    again = {"once": str((await browser.open(path)).values("once")[0])}
    released = check(await browser.send(f"{path}/release", again, status=200))
    (link,) = re.findall(r"http://\S+/data/[\w-]+", released.text)
    assert "not shown twice" in check(await browser.send(f"{path}/release", again, status=200)).text
    assert "the link works" in (await browser.open(path)).text
    fetched = await api.post(link, headers=BROWSER)
    assert "portable/data.json" in files_in(fetched.content)
    assert "fetched" in (await browser.open(path)).text
    await browser.send(f"{path}/release", {"once": "another"}, status=200)
    await browser.send(f"{path}/release/withdrawal")
    assert "ended by hand" in (await browser.open(path)).text
    assert link.rpartition("/")[2] not in str(await world.rows("SELECT * FROM audit_events"))

    await browser.sign_in("admin")
    assert path not in [link.get("href") for link in (await browser.open(f"/console/requests/{case}")).named("a")]
    for form in ("", "/records", "/page", "/document", "/archive"):
        check(await api.get(f"{path}{form}", headers=BROWSER), 403)
    check(await browser.send(f"{path}/release", status=403), 403)


async def test_a_fee_and_a_refusal_show_their_evidence(browser: Browser, desk: Desk) -> None:
    """A count alone is none; the fee is asked for, told of by letter, waived; another request is refused for abuse."""
    person = await desk.person()
    case = (await desk.asks("access", person))["case_number"]
    path = f"/console/requests/{case}"
    fee: dict[str, Any] = {"finding": "excessive", "amount": "12.50", "currency": "EUR", "costs": "Two hours."}
    fee |= {"intention": "He says that he wants a settlement."}
    await browser.open(path)
    counted = fee | facts("fact", kind="time_gap")
    assert "proves no abusive intention" in check(await browser.send(f"{path}/fee", counted, status=422), 422).text
    await browser.send(f"{path}/fee", fee | facts("fact"))
    page = await browser.open(path)
    assert "12.50 EUR" in page.text
    letter = {name: str(page.values(name)[0]) for name in ("kind", "charge", "ground", "amount", "currency")}
    assert letter["kind"] == "fee_or_excessive"
    told = {"reasons": "Third request in a week.\nEach after a demand.", "evidence": "His letter of 20 November."}
    await browser.send(f"{path}/letters", letter | told)
    assert "fee or excessive request" in (await browser.open(path)).text
    check(await browser.send(f"{path}/fee/outcome", {"outcome": "waived"}, status=422), 422)
    await browser.send(f"{path}/fee/outcome", {"outcome": "waived", "reason": "He withdrew the demand."})
    assert "He withdrew the demand." in (await browser.open(path)).text

    refusal = DECIDED | {"outcome": "refused", "refusal_ground": "excessive"}
    check(await browser.send(f"{path}/decision", refusal, status=422), 422)
    await browser.send(f"{path}/decision", refusal | facts("abuse") | {"intention": "To be paid off."})
    (asked, refused) = (await desk.reads(case))["abuse"]
    assert (asked["measure"], refused["measure"], refused["intention"]) == ("fee", "refusal", "To be paid off.")
    assert "To be paid off." in (await browser.open(path)).text
