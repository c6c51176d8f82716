"""May this purpose be served for this person, on this channel? Every reason is given."""

from datetime import timedelta
from typing import Any

import pytest

from tests.consents.calls import NOON, ban, erase, given, register, withdrawn
from tests.processing_checks.asks import CHECKS, answer, asked, reasons
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
PURCHASE = {
    "purchased_on": "2026-11-01",
    "booked_on": "2026-11-01",
    "total": "10.00",
    "lines": [{"title": "Hoito", "unit_price": "10.00", "vat_rate": "24"}],
    "product_group": "hair",
    "fulfilled_on": "2026-11-01",
    "payment": {"settled_on": "2026-11-01"},
}


async def buy(call: Caller, who: str, order: str = "1", expect: int = 201, **members: Any) -> None:
    path = f"/v1/customers/{who}/purchases/webshop/{order}"
    voucher = {"number": order, "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"}
    await call("webshop", "PUT", path, {**PURCHASE, "voucher": voucher, **members}, expect=expect)


async def test_without_a_justified_transfer_marketing_is_denied(call: Caller) -> None:
    """Until the dpo records why the data may go to the United States, no newsletter (Art. 44)."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    assert await reasons(call, "newsletter", who, channel="email") == ["denied", "transfer_refused"]


async def test_a_consent_allows_and_names_its_wording(call: Caller, mailing: None) -> None:
    """The answer carries the legal basis, the wording and since when."""
    who = await register(call)
    assert await reasons(call, "newsletter", who, channel="email") == ["denied", "no_consent"]
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    told = await answer(call, "newsletter", who, channel="email")

    assert (told["allowed"], told["legal_basis"], told["customer_id"]) == (True, "6(1)(a)", who)
    assert [(r["code"], r["since"]) for r in told["reasons"]] == [("consent_given", NOON)]
    assert "newsletter/1" in told["reasons"][0]["text"]


async def test_every_reason_is_given(call: Caller, world: World) -> None:
    """Withdrawn, banned, suppressed and without a transfer: all of it is said, with dates."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", withdrawn(who), expect=201)
    await ban(call, world, customer={"id": who})
    told = await answer(call, "newsletter", who, channel="email")

    found = {r["code"]: r["since"] for r in told["reasons"]}
    assert set(found) == {"transfer_refused", "marketing_ban", "suppressed", "consent_withdrawn"}
    assert found["suppressed"] == found["consent_withdrawn"] == NOON
    assert found["marketing_ban"] is not None


async def test_a_withdrawal_from_a_fast_clock_works_at_once(call: Caller, world: World, mailing: None) -> None:
    """A caller's clock may be ahead; the person must not wait for it to come true."""
    who = await register(call)
    ahead = (world.now + timedelta(minutes=4)).isoformat()
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    await call("booking", "POST", "/v1/consents", withdrawn(who, occurred_at=ahead), expect=201)
    assert await reasons(call, "newsletter", who, channel="email") == ["denied", "suppressed", "consent_withdrawn"]


async def test_a_channel_without_an_address_is_unreachable(call: Caller, mailing: None) -> None:
    """A consent for text messages does not help where there is no number."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who, purpose="marketing", channels=["sms"]), expect=201)
    assert await reasons(call, "marketing", who, channel="sms") == ["denied", "unreachable"]


async def test_consent_for_a_service_does_not_depend_on_the_channel(call: Caller) -> None:
    """A purpose without channels was consented to as such, by whichever channel the message goes."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who, purpose="booking_data"), expect=201)
    for members in ({}, {"channel": "email"}):
        assert await reasons(call, "booking_data", who, **members) == ["allowed", "consent_given"]


async def test_a_restriction_stops_all_but_what_the_law_lets_pass(call: Caller, world: World) -> None:
    """Art. 18(2): accounting, claims and the person's own rights go on; the reason says since when."""
    who = await register(call)
    world.later(hours=1)
    request = {"right": "erasure", "customer": {"id": who}, "channel": "email", "received_at": NOON}
    case = (await call("admin", "POST", "/v1/subject-requests", request, expect=201))["case_number"]
    decision = {
        "outcome": "as_assessed",
        "reasoning": "Nothing open.",
        "identity": {"level": "substantial", "how": "Known."},
    }
    await call("dpo", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)
    told = await answer(call, "customer_relationship", who)

    assert [(r["code"], r["since"]) for r in told["reasons"]] == [("restricted", "2026-11-23T10:00:00Z")]
    for purpose in ("accounting", "legal_claims", "subject_rights"):
        assert await reasons(call, purpose, who) == ["allowed", "legal_basis"]


async def test_an_erased_person_is_denied_for_any_instant(call: Caller, world: World) -> None:
    """What held before the erasure is no longer known; the answer says when they were erased."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who, purpose="booking_data"), expect=201)
    before = world.now.isoformat()
    world.later(hours=1)
    await erase(call, world, who)
    for at in ({}, {"at": before}):
        assert "erased" in await reasons(call, "booking_data", who, "mailer", **at)
    assert (await answer(call, "booking_data", who, "mailer"))["allowed"] is False


async def test_the_customership_ends_with_inactivity(call: Caller, world: World) -> None:
    """24 months after the last interaction (N20) the contract is over, unless an order is open."""
    who = await register(call, role="webshop")
    world.later(days=730)
    assert await reasons(call, "customer_relationship", who, "webshop") == ["denied", "customership_ended"]
    await buy(call, who, fulfilled_on=None)
    assert await reasons(call, "customer_relationship", who, "webshop") == ["allowed", "legal_basis"]


@pytest.mark.parametrize(
    ("sale", "asks", "expected"),
    [
        (None, {}, ["denied", "no_consent"]),
        ({"marketing_refusal_offered": True}, {}, ["allowed", "soft_opt_in"]),
        ({"marketing_refusal_offered": True}, {"product_group": "hair"}, ["allowed", "soft_opt_in"]),
        (
            {"marketing_refusal_offered": True},
            {"product_group": "skin"},
            ["denied", "no_consent", "soft_opt_in_product_group"],
        ),
        ({"marketing_refusal_offered": False}, {}, ["denied", "no_consent", "soft_opt_in_no_refusal_offered"]),
        (
            {"marketing_refusal_offered": True, "product_group": None},
            {},
            ["denied", "no_consent", "soft_opt_in_product_group"],
        ),
    ],
    ids=str,
)
async def test_the_soft_opt_in_needs_sale_group_and_refusal(
    call: Caller, mailing: None, sale: Any, asks: Any, expected: list[str]
) -> None:
    """SVPL 200 §(3): a sale, of the advertised product group, at which refusing was offered."""
    who = await register(call, role="webshop")
    if sale is not None:
        await buy(call, who, **sale)
    found = await reasons(call, "telling_about_services", who, "webshop", channel="email", **asks)
    assert found == expected


async def test_an_older_sale_of_the_right_group_supports_the_soft_opt_in(call: Caller, mailing: None) -> None:
    """The newest sale is not the only one that counts; a cancelled one does not."""
    who = await register(call, role="webshop")
    await buy(call, who, "1", marketing_refusal_offered=True)
    await buy(call, who, "2", marketing_refusal_offered=True, product_group="skin", purchased_on="2026-11-10")
    ask = {"channel": "email", "product_group": "hair"}
    assert await reasons(call, "telling_about_services", who, "webshop", **ask) == ["allowed", "soft_opt_in"]
    await buy(call, who, "1", 200, marketing_refusal_offered=True, cancelled_on="2026-11-20")
    assert (await reasons(call, "telling_about_services", who, "webshop", **ask))[0] == "denied"


async def test_refusing_stops_the_soft_opt_in(call: Caller, mailing: None) -> None:
    """Whoever refuses once gets no more, whatever they buy later."""
    who = await register(call, role="webshop")
    await buy(call, who, marketing_refusal_offered=True)
    refusal = withdrawn(who, purpose="telling_about_services", channels=["email"])
    await call("webshop", "POST", "/v1/consents", refusal, expect=201)
    await buy(call, who, "2", marketing_refusal_offered=True, purchased_on="2026-11-23")
    found = await reasons(call, "telling_about_services", who, "webshop", channel="email")
    assert found == ["denied", "suppressed", "consent_withdrawn"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"purpose": "astrology"}, "purpose-unknown"),
        ({"channel": None}, "customer-invalid"),
        ({"channel": "sms"}, "customer-invalid"),
        ({"channel": "pigeon"}, "invalid"),
        ({"at": "2026-12-24T10:00:00Z"}, "customer-invalid"),
        ({"at": "2026-11-22T10:00:00"}, "invalid"),
        ({"subjects": []}, "invalid"),
        ({"subjects": [{"id": "secret"}]}, "invalid"),
        ({"subjects": [{"email": "secret"}]}, "invalid"),
        ({"subjects": "secret"}, "invalid"),
        ({"secret": 1}, "invalid"),
    ],
    ids=str,
)
async def test_a_question_that_makes_no_sense_is_a_problem(call: Caller, changed: Any, code: str) -> None:
    """422 with a code; nothing of what was sent is repeated."""
    body = {**asked("newsletter", {"email": "a@example.fi"}, channel="email"), **changed}
    refused = await call("booking", "POST", CHECKS, body)
    assert refused.status_code == 422
    assert refused.json()["code"] in {code, "invalid"}
    assert "secret" not in refused.text.replace('"#/secret"', "")
