"""A recipient answers on the page behind its link: once, without an account, and nobody else learns anything."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.connectors.outcome import Sent
from tests.delivery.conftest import Deliver
from tests.delivery.recorded import Recorded
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

PAGES = {"Accept": "text/html"}
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("in_the_eea")]
Outbox = Callable[..., Awaitable[list[dict[str, Any]]]]


async def test_the_page_shows_once_and_takes_one_answer(
    desk: Desk, world: World, deliver: Deliver, outbox: Outbox, api: httpx.AsyncClient
) -> None:
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await world.run_due()
    vendor = Recorded(lambda _: Sent(task="await_answer"))
    await deliver(tehden=vendor)
    link = vendor.applied[0].acknowledge_url.removeprefix(world.settings.base_url)

    for _ in range(2):  # mail scanners open links, too
        opened = await api.get(link)
        assert opened.status_code == 200
        assert "aino1@example.fi" not in opened.text
    shown = await api.post(link, data={"do": "show"})
    again = await api.post(link, data={"do": "show"})
    assert "aino1@example.fi" in shown.text
    assert "aino1@example.fi" not in again.text
    empty = await api.post(link, data={"do": "answer", "answer": "refused", "answered_by": "Terttu Testi"})
    assert empty.status_code == 422
    assert [row["state"] for row in await outbox("tehden")] == ["sent"]
    sent = {"do": "answer", "answer": "refused", "answered_by": "Terttu Testi", "ground": "KPL 2:10"}
    done = await api.post(link, data={**sent, "until": "2036-12-31"})
    assert done.status_code == 200
    late = await api.post(link, data={"do": "answer", "answer": "done", "answered_by": "Somebody Else"})
    assert late.status_code == 200
    (row,) = await outbox("tehden")
    assert (row["state"], row["ground"], row["until"]) == ("refused", "KPL 2:10", "2036-12-31")
    assert "Terttu Testi" in row["evidence"]
    assert "aino1@example.fi" not in (await api.get(link)).text


async def test_a_link_that_nobody_made_says_nothing(api: httpx.AsyncClient) -> None:
    answer = await api.get("/answers/" + "A" * 43, headers=PAGES)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    program = await api.get("/answers/" + "A" * 43)
    assert (program.status_code, program.json()["code"]) == (404, "answer-link-unknown")


async def test_nobody_is_shown_where_nothing_carries_the_data(
    desk: Desk, call: Caller, deliver: Deliver, world: World, api: httpx.AsyncClient
) -> None:
    """A thin message may leave whatever the transfer rests on; the page behind it asks Chapter V again (Art. 44)."""
    await desk.asks("marketing_ban", await desk.person())
    vendor = Recorded(lambda _: Sent(task="await_answer"))
    await deliver(mailchimp=vendor)
    link = vendor.applied[0].acknowledge_url.removeprefix(world.settings.base_url)
    await call("dpo", "PATCH", "/v1/processors/mailchimp", {"country": "US"}, expect=200, If_Match="*")
    stopped = await api.post(link, data={"do": "show"}, headers=PAGES)
    assert stopped.status_code == 422
    assert "aino1@example.fi" not in stopped.text
    await call("dpo", "PATCH", "/v1/processors/mailchimp", {"country": "FI"}, expect=200, If_Match="*")
    shown = await api.post(link, data={"do": "show"})
    assert "aino1@example.fi" in shown.text
