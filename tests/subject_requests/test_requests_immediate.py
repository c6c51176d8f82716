"""Marketing bans and consent withdrawals take effect on receipt, also for addresses in no record."""

from typing import Any

import pytest

from tests.processors.calls import DPF, transfer
from tests.subject_requests.people import Desk, customer
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

NEWSLETTER = {
    "purpose": "newsletter",
    "channels": ["email"],
    "action": "given",
    "wording": {"id": "newsletter", "version": 1},
    "collected_via": "web_form",
    "occurred_at": "2026-11-20T10:00:00Z",
}


async def subscribed(desk: Desk, call: Caller) -> str:
    """A customer who may get the newsletter."""
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF), expect=201)
    recent = {"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"}
    person = await desk.person(interaction=recent)
    await call(
        "webshop", "POST", "/v1/consents", {"event_id": "n-1", "customer": {"id": person}, **NEWSLETTER}, expect=201
    )
    return person


async def may(
    call: Caller, who: dict[str, str], purpose: str = "newsletter", channel: str | None = "email"
) -> dict[str, Any]:
    """The answer of a processing check."""
    asked = {"purpose": purpose, "subjects": [who], **({"channel": channel} if channel else {})}
    answer = await call("mailer", "POST", "/v1/processing-checks", asked, expect=200)
    result: dict[str, Any] = answer["results"][0]
    return result


async def test_a_ban_stops_marketing_at_once_and_nothing_else(desk: Desk, call: Caller) -> None:
    """Allowed before, banned after; service messages go on; recipients and the letter are open."""
    person = await subscribed(desk, call)
    before = await may(call, {"id": person})
    request = await desk.asks("marketing_ban", person)
    after = await may(call, {"id": person})
    service = await may(call, {"id": person}, "customer_relationship", None)

    assert before["allowed"] is True
    assert after["allowed"] is False
    assert "marketing_ban" in [r["code"] for r in after["reasons"]]
    assert service["allowed"] is True
    assert request["state"] == "executing"
    assert {"letter", "recipient:mailchimp"} <= set(request["open"])


async def test_a_ban_for_an_address_in_no_record_suppresses_it(desk: Desk, call: Caller) -> None:
    """Nobody is found, the ban succeeds, and a later subscriber with that address is not written to."""
    await desk.asks("marketing_ban", claimed_identity={"name": "Outo Esimerkki", "email": "Aino1@Example.fi"})
    unknown = await may(call, {"email": "aino1@example.fi"})
    person = await subscribed(desk, call)
    known = await may(call, {"id": person})

    assert "marketing_ban" in [r["code"] for r in unknown["reasons"]]
    assert known["allowed"] is False


async def test_a_ban_by_post_needs_no_country(desk: Desk) -> None:
    """A postal address without its country lies in the controller's own; this used to be an internal error."""
    address = {"street": "Koetie 1", "postal_code": "33200", "city": "Tampere"}
    case = await desk.asks("marketing_ban", claimed_identity={"name": "Outo Esimerkki", "address": address})

    assert case["state"] == "executing"


async def test_a_ban_reaches_an_address_that_is_added_later(desk: Desk, call: Caller) -> None:
    """Who banned marketing without an e-mail address on record is not mailed at one that arrives afterwards."""
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF), expect=201)
    recent = {"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"}
    person = await desk.person(email=None, interaction=recent)
    await desk.asks("marketing_ban", person)
    await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", customer(interaction=recent), expect=200)
    await call(
        "webshop", "POST", "/v1/consents", {"event_id": "n-1", "customer": {"id": person}, **NEWSLETTER}, expect=201
    )
    answer = await may(call, {"id": person})

    assert answer["allowed"] is False
    assert "marketing_ban" in [reason["code"] for reason in answer["reasons"]]


async def test_a_ban_needs_somewhere_to_apply(desk: Desk, call: Caller) -> None:
    """A name alone cannot be banned from anything: 422 with the way out, and no case is opened."""
    sent = {
        "right": "marketing_ban",
        "channel": "phone",
        "received_at": "2026-11-22T10:00:00Z",
        "claimed_identity": {"name": "Outo"},
    }
    answer = await call("admin", "POST", "/v1/subject-requests", sent)
    listed = await call("admin", "GET", "/v1/subject-requests", expect=200)

    assert answer.status_code == 422
    assert listed["items"] == []


async def test_a_withdrawal_ends_the_consents_and_reports_what_stays(desk: Desk, call: Caller) -> None:
    """All consents when none is named; the customer relationship goes on (F53, N7)."""
    person = await subscribed(desk, call)
    await desk.asks("consent_withdrawal", person)
    after = await may(call, {"id": person})
    service = await may(call, {"id": person}, "customer_relationship", None)
    states = await call("admin", "GET", f"/v1/customers/{person}/consents", expect=200)

    assert after["allowed"] is False
    assert {"consent_withdrawn", "suppressed"} <= {r["code"] for r in after["reasons"]}
    assert service["allowed"] is True
    assert {s["action"] for s in states["states"]} == {"withdrawn"}


async def test_an_erased_address_stays_suppressed_when_it_comes_back(desk: Desk, call: Caller, world: World) -> None:
    """Erasure withdraws the marketing consent; the address, imported again later, may not be written to."""
    person = await subscribed(desk, call)
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    world.later(days=1)
    back: dict[str, Any] = {"interaction": {"kind": "form", "occurred_at": world.now.isoformat()}}
    again = await desk.person(**back)
    given = {**NEWSLETTER, "occurred_at": world.now.isoformat(), "event_id": "n-2", "customer": {"id": again}}
    answer = await call("webshop", "POST", "/v1/consents", given, expect=201)
    after = await may(call, {"id": again})

    assert again != person
    assert answer["suppressed"] == ["email"]
    assert after["allowed"] is False
