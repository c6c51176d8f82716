"""The private page of a case, from the form to the reply."""

import pytest

from tests.consents.calls import register
from tests.pages.calls import WHO, followed, send, stored
from tests.pages.reading import BROWSER, Page, check_page
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


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
