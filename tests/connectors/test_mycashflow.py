"""MyCashflow against a stateful shop on loopback: what its interface can do, what a human does, what goes wrong."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.configuration import Connectors
from app.connectors.instruction import Change, Subject
from app.connectors.mycashflow import MyCashflow
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.outcome import Failed, Later, Outcome, Sent, Verified
from app.connectors.outside import Unreachable
from app.policy.notifications import Act
from tests.connectors.telling import AINO, told, world_outside
from tests.vendors import mycashflow
from tests.vendors.serving import serving

pytestmark = pytest.mark.anyio
FIELDS = {
    "first": "first_name", "last": "last_name", "email": "email", "phone": "phone", "street": "street_address",
    "postal_code": "postal_code", "city": "city", "country": "country",
}  # fmt: skip
NEWSLETTER = {"field": "newsletter", "purposes": ["newsletter"], "channels": ["email"]}


@pytest.fixture
def shop() -> mycashflow.Shop:
    """A shop in which Aino and somebody else of her address have accounts."""
    made = mycashflow.Shop()
    made.add_customer(first_name="Aino", last_name="Esimerkki", email="Aino@example.fi")
    made.add_customer(first_name="Väinö", last_name="Esimerkki", email="aino@example.fi")
    return made


@pytest.fixture
def base_url(shop: mycashflow.Shop) -> Iterator[str]:
    """Where it answers."""
    with serving(shop.app) as address:
        yield f"{address}/api/v1"


@pytest.fixture
def configured(base_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The configuration of that shop with every field mapped."""
    monkeypatch.setenv("MCF_EMAIL", mycashflow.EMAIL)
    monkeypatch.setenv("MCF_KEY", mycashflow.KEY)
    return {
        "kind": "mycashflow", "base_url": base_url, "email": {"env": "MCF_EMAIL"}, "api_key": {"env": "MCF_KEY"},
        "per_second": 50, "customer_fields": FIELDS, "stops": [NEWSLETTER], "restriction": {"field": "locked"},
    }  # fmt: skip


def _config(configured: dict[str, Any]) -> MyCashflowConfig:
    found = Connectors.model_validate({"connectors": {"mycashflow": configured}}).connectors["mycashflow"]
    assert isinstance(found, MyCashflowConfig)
    return found


async def _apply(configured: dict[str, Any], *instructions: Any, verify: bool = False) -> list[Outcome]:
    async with world_outside() as outside:
        shop = MyCashflow(_config(configured), outside, pause=0.001)
        return [await (shop.verify(one) if verify else shop.apply(one)) for one in instructions]


async def test_contact_data_are_rectified_and_looked_at(shop: mycashflow.Shop, configured: dict[str, Any]) -> None:
    """The person is found by address and name, not who merely shares the address; what has no field is a task."""
    address = {"street": "Uusi katu 1", "postal_code": "33100", "city": "Tampere", "country": "FI"}
    changes = (Change("email", "aino@example.fi", "uusi@example.fi"), Change("address", None, address))
    moved = told(Act.RECTIFICATION, changes=changes)

    assert await _apply(configured, moved) == [Verified()]
    assert (shop.customers[4711]["email"], shop.customers[4711]["city"]) == ("uusi@example.fi", "Tampere")
    assert shop.customers[4712]["email"] == "aino@example.fi"

    known = replace(AINO, email=None, references={"mycashflow": "4711"})
    three_words = told(
        Act.RECTIFICATION, known, changes=(Change("name", None, "Aino Maria Esimerkki"), Change("phone", None, "0401"))
    )
    assert await _apply(configured, three_words) == [Sent(task="mycashflow_rectify")]
    assert (shop.customers[4711]["phone"], shop.customers[4711]["first_name"]) == ("0401", "Aino")


async def test_an_erasure_is_a_task_until_the_machine_sees_that_she_is_gone(
    shop: mycashflow.Shop, configured: dict[str, Any]
) -> None:
    """No call deletes a customer; an address where nothing is at all proves nothing."""
    erase = told(Act.ERASURE, Subject(references={"mycashflow": "4711"}))
    waiting = Sent(task="mycashflow_erase", look_after=timedelta(hours=12))
    assert await _apply(configured, erase, told(Act.ERASURE)) == [waiting, waiting]
    assert await _apply(configured, erase, verify=True) == [waiting]

    shop.delete_customer(4711)
    assert await _apply(configured, erase, told(Act.ERASURE), verify=True) == [Verified(), Verified()]
    assert not any(method == "DELETE" for method, _ in shop.calls)

    elsewhere = {**configured, "base_url": configured["base_url"].replace("/v1", "/v7")}
    assert await _apply(elsewhere, erase, verify=True) == [Failed("http_404")]
    assert await _apply({**configured, "customer_fields": {}}, told(Act.ERASURE)) == [Sent(task="mycashflow_erase")]


async def test_marketing_and_restriction_go_by_configured_fields_only(
    shop: mycashflow.Shop, configured: dict[str, Any]
) -> None:
    """A field that would stop more, or less, than was asked is not written."""
    known = Subject(references={"mycashflow": "4711"})
    withdrawn = told(Act.CONSENT_WITHDRAWAL, known, purposes=("newsletter",), channels=("email",))
    by_text_message = replace(withdrawn, channels=("sms",))
    for_bookings = replace(withdrawn, purposes=("booking_data",))
    by_hand = Sent(task="mycashflow_stop_marketing")
    assert await _apply(configured, by_text_message, for_bookings) == [by_hand, by_hand]
    assert shop.customers[4711]["newsletter"] is True
    assert await _apply(configured, withdrawn, told(Act.MARKETING_BAN, known)) == [Verified(), Verified()]
    assert await _apply(configured, told(Act.RESTRICTION, known)) == [Verified()]
    assert (shop.customers[4711]["newsletter"], shop.customers[4711]["locked"]) == (False, True)
    assert await _apply(configured, told(Act.RESTRICTION_LIFTED, known)) == [Verified()]

    bare = {**configured, "stops": [], "restriction": None, "customer_fields": {}}
    acts = (Act.MARKETING_BAN, Act.RESTRICTION, Act.RECTIFICATION, Act.OBJECTION)
    tasks = ["mycashflow_stop_marketing", "mycashflow_restrict", "mycashflow_rectify", "tell_recipient"]
    assert await _apply(bare, *(told(act, known) for act in acts)) == [Sent(task=task) for task in tasks]
    wrong = {**configured, "restriction": {"field": "no_such_member"}}
    assert await _apply(wrong, told(Act.RESTRICTION, known)) == [Failed("not_taken_on")]
    async with world_outside() as outside:
        assert not MyCashflow(_config(bare), outside).capabilities
        assert Act.ERASURE not in MyCashflow(_config(configured), outside).capabilities


async def test_troubles_pass_and_refusals_stay(
    shop: mycashflow.Shop, configured: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A list that fails now and then is read to its end; an outage, a half answer and a wrong key are told apart."""
    shop.list_500_every = 2
    ban = told(Act.RESTRICTION)
    assert await _apply(configured, ban) == [Verified()]
    known = told(Act.RESTRICTION, Subject(references={"mycashflow": "4711"}))
    shop.troubles.half = 1
    assert isinstance((await _apply(configured, known))[0], Later)
    shop.troubles.outage, shop.troubles.retry_after = 1, 120
    assert await _apply(configured, known) == [Later("http_503", timedelta(seconds=120))]
    shop.troubles.outage, shop.troubles.retry_after = 9, None
    async with world_outside() as outside:
        with pytest.raises(Unreachable):
            await MyCashflow(_config(configured), outside, pause=0.001).find(AINO)
    shop.troubles.outage = 0
    wrong = {**configured, "email": {"env": "MCF_KEY"}}
    assert await _apply(wrong, known) == [Failed("http_401")]
    caplog.set_level(logging.DEBUG)
    assert await _apply(configured, known) == [Verified()]
    assert "aino" not in caplog.text


async def test_the_throttle_keeps_below_the_shops_own(shop: mycashflow.Shop, configured: dict[str, Any]) -> None:
    """Calls are spread, so that the shop never has to refuse one."""
    shop.most, shop.window = 10, 0.4
    known = told(Act.RESTRICTION, Subject(references={"mycashflow": "4711"}))
    await _apply({**configured, "per_second": 20}, *[known] * 4)
    assert (len(shop.calls), shop.refused) == (12, 0)


def test_the_configuration_repeats_no_secret(configured: dict[str, Any]) -> None:
    """Nor takes one in the clear, nor an address in the clear of another machine."""
    wrongs: tuple[dict[str, Any], ...] = (
        {"api_key": "mcf-key"},
        {"base_url": "http://shop.example.fi/api/v1"},
        {"fields": {}},
    )
    for wrong in wrongs:
        with pytest.raises(ValueError, match="connectors"):
            Connectors.model_validate({"connectors": {"mycashflow": {**configured, **wrong}}})
    assert mycashflow.KEY not in repr(_config(configured))
