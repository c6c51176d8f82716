"""Withdrawing is always possible and as easy as giving (Art. 7(3), N7)."""

from typing import Any

import pytest

from tests.consents.calls import given, register, states, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
CONSENTS = "/v1/consents"


@pytest.mark.parametrize(
    "whose", [{"system": "booking", "id": "aino"}, {"email": " AINO@Example.FI"}, {"phone": "+358401234567"}], ids=str
)
async def test_by_reference_or_bare_address(call: Caller, whose: dict[str, str]) -> None:
    """However the person is named, with no wording and no evidence, the consent is withdrawn."""
    who = await register(call, phone="040 123 4567")
    await call("booking", "POST", CONSENTS, given(who), expect=201)
    await call("booking", "POST", CONSENTS, withdrawn(whose, occurred_at="2026-11-22T11:00:00Z"), expect=201)

    assert await states(call, who) == {("newsletter", "email"): "withdrawn"}


async def test_without_channels_it_concerns_all_of_them(call: Caller) -> None:
    """Somebody who names no channel means every one."""
    who = await register(call)
    await call("booking", "POST", CONSENTS, withdrawn(who, purpose="marketing", channels=[]), expect=201)
    assert {channel for _, channel in await states(call, who)} == {"email", "sms", "phone", "post"}


async def test_it_applies_to_everybody_behind_the_address(call: Caller) -> None:
    """One mailbox of several people: nobody there gets the newsletter any more."""
    aino, eino = await register(call), await register(call, "eino", email="aino@example.fi")
    await call("booking", "POST", CONSENTS, given(aino), expect=201)
    told = await call("admin", "POST", CONSENTS, withdrawn({"email": "aino@example.fi"}), expect=201)

    assert told["people"] == 2
    for who in (aino, eino):
        assert await states(call, who) == {("newsletter", "email"): "withdrawn"}


async def test_nothing_is_revealed_to_clients_that_do_not_know_the_person(call: Caller) -> None:
    """Known, unknown and repeated: an integration sees the same answers whether anybody is behind the address."""
    who = await register(call)
    await call("booking", "POST", CONSENTS, given(who), expect=201)
    for purpose in ("newsletter", "booking_data"):
        answers: list[Any] = []
        for email in ("aino@example.fi", "nobody@example.fi"):
            channels = [] if purpose == "booking_data" else ["email"]
            event = withdrawn({"email": email}, f"{purpose}-{email[:2]}", purpose=purpose, channels=channels)
            event["occurred_at"] = "2026-11-22T11:00:00Z"
            both = [await call("mailer", "POST", CONSENTS, event) for _ in range(2)]
            answers.append([(a.status_code, {**a.json(), "event_id": ""}) for a in both])
        assert answers[0] == answers[1]
        assert [status for status, _ in answers[0]] == [201, 200]
    assert (await states(call, who))["newsletter", "email"] == "withdrawn"


async def test_a_mailer_passes_on_a_withdrawal_by_id_and_a_webshop_only_of_its_own(call: Caller) -> None:
    """An unsubscribe link knows the id; an integration with a system of its own names its own people."""
    who = await register(call)
    await call("webshop", "POST", CONSENTS, withdrawn(who), expect=404)
    await call("mailer", "POST", CONSENTS, withdrawn(who), expect=201)
    assert await states(call, who) == {("newsletter", "email"): "withdrawn"}


async def test_a_purpose_on_the_soft_opt_in_can_be_withdrawn_from(call: Caller) -> None:
    """Refusing is easy whatever marketing rests on (SVPL 200 §(3))."""
    who = await register(call)
    event = withdrawn(who, purpose="telling_about_services", channels=["email"])
    await call("booking", "POST", CONSENTS, event, expect=201)
    assert await states(call, who) == {("telling_about_services", "email"): "withdrawn"}


async def test_it_is_not_hindered_by_a_restriction(call: Caller, world: World) -> None:
    """A restricted person may still withdraw (Art. 18 restricts the controller, not the person)."""
    who = await register(call)
    request = {"right": "erasure", "customer": {"id": who}, "channel": "email", "received_at": world.now.isoformat()}
    case = (await call("admin", "POST", "/v1/subject-requests", request, expect=201))["case_number"]
    decision = {
        "outcome": "as_assessed",
        "reasoning": "Nothing open.",
        "identity": {"level": "substantial", "how": "Known."},
    }
    await call("dpo", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)
    await call("booking", "POST", CONSENTS, withdrawn(who), expect=201)
    stored = await world.rows("SELECT purpose, action FROM consent_states")
    assert [tuple(row) for row in stored] == [("newsletter", "withdrawn")]


async def test_other_systems_are_told(call: Caller, world: World) -> None:
    """Everybody who knows the person finds the withdrawal in the changes feed."""
    who = await register(call)
    await call("mailer", "POST", CONSENTS, withdrawn(who), expect=201)
    told = await world.rows("SELECT system, external_id, kind FROM customer_changes")
    assert [tuple(row) for row in told] == [("booking", "aino", "withdrawn")]
