"""A consent is given again only by double opt-in, and asking for it tells nobody who is in the register."""

from email.message import EmailMessage
from typing import Any

import pytest

from tests.consents.calls import erase, given, register, states, suppressed
from tests.pages.reading import BROWSER, check_page
from tests.pages.test_unsubscribe import URLENCODED, link
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """What is asked again does not depend on the engine."""
    return request.getfixturevalue("sqlite_template")


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """The messages that would leave."""
    relay = {"smtp_url": "smtp://127.0.0.1:2525?tls=none", "smtp_from": "register@example.com"}
    settings = type(world.settings)(**{**world.settings.model_dump(), **relay})
    object.__setattr__(world.services, "settings", settings)
    messages: list[EmailMessage] = []

    async def keep(_relay: Any, message: EmailMessage) -> None:
        messages.append(message)

    monkeypatch.setattr("app.mail.send", keep)
    return messages


async def test_a_consent_returns_only_by_the_link_in_the_message(
    call: Caller, world: World, sent: list[EmailMessage]
) -> None:
    """The button gives nothing; the link that goes to the address held does, when it is confirmed; one at a time."""
    who = await register(call, language="sv")
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    path = await link(call, who)
    await call.api.post(path, content="List-Unsubscribe=One-Click", headers=URLENCODED)
    world.later(hours=1)
    page = check_page(await call.api.get(path, headers=BROWSER), "sv")
    assert {"newsletter.email", "marketing.email", "booking_data"} <= set(page.values("give"))
    assert "telling_about_services.email" not in page.values("give")

    for _ in range(2):
        answer = await call.api.post(path, content="give=newsletter.email", headers=URLENCODED | BROWSER)
        check_page(answer, "sv")
    (message,) = sent
    assert await states(call, who) == {("newsletter", "email"): "withdrawn"}
    assert (message["To"], message["From"]) == ("aino@example.fi", "Lumicos Oy <register@example.com>")
    text = message.get_content()
    assert "Bekräfta" in text
    confirm = "/consents/" + text.split("/consents/")[1].split()[0]
    world.later(minutes=5)
    assert (await call.api.post(confirm)).status_code == 200
    assert await states(call, who) == {("newsletter", "email"): "given"}
    assert await suppressed(call, who) == set()


async def test_asking_for_somebody_who_is_gone_answers_alike(
    call: Caller, world: World, sent: list[EmailMessage]
) -> None:
    """The same page, no message; without a relay there is no such button."""
    gone, living = await register(call), await register(call, "eino")
    paths = await link(call, gone), await link(call, living)
    await erase(call, world, gone)
    pages = [await call.api.post(path, content="give=newsletter.email", headers=URLENCODED | BROWSER) for path in paths]
    assert pages[0].text == pages[1].text
    assert [message["To"] for message in sent] == ["eino@example.fi"]

    object.__setattr__(world.services, "settings", world.settings)
    page = check_page(await call.api.get(paths[1], headers=BROWSER), "fi")
    assert page.values("give") == []
    assert (await call.api.post(paths[1], content="give=newsletter.email", headers=URLENCODED)).status_code == 400
