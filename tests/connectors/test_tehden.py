"""Tehden against a stateful company on loopback: off until it is mapped, tokens that run out, throttle, look again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.configuration import Connectors
from app.connectors.instruction import Change, Subject
from app.connectors.outcome import Failed, Later, Outcome, Sent, Verified
from app.connectors.tehden import Tehden
from app.policy.notifications import Act
from tests.connectors.telling import AINO, told, world_outside
from tests.vendors import tehden
from tests.vendors.serving import serving

pytestmark = pytest.mark.anyio
MAP: dict[str, Any] = {
    "find": {
        "path": "/company_customer/findCustomer", "email": "criteria.email", "records": "result.customers", "id": "id",
        "reference": "criteria.externalsystemidentifier",
    },
    "update": {"path": "/company_customer/updateTehdenCustomer", "id": "customer_id", "values": "data"},
    "customer_fields": {"name": "name", "email": "email"},
    "stops": [
        {"field": "marketing.email", "channels": ["email"], "purposes": ["newsletter"]},
        {"field": "marketing.sms", "channels": ["sms"], "purposes": ["newsletter"]},
    ],
}  # fmt: skip
KNOWN = Subject(references={"tehden": "c-1"})


@pytest.fixture
def company() -> tehden.Tehden:
    """A company that knows Aino by our reference."""
    made = tehden.Tehden()
    made.add_customer(name="Aino Esimerkki", email="aino@example.fi", externalsystemidentifier="c-1")
    return made


@pytest.fixture
def configured(company: tehden.Tehden, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Its configuration with a map."""
    named = {"ID": tehden.CLIENT, "SECRET": tehden.SECRET, "USER": tehden.USER, "WORD": tehden.PASSWORD}
    for name, value in named.items():
        monkeypatch.setenv(f"TEHDEN_{name}", value)
    access = {
        "client_id": {"env": "TEHDEN_ID"}, "client_secret": {"env": "TEHDEN_SECRET"},
        "token_path": "/oauth/oaclient/token",
        "username": {"env": "TEHDEN_USER"}, "password": {"env": "TEHDEN_WORD"},
    }  # fmt: skip
    with serving(company.app) as address:
        yield {"kind": "tehden", "base_url": address, "per_second": 50, "access": access, "map": MAP}


def _connected(configured: dict[str, Any], outside: Any) -> Tehden:
    made = Connectors.model_validate({"connectors": {"tehden": configured}}).connect(outside)["tehden"]
    assert isinstance(made, Tehden)
    return made


async def _apply(configured: dict[str, Any], *instructions: Any) -> list[Outcome]:
    async with world_outside() as outside:
        connector = _connected(configured, outside)
        return [await connector.apply(one) for one in instructions]


async def test_without_a_map_everything_is_a_humans(company: tehden.Tehden, configured: dict[str, Any]) -> None:
    """Nothing leaves, whatever Tehden is told."""
    bare = {**configured, "map": None}
    acts = (Act.ERASURE, Act.RECTIFICATION, Act.RESTRICTION, Act.MARKETING_BAN, Act.OBJECTION)
    tasks = ["tehden_erase", "tehden_rectify", "tehden_restrict", "tehden_stop_marketing", "tell_recipient"]
    assert await _apply(bare, *(told(act) for act in acts)) == [Sent(task=task) for task in tasks]
    async with world_outside() as outside:
        assert await _connected(bare, outside).find(AINO) == ()
        assert not _connected(bare, outside).capabilities
    assert not company.grants


async def test_with_a_map_it_finds_updates_and_looks(company: tehden.Tehden, configured: dict[str, Any]) -> None:
    """By reference or by address and name; a new address is looked for where it now is; an erasure stays a human's."""
    moved = told(Act.RECTIFICATION, changes=(Change("email", "aino@example.fi", "uusi@example.fi"),))
    by_text = told(Act.CONSENT_WITHDRAWAL, KNOWN, purposes=("newsletter",), channels=("sms",))
    erase = told(Act.ERASURE, KNOWN)
    waiting = Sent(task="tehden_erase", look_after=timedelta(hours=12))
    assert await _apply(configured, moved, by_text, erase) == [Verified(), Verified(), waiting]
    assert company.customers[900]["email"] == "uusi@example.fi"
    assert company.customers[900]["marketing"] == {"email": True, "sms": False}
    assert await _apply(configured, told(Act.MARKETING_BAN, KNOWN)) == [Verified()]
    assert company.customers[900]["marketing"]["email"] is False
    assert await _apply(configured, told(Act.RESTRICTION, KNOWN)) == [Sent(task="tehden_restrict")]
    unknown = replace(moved, subject=KNOWN, changes=(Change("phone", None, "040 1"),))
    assert await _apply(configured, unknown) == [Sent(task="tehden_rectify")]
    company.customers.clear()
    async with world_outside() as outside:
        assert await _connected(configured, outside).verify(erase) == Verified()
    wrong = {**configured, "map": {**MAP, "find": {**MAP["find"], "path": "/no/such/call"}}}
    assert await _apply(wrong, erase) == [Failed("http_404")]


async def test_a_token_is_kept_renewed_once_and_never_in_an_address(
    company: tehden.Tehden, configured: dict[str, Any]
) -> None:
    """One token for many calls; refused, it is renewed; a client that may not is told so; an outage passes."""
    ban = told(Act.MARKETING_BAN, KNOWN)
    async with world_outside() as outside:
        connector = _connected(configured, outside)
        assert [await connector.apply(ban) for _ in range(2)] == [Verified(), Verified()]
        assert company.grants == ["password"]
        company.end_tokens()
        assert await connector.apply(ban) == Verified()
        assert company.grants == ["password"] * 2
        company.troubles.outage, company.troubles.retry_after = 1, 7
        assert await connector.apply(ban) == Later("http_503", timedelta(seconds=7))
    company.token_lasts = 1  # shorter than the way there: a new one for each call
    alone = {k: v for k, v in configured["access"].items() if k not in {"username", "password"}}
    alone |= {"grant": "client_credentials", "client_by": "parameters"}
    assert await _apply({**configured, "access": alone}, ban) == [Verified()]
    assert company.grants.count("client_credentials") == 3
    wrong = {**configured, "access": {**configured["access"], "client_secret": {"env": "TEHDEN_ID"}}}
    assert await _apply(wrong, ban) == [Failed("token_http_401")]
    with pytest.raises(ValueError, match="connectors"):
        _connected({**configured, "access": {**alone, "grant": "password"}}, None)
