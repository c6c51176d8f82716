"""Klarna: addresses of open orders are rectified, and everything else is a notice that Klarna answers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.instruction import Change
from app.connectors.klarna import Klarna, KlarnaConfig, corrected_address
from app.connectors.outcome import Failed, Later, Sent, Verified
from app.policy.notifications import Act
from tests.connectors.told import PERSON, PERSONAL, on_loopback, relay_at, told
from tests.mail.relay import serving as mail_server
from tests.vendors import klarna
from tests.vendors.klarna import OLD, OPEN, PASSWORD, PRESENT, SENT, USERNAME, create_app
from tests.vendors.schemas import problems
from tests.vendors.serving import Troubles, serving

WAS = {"street": "Hämeenkatu 1", "postal_code": "33100", "city": "Tampere", "country": "FI"}
NOW = {"street": "Aleksanterinkatu 2", "postal_code": "00100", "city": "Helsinki", "country": "FI"}
MOVED = (Change("address", WAS, NOW),)
NEW = {key: value for key, value in OLD.items() if key != "street_address2"} | {
    "street_address": "Aleksanterinkatu 2",
    "postal_code": "00100",
    "city": "Helsinki",
}


@pytest.fixture
def fake() -> klarna.Klarna:
    return klarna.Klarna()


@pytest.fixture
def troubles() -> Troubles:
    return Troubles()


@pytest.fixture
def url(fake: klarna.Klarna, troubles: Troubles) -> Iterator[str]:
    with serving(create_app(fake, troubles)) as address:
        yield address


@asynccontextmanager
async def reaching(url: str, password: str = PASSWORD, relay: Any = None, **given: Any) -> AsyncIterator[Klarna]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KLARNA_PASSWORD", password)
        wanted = {"kind": "klarna", "username": USERNAME, "password": {"env": "KLARNA_PASSWORD"}, "base_url": url}
        config = KlarnaConfig.model_validate({**wanted, "per_second": 100, **given})
    async with on_loopback(relay=relay, mail_from="seloste@example.com") as outside:
        yield config.connect("klarna", outside)


def moved(*orders: str, **given: Any) -> Any:
    return told(Act.RECTIFICATION, recipient="klarna", orders=orders, **{"changes": MOVED, **given})


@pytest.mark.anyio
async def test_an_open_order_goes_to_the_new_address(url: str, fake: klarna.Klarna, troubles: Troubles) -> None:
    """Looked at afterwards; the same key at every attempt, so an attempt whose answer was lost does no harm."""
    async with reaching(url) as connector:
        assert await connector.find(replace(PERSON, references={"klarna": f"{OPEN} unknown"})) == (OPEN,)
        troubles.lost = 1
        assert await connector.apply(moved(OPEN)) == Later("http_500")
        for _ in range(2):
            assert await connector.apply(moved(OPEN)) == Verified(memory={"orders_corrected": 1, "orders_left": 0})
        assert fake.orders[OPEN]["shipping_address"] == NEW
        assert len(fake.patched) == 1
        fake.orders[OPEN]["shipping_address"] = dict(OLD)
        again = await connector.apply(moved(OPEN))
    assert again == Sent(task="tell_klarna", memory={"orders_corrected": 0, "orders_left": 1})
    assert (len(fake.patched), len(fake.keys)) == (2, 1)
    assert fake.orders[OPEN]["billing_address"] == OLD
    assert problems("klarna", "CustomerDetails", fake.patched[0][1]) == []


@pytest.mark.anyio
async def test_what_an_order_does_not_allow_is_a_notice(url: str, fake: klarna.Klarna) -> None:
    """One that was sent (403), one to somebody else, none at all, a name, a value taken away."""
    async with reaching(url) as connector:

        async def left(instruction: Any) -> dict[str, Any]:
            outcome = await connector.apply(instruction)
            assert isinstance(outcome, Sent)
            assert outcome.task == "tell_klarna"
            return dict(outcome.memory)

        assert await left(moved(OPEN, SENT, PRESENT)) == {"orders_corrected": 1, "orders_left": 2}
        assert await left(moved("1001", "../../orders")) == {"orders_corrected": 0, "orders_left": 0}
        name = (Change("name", "Maija Meikäläinen", "Maija Virtanen"),)
        assert await left(moved(OPEN, changes=name)) == {"orders_corrected": 0, "orders_left": 1}
        assert await left(moved(OPEN, changes=(Change("phone", OLD["phone"], None),)))
    assert fake.orders[PRESENT]["shipping_address"]["street_address"] == "Torikatu 9"
    assert [key for key, _ in fake.patched] == [OPEN, SENT]


def test_only_what_an_order_bears_is_corrected() -> None:
    """By its values, however they are capitalised and spaced; what is corrected already stays as it is."""
    email = Change("email", "MAIJA@example.fi", "m@example.fi")
    assert corrected_address(OLD, (email,)) == {**OLD, "email": "m@example.fi"}
    assert corrected_address({**OLD, "email": "m@example.fi"}, (email,)) == {**OLD, "email": "m@example.fi"}
    assert corrected_address({**OLD, "email": "other@example.fi"}, (email,)) is None
    assert corrected_address(NEW, MOVED) == NEW
    assert corrected_address(OLD, (*MOVED, email)) == {**NEW, "email": "m@example.fi"}
    assert corrected_address({}, MOVED) is None
    assert corrected_address(OLD, ()) is None


@pytest.mark.anyio
async def test_an_erasure_stops_recurring_payments_and_gives_notice(url: str, fake: klarna.Klarna) -> None:
    """Nothing at Klarna can be erased by us; a token that is gone is stopped; else there is only the notice."""
    given = told(recipient="klarna", subject=replace(PERSON, references={"klarna_token": "tok-1"}))
    async with reaching(url, token_system="klarna_token") as connector:
        assert await connector.apply(given) == Sent(task="tell_klarna", memory={"tokens_cancelled": 1})
        fake.tokens.clear()
        assert await connector.apply(given) == Sent(task="tell_klarna", memory={"tokens_cancelled": 0})
        assert await connector.apply(told()) == Sent(task="tell_klarna")
    async with reaching(url) as connector:
        assert await connector.apply(given) == Sent(task="tell_klarna")
    assert [problems("klarna", "TokenStatus", body) for _, body in fake.patched] == [[]]


@pytest.mark.anyio
async def test_the_notice_goes_to_a_controller_of_its_own(url: str) -> None:
    """It is told, not instructed, by a mail that names nobody, and it stays open until it answers."""
    with mail_server() as server:
        notice = {"to": "privacy@klarna.example.com", "language": "en"}
        async with reaching(url, relay=relay_at(server.port), notice=notice) as connector:
            outcome = await connector.apply(told(role="controller"))
            assert outcome == Sent(reference=f"<{told().id}@example.com>", task="await_answer")
            server.rejects = {notice["to"]}
            assert await connector.apply(told()) == Failed("mail_refused")
    text = server.messages[0].get_content()
    assert "because you are the controller" in text
    assert not [value for value in PERSONAL if value in text]


@pytest.mark.anyio
async def test_what_it_answers(url: str, fake: klarna.Klarna, troubles: Troubles) -> None:
    """Refused credentials are a human's; throttling and half an answer pass."""
    async with reaching(url, "wrong") as connector:
        assert await connector.apply(moved(OPEN)) == Failed("http_401")
    async with reaching(url) as connector:
        troubles.bare_429, troubles.retry_after = 1, 9
        assert await connector.apply(moved(OPEN)) == Later("http_429", timedelta(seconds=9))
        troubles.half = 1
        assert await connector.apply(moved(OPEN)) == Later("unreachable")
    assert fake.patched == []
