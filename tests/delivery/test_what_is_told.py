"""Which acts tell which recipients, in the transaction of the act; what stops a message, and what makes it needless."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.policy.notifications import Act
from tests.delivery.conftest import Deliver
from tests.delivery.recorded import Recorded
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
Outbox = Callable[..., Awaitable[list[dict[str, Any]]]]


def consent(action: str, at: str, number: int = 1, **members: Any) -> dict[str, Any]:
    """A consent event as the webshop sends it."""
    return {
        "event_id": f"{action}-{number}-{at[:10]}",
        "customer": {"system": "webshop", "id": f"c-{number}"},
        "purpose": "newsletter",
        "channels": ["email"],
        "action": action,
        "wording": {"id": "newsletter", "version": 1},
        "collected_via": "web_form",
        "occurred_at": at,
        "evidence": {"actor": "data_subject"},
        **members,
    }


@pytest.mark.usefixtures("in_the_eea")
async def test_a_withdrawal_through_the_api_is_told(desk: Desk, deliver: Deliver, call: Caller, outbox: Outbox) -> None:
    await desk.person()
    await call("webshop", "POST", "/v1/consents", consent("given", "2026-11-20T10:00:00Z"), expect=201)
    assert await outbox() == []
    await call("webshop", "POST", "/v1/consents", consent("withdrawn", "2026-11-21T10:00:00Z"), expect=201)
    await call("webshop", "POST", "/v1/consents", consent("withdrawn", "2026-11-21T10:00:00Z"), expect=200)
    vendor = Recorded()
    await deliver(mailchimp=vendor)
    (told,) = vendor.applied
    assert (told.act, told.purposes, told.channels) == (Act.CONSENT_WITHDRAWAL, ("newsletter",), ("email",))
    assert told.subject.email == "aino1@example.fi"


@pytest.mark.usefixtures("in_the_eea")
async def test_a_withdrawal_of_an_address_in_no_record_is_told_too(
    deliver: Deliver, call: Caller, world: World
) -> None:
    sent = consent("withdrawn", "2026-11-21T10:00:00Z", customer={"email": "kuka@example.com"})
    await call("webshop", "POST", "/v1/consents", sent, expect=201)
    stored = await world.rows("SELECT * FROM notifications")
    assert "kuka@example.com" not in repr(stored)
    vendor = Recorded()
    await deliver(mailchimp=vendor)
    assert [one.subject.email for one in vendor.applied] == ["kuka@example.com"]


@pytest.mark.usefixtures("in_the_eea")
async def test_who_has_consented_anew_is_not_unsubscribed(
    desk: Desk, deliver: Deliver, call: Caller, outbox: Outbox, world: World
) -> None:
    await desk.person()
    await call("webshop", "POST", "/v1/consents", consent("withdrawn", "2026-11-21T10:00:00Z"), expect=201)
    world.later(minutes=1)
    await call("webshop", "POST", "/v1/consents", consent("given", "2026-11-22T09:00:00Z"), expect=201)
    vendor = Recorded()
    await deliver(mailchimp=vendor)
    assert vendor.applied == []
    assert [row["state"] for row in await outbox()] == ["excused"]


async def test_without_a_basis_for_the_transfer_nothing_leaves_until_there_is_one(
    desk: Desk, deliver: Deliver, call: Caller, outbox: Outbox, world: World
) -> None:
    """Mailchimp is in the USA: the message stops, waits without using up its tries, and goes when that is mended."""
    person = await desk.person()
    await desk.asks("marketing_ban", person)
    vendor = Recorded()
    for _ in range(3):
        await deliver(mailchimp=vendor)
        world.later(hours=1)
    (row,) = await outbox()
    assert (vendor.applied, row["state"], row["waiting"], row["attempts"]) == ([], "queued", "transfer_basis", [])
    await call("dpo", "PATCH", "/v1/processors/mailchimp", {"country": "FI"}, expect=200, If_Match="*")
    await deliver(mailchimp=vendor)
    assert [one.act for one in vendor.applied] == [Act.MARKETING_BAN]


@pytest.mark.usefixtures("in_the_eea")
async def test_a_restriction_and_its_end(desk: Desk, deliver: Deliver, call: Caller) -> None:
    from app.connectors.outcome import Verified

    person = await desk.person()
    case = (await desk.asks("restriction", person, restriction_ground="18(1)(c)"))["case_number"]
    await desk.decides(case, outcome="granted")
    vendor = Recorded(lambda _: Verified(memory={"status": "subscribed"}))
    await deliver(mailchimp=vendor)
    sent = {"told_on": "2026-11-23", "how": "email", "reason": "The ground has gone."}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/restriction-lift", sent, expect=200)
    await deliver(mailchimp=vendor)
    assert [one.act for one in vendor.applied] == [Act.RESTRICTION, Act.RESTRICTION_LIFTED]
    assert vendor.applied[-1].memory == {"status": "subscribed"}


@pytest.mark.usefixtures("in_the_eea")
async def test_an_erasure_supersedes_what_was_still_to_be_told(
    desk: Desk, deliver: Deliver, world: World, outbox: Outbox
) -> None:
    """What rested on the record that has gone need not be told any more; the erasure is."""
    person = await desk.person()
    await desk.asks("marketing_ban", person)
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await world.run_due()
    vendor = Recorded()
    await deliver(mailchimp=vendor)
    assert [one.act for one in vendor.applied] == [Act.ERASURE]
    assert [(row["act"], row["state"]) for row in await outbox()] == [
        ("marketing_ban", "excused"),
        ("erasure", "verified"),
    ]


async def test_who_took_the_payment_is_told(desk: Desk, world: World, outbox: Outbox) -> None:
    """The payment of an order went through Paytrail: it has got what the payment needs, and knows the order (F71)."""
    person = await desk.person()
    await desk.buys(person, "2019-05-01")
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await world.run_due()
    assert [row["act"] for row in await outbox("paytrail")] == ["erasure"]


def test_the_configuration_for_a_trial_is_one() -> None:
    """`make vendors` says how to use it."""
    from pathlib import Path

    from app.connectors.configuration import load_connectors
    from tests.vendors.__main__ import VENDORS

    root = Path(__file__).resolve().parents[2]
    found = load_connectors(root / "tests/vendors/trial/connectors.yaml")
    assert set(found.connectors) == {"mailchimp", "mycashflow", "klarna", "paytrail", "takk"}
    assert {"mailchimp", "mycashflow", "klarna", "paytrail", "webhooks"} <= set(VENDORS)
