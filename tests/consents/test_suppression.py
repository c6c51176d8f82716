"""Suppressions: per address, channel and marketing purpose; they outlive what they came from (Art. 7(3), 21(3))."""

from typing import Any

import pytest

from tests.consents.calls import ban, confirmed, erase, given, person, register, suppressed, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
CONSENTS = "/v1/consents"
NEWSLETTER = ("newsletter", "email")


async def leave(call: Caller, who: str) -> None:
    """Give and withdraw the newsletter consent."""
    await call("booking", "POST", CONSENTS, given(who), expect=201)
    await call("booking", "POST", CONSENTS, withdrawn(who, occurred_at="2026-11-22T11:00:00Z"), expect=201)


async def may(call: Caller, purpose: str, subject: dict[str, Any], channel: str | None = None) -> set[str]:
    """The reasons of a check, for codes about suppression and service."""
    ask = {"purpose": purpose, "subjects": [subject], **({"channel": channel} if channel else {})}
    answer = (await call("mailer", "POST", "/v1/processing-checks", ask, expect=200))["results"][0]
    return {reason["code"] for reason in answer["reasons"]}


@pytest.mark.parametrize(
    ("again", "lifted"),
    [
        (given, False),
        (lambda who, **m: given(who, **{"collected_via": "import", **m}), False),
        (lambda who, **m: given(who, evidence={"double_opt_in_confirmed_at": "2026-11-22T12:00:00Z"}, **m), False),
        (lambda who, **m: confirmed(who, at="2026-11-22T12:00:00Z", **m), True),
        (lambda who, **m: confirmed(who, at="2026-11-22T10:59:59Z", **m), False),
    ],
    ids=["plain", "import", "not by double opt-in", "confirmed later", "confirmed earlier"],
)
async def test_only_a_later_confirmed_consent_lifts(call: Caller, again: Any, lifted: bool) -> None:
    """A plain or imported consent changes the state, but the address stays suppressed, and the caller is told."""
    who = await register(call)
    await leave(call, who)
    told = await call("booking", "POST", CONSENTS, again(who, event_id="g-2"), expect=201)

    assert told["suppressed"] == ([] if lifted else ["email"])
    assert (NEWSLETTER in await suppressed(call, who)) is not lifted


async def test_an_old_confirmation_with_a_new_date_lifts_nothing(call: Caller) -> None:
    """The confirmation must be later than the withdrawal, whatever the event's own date."""
    who = await register(call)
    await leave(call, who)
    old = confirmed(who, "g-2", "2026-11-22T10:30:00Z") | {"occurred_at": "2026-11-22T12:00:00Z"}
    assert (await call("booking", "POST", CONSENTS, old, expect=201))["suppressed"] == ["email"]


async def test_a_late_older_confirmation_does_not_lift(call: Caller) -> None:
    """Arrival decides nothing: what was confirmed before the withdrawal stays withdrawn."""
    who = await register(call)
    await call("booking", "POST", CONSENTS, withdrawn(who, occurred_at="2026-11-22T11:00:00Z"), expect=201)
    await call("booking", "POST", CONSENTS, confirmed(who, "g-1", "2026-11-22T10:00:00Z"), expect=201)
    assert NEWSLETTER in await suppressed(call, who)


@pytest.mark.parametrize("how", ["patch", "upsert"])
async def test_it_follows_a_change_of_address(call: Caller, how: str) -> None:
    """Somebody who left and then changes their address has still left; the old address stays suppressed too."""
    who = await register(call)
    await leave(call, who)
    if how == "patch":
        await call("admin", "PATCH", f"/v1/customers/{who}", {"email": "new@example.fi"}, expect=200, If_Match='"1"')
    else:
        body = person(email="new@example.fi")
        await call("booking", "PUT", "/v1/customers/by-reference/booking/aino", body, expect=200)
    told = await call("booking", "POST", CONSENTS, given(who, "g-2", occurred_at="2026-11-22T12:00:00Z"), expect=201)

    assert told["suppressed"] == ["email"]
    for email in ("aino@example.fi", "new@example.fi"):
        assert "suppressed" in await may(call, "newsletter", {"email": email}, "email")


async def test_moving_to_and_fro_copies_nothing_twice(call: Caller, world: World) -> None:
    """The history of an address does not grow with changes that say nothing new."""
    who = await register(call)
    await leave(call, who)
    for n, email in enumerate(["new@example.fi", "aino@example.fi"] * 3):
        patched = {"email": email}
        await call("admin", "PATCH", f"/v1/customers/{who}", patched, expect=200, If_Match=f'"{n + 1}"')
    assert len(await world.rows("SELECT id FROM suppression_events")) == 2


async def test_it_never_blocks_service_messages_or_bookings(call: Caller, world: World) -> None:
    """A ban stops marketing, also for purposes declared later; the customer relationship goes on."""
    who = await register(call, phone="040 123 4567")
    await call("booking", "POST", CONSENTS, given(who, purpose="booking_data"), expect=201)
    await ban(call, world, customer={"id": who})

    assert await may(call, "customer_relationship", {"id": who}) == {"legal_basis"}
    assert await may(call, "booking_data", {"id": who}) == {"consent_given"}
    for purpose, channel in (("telling_about_services", "email"), ("marketing", "sms"), ("newsletter", "email")):
        assert "marketing_ban" in await may(call, purpose, {"id": who}, channel)


async def test_a_ban_on_one_channel_leaves_the_others(call: Caller, world: World) -> None:
    """Per address and channel."""
    who = await register(call, phone="040 123 4567")
    await ban(call, world, customer={"id": who}, channels=["sms"])
    assert "marketing_ban" in await may(call, "marketing", {"id": who}, "sms")
    assert "marketing_ban" not in await may(call, "marketing", {"id": who}, "phone")
    assert "marketing_ban" not in await may(call, "marketing", {"id": who}, "email")


async def test_an_address_in_no_record_can_be_withdrawn_and_banned(call: Caller, world: World) -> None:
    """Somebody we do not know is not written to, then or when they become a customer."""
    await call("booking", "POST", CONSENTS, withdrawn({"email": "ghost@example.fi"}), expect=201)
    await ban(call, world, claimed_identity={"name": "Haamu", "email": "spirit@example.fi"})

    assert await may(call, "newsletter", {"email": "ghost@example.fi"}, "email") == {"unknown_subject", "suppressed"}
    assert await may(call, "newsletter", {"email": "spirit@example.fi"}, "email") == {
        "unknown_subject",
        "marketing_ban",
    }
    await register(call, "ghost")
    assert "suppressed" in await may(call, "newsletter", {"email": "ghost@example.fi"}, "email")
    assert "suppressed" not in await may(call, "marketing", {"email": "ghost@example.fi"}, "email")


async def test_it_survives_erasure_and_re_registration(call: Caller, world: World) -> None:
    """The address of an erased person stays suppressed; only their own confirmed consent opens it again."""
    who = await register(call)
    await leave(call, who)
    await erase(call, world, who)
    world.later(days=1)
    interaction = {"kind": "purchase", "occurred_at": world.now.isoformat()}
    path = "/v1/customers/by-reference/booking/aino-2"
    back = (await call("booking", "PUT", path, person(interaction=interaction), expect=201))["id"]
    plain = given(back, "g-2", occurred_at=world.now.isoformat())
    told = await call("booking", "POST", CONSENTS, plain, expect=201)
    assert told["suppressed"] == ["email"]

    lifting = confirmed(back, "g-3", world.now.isoformat())
    assert (await call("booking", "POST", CONSENTS, lifting, expect=201))["suppressed"] == []


async def test_no_address_is_kept_with_a_withdrawal_of_nobody(call: Caller, world: World) -> None:
    """What is stored of a withdrawal for an address in no record: keyed hashes and the act."""
    await call("booking", "POST", CONSENTS, withdrawn({"email": "ghost@example.fi"}), expect=201)
    stored = [*await world.rows("SELECT * FROM consent_events"), *await world.rows("SELECT * FROM suppression_events")]
    assert len(stored) == 2
    assert "ghost" not in str(stored)
