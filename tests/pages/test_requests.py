"""From a form to a case and its private page: every right, on the way of every other request."""

from typing import Any

import pytest

from app.auth.failures import Failures
from tests.consents.calls import given, register, suppressed
from tests.pages.calls import WHO, followed, send, stored
from tests.pages.reading import BROWSER, Page, check_page
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def patient(world: World) -> None:
    """The limit has a test of its own."""
    world.app.state.request_forms = Failures(1_000)


@pytest.mark.parametrize(
    ("right", "fields", "holds"),
    [
        ("access", {"details": "Kaikki.\nKiitos."}, {"details": "Kaikki.\nKiitos."}),
        ("erasure", {"ground": "17(1)(b)", "reference": "#1001"}, {"ground": "17(1)(b)"}),
        ("restriction", {"restriction_ground": "18(1)(c)"}, {"restriction_ground": "18(1)(c)"}),
        ("portability", {}, {}),
        ("objection", {"purposes": ["telling_about_services", "astrology"]}, {"purposes": ["telling_about_services"]}),
        ("rectification", {"new_email": "aino.e@example.fi", "kind": "incomplete"}, {}),
        ("marketing_ban", {"channels": ["email"]}, {"channels": ["email"], "state": "executing"}),
        ("consent_withdrawal", {"purposes": ["newsletter"]}, {"purposes": ["newsletter"], "state": "executing"}),
    ],
)
async def test_a_form_becomes_a_case(call: Caller, world: World, right: str, fields: Any, holds: Any) -> None:
    """By the intake that every request takes: number, clock, acknowledgement; linked to nobody; a private page."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    form = check_page(await call.api.get(f"/requests/{right}?lang=en", headers=BROWSER), "en")
    (nonce,) = form.values("form")
    sent = await send(call, right, {"form": nonce, **WHO, **fields}, **{"Accept-Language": "en"})
    again = await send(call, right, {"form": nonce, **WHO, **fields}, **{"Accept-Language": "en"})
    path, opened = await followed(call, sent)
    page = check_page(opened, "en")

    (row,) = await stored(world)
    assert again.headers["location"] == sent.headers["location"]
    assert (row.channel, row.customer_id, row.right) == ("form", None, right)
    read = await call("dpo", "GET", f"/v1/subject-requests/{row.case_number}", expect=200)
    assert {name: read[name] for name in holds} == holds
    assert row.case_number in page.text
    assert "Thank you" in page.text
    assert not [word for word in ("Aino", "example.fi", "Kaikki") if word in opened.text]
    assert path.removeprefix("/cases/") not in str(row)
    (letter,) = await world.rows("SELECT kind FROM letters WHERE kind = 'acknowledgement'")
    assert letter
    stopped = right in {"marketing_ban", "consent_withdrawal"}
    assert (("newsletter", "email") in await suppressed(call, who)) == stopped


async def test_the_private_page_follows_the_case(call: Caller, world: World) -> None:
    """States in plain words; a released reply is fetched by its own link, which this page does not know."""
    await register(call)
    path, first = await followed(call, await send(call, "access", WHO, **{"Accept-Language": "en"}))
    (row,) = await stored(world)
    case = f"/v1/subject-requests/{row.case_number}"
    assert "We have not begun yet" in first.text

    async def page() -> Page:
        return check_page(await call.api.get(f"{path}?lang=en", headers=BROWSER), "en")

    etag = {"If_Match": "*"}
    await call("dpo", "PATCH", case, {"customer": {"system": "booking", "id": "aino"}}, expect=200, **etag)
    asked = {"step": "asked", "reason": "Several are called that.", "asked_for": "The order number."}
    await call("dpo", "POST", f"{case}/identity-checks", asked, expect=200)
    assert "waiting for your answer" in (await page()).text
    known = {"step": "sufficient", "level": "substantial", "how": "Order number."}
    await call("dpo", "POST", f"{case}/identity-checks", known, expect=200)
    assert "Under review" in (await page()).text
    released = await call("dpo", "POST", f"{case}/data/release", expect=201)
    assert "The reply is ready" in (await page()).text
    token = str(released["link"]).rsplit("/", 1)[1]
    assert token not in (await call.api.get(path, headers=BROWSER)).text
    assert (await call.api.post(f"/data/{token}")).status_code == 200
    assert "has been fetched" in (await page()).text
    assert "Thank you" not in (await page()).text
    missing = await call.api.get(path + "x", headers=BROWSER)
    assert missing.status_code == 404
    check_page(missing, "fi")
