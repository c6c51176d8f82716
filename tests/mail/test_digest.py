"""The daily digest: who is told what, once a day, and what a relay that is away costs."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import SecretStr

from app import mail
from app.processors.schemas_safeguards import ExpiryKind
from app.subject_requests.digesting import FAILED, Digests, keep_clocks
from app.subject_requests.staff_words import EXPIRY
from tests.mail.relay import Relay, serving
from tests.processors.calls import DPF, transfer
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PERSON = {"name": "Eino Esimerkki", "email": "eino@example.com"}
MORNING = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Seven in the morning in Helsinki."""


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A relay that takes everything."""
    with serving() as running:
        yield running


def digests_of(world: World, url: str, **settings: Any) -> Digests:
    """The digests of one process that is told of the relay."""
    told = {"smtp_url": SecretStr(url), "smtp_from": "seloste@example.com", **settings}
    return Digests(replace(world.services, settings=world.settings.model_copy(update=told)), world.registers)


async def staffed(call: Caller) -> None:
    """Ada and Bo have clients with an address; whoever else is in charge has none."""
    for name in ("Ada", "Bo"):
        new = {"name": name, "role": "dpo", "employment": "employee", "email": f"{name.lower()}@example.com"}
        await call("owner", "POST", "/v1/api-clients", new, expect=201)


async def case_of(desk: Desk, call: Caller, received_on: str, **charge: Any) -> str:
    made = await desk.asks("access", claimed_identity=PERSON, received_at=f"{received_on}T10:00:00Z")
    if charge:
        await call("admin", "PATCH", f"/v1/subject-requests/{made['id']}", charge, expect=200, If_Match="*")
    return str(made["case_number"])


async def test_each_is_told_what_concerns_them(world: World, call: Caller, desk: Desk, relay: Relay) -> None:
    """Overdue, due soon, waiting for execution or recipients; in charge or substitute; numbers and dates, no names."""
    await staffed(call)
    late = await case_of(desk, call, "2026-10-01", person_in_charge="Ada", substitute="Bo")
    soon = await case_of(desk, call, "2026-10-26", person_in_charge="ada")
    await case_of(desk, call, "2026-11-20", person_in_charge="Ada")
    nobodys = await case_of(desk, call, "2026-10-02", person_in_charge="Somebody else")
    waiting = await desk.asks("erasure", await desk.person(1))
    banned = await desk.asks("marketing_ban", await desk.person(2))
    for case in (waiting, banned):
        path = f"/v1/subject-requests/{case['id']}"
        await call("admin", "PATCH", path, {"person_in_charge": "Bo"}, expect=200, If_Match="*")
    await desk.decides(waiting["case_number"])
    sent = await digests_of(world, relay.url()).send_due()

    registers = (await world.registers.current()).definition.request_email
    by_address = {str(message["To"]): message for message in relay.messages}
    texts = {address: message.get_content() for address, message in by_address.items()}
    assert sent == (3, 0)
    assert set(texts) == {"ada@example.com", "bo@example.com", registers}
    assert [line for line in texts["ada@example.com"].splitlines() if line.startswith("  ")] == [
        f"  {late}: 2026-11-02",
        f"  {soon}: 2026-11-26",
    ]
    assert [line for line in texts["bo@example.com"].splitlines() if line.startswith("  ")] == [
        f"  {late}: 2026-11-02",
        f"  {waiting['case_number']}: toteutetaan 2026-11-23",
        f"  {banned['case_number']}: 2 avoinna",
    ]
    assert nobodys in texts[registers]
    assert str(by_address["ada@example.com"]["Subject"]).endswith("1 myöhässä, 1 erääntyy pian")
    assert by_address["ada@example.com"]["Auto-Submitted"] == "auto-generated"
    whole = "".join(map(str, relay.messages))
    assert not any(secret in whole for secret in ("Eino", "Aino", "Esimerkki", "eino@", "aino1@"))
    details = [row.details for row in await world.rows("SELECT details FROM audit_events WHERE action = 'send'")]
    assert len(details) == 3


async def test_once_a_day_after_its_hour(world: World, call: Caller, desk: Desk, relay: Relay) -> None:
    """Not before seven, not twice, not by a second process; the next morning again."""
    await case_of(desk, call, "2026-10-01")
    one, two = (digests_of(world, relay.url()) for _ in range(2))
    world.now = MORNING - timedelta(minutes=1)
    early = await one.send_due()
    world.now = MORNING
    both = await asyncio.gather(one.send_due(), two.send_due())
    world.later(hours=23, minutes=59)
    again = await two.send_due()
    world.later(minutes=1)
    next_day = await one.send_due()

    assert (early, again, next_day) == ((0, 0), (0, 0), (1, 0))
    assert sum(sent for sent, _ in both) >= 1
    assert [str(message["Message-ID"])[1:11] for message in relay.messages] == ["2026-11-23", "2026-11-24"]
    assert await one.send_due(at_once=True) == (1, 0)


async def test_nothing_to_say(world: World, call: Caller, desk: Desk, relay: Relay) -> None:
    """No mail, unless it is wanted: then the register's contact is told that nothing waits."""
    await case_of(desk, call, "2026-11-20")
    assert await digests_of(world, relay.url()).send_due() == (0, 0)
    assert relay.messages == []
    world.later(days=1)
    assert await digests_of(world, relay.url(), digest_when_empty=True).send_due() == (1, 0)
    assert relay.messages[0].get_content().startswith("Mikään ei ole myöhässä")


async def test_the_contact_hears_what_runs_out(world: World, call: Caller, relay: Relay) -> None:
    """Of transfers, agreements and checks, by recipient and day; nobody else is told, and every kind has its words."""
    path = "/v1/processors/mailchimp/transfers"
    await call("dpo", "POST", path, transfer(valid_to="2026-11-28", **DPF), expect=201)
    assert await digests_of(world, relay.url()).send_due() == (1, 0)
    assert "  mailchimp: siirtoperuste päättyy 2026-11-28" in relay.messages[0].get_content().splitlines()
    assert {kind for words in EXPIRY.values() for kind in words} == set(get_args(ExpiryKind))
    assert len({len(words) for words in EXPIRY.values()}) == 1


async def test_a_relay_that_refuses_is_asked_again_later(world: World, call: Caller, desk: Desk, relay: Relay) -> None:
    """After five minutes, then ten; what was sent meanwhile to others is not sent again; the metric counts."""
    await staffed(call)
    await case_of(desk, call, "2026-10-01", person_in_charge="Ada", substitute="Bo")
    digests, before = digests_of(world, relay.url()), FAILED._value.get()
    relay.refuses = {"ada@example.com"}
    outcomes = [await digests.send_due()]
    for minutes in (4, 1.1, 5, 4):
        world.later(minutes=minutes)
        outcomes.append(await digests.send_due())
    relay.refuses = set()
    world.later(minutes=2)
    outcomes.append(await digests.send_due())
    outcomes.append(await digests.send_due())

    assert outcomes == [(1, 1), (0, 0), (0, 1), (0, 0), (0, 0), (1, 0), (0, 0)]
    assert FAILED._value.get() - before == 2
    assert [str(message["To"]) for message in relay.messages] == ["bo@example.com", "ada@example.com"]


async def test_no_relay_no_digest(world: World, call: Caller, desk: Desk) -> None:
    """Without SELOSTE_SMTP_URL nothing is sent or noted; the lists say the same."""
    await case_of(desk, call, "2026-10-01")
    assert await Digests(world.services, world.registers).send_due() == (0, 0)
    assert await world.rows("SELECT * FROM leases WHERE name <> 'sweep'") == []


async def test_the_service_keeps_clocks_and_stops_at_once(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Due dates are kept up with the day, and a relay that does not answer holds up no shutdown."""
    case = await case_of(desk, call, "2026-11-22")
    asked = {"step": "asked", "reason": "Two of that name.", "asked_for": "The order number."}
    await call("admin", "POST", f"/v1/subject-requests/{case}/identity-checks", asked, expect=200)
    await case_of(desk, call, "2026-10-01")
    world.later(days=3)
    stop, asked_for_mail = asyncio.Event(), asyncio.Event()

    async def hangs(*_: object) -> None:
        asked_for_mail.set()
        await asyncio.sleep(3600)

    monkeypatch.setattr(mail, "send", hangs)
    told = {"smtp_url": SecretStr("smtp://localhost"), "smtp_from": "seloste@example.com", "background": True}
    served = replace(world.services, settings=world.settings.model_copy(update=told))
    running = asyncio.create_task(keep_clocks(served, world.registers, stop))
    await asyncio.wait_for(asked_for_mail.wait(), 10)
    stop.set()
    await asyncio.wait_for(running, 10)

    due = await world.rows("SELECT due_on FROM subject_requests WHERE case_number = :case", case=case)
    assert str(due[0][0]) == "2026-12-28"  # 22 December and three days, past Christmas


async def test_where_staff_are_written_to(call: Caller, world: World) -> None:
    """People only; changed and taken away by the owner, and gone with the client."""
    new = {"name": "Ada", "role": "dpo", "employment": "employee", "email": "ada@example.com"}
    ada = await call("owner", "POST", "/v1/api-clients", new, expect=201)
    path = f"/v1/api-clients/{ada['id']}/email"
    moved = await call("owner", "PUT", path, {"email": "ada.moved@example.com"}, expect=200)
    gone = await call("owner", "PUT", path, {"email": None}, expect=200)
    bad = await call("owner", "PUT", path, {"email": "ada"})
    shop = {"name": "shop2", "role": "webshop", "systems": ["shop2"], "email": "shop@example.com"}
    refused = await call("owner", "POST", "/v1/api-clients", shop)
    await call("owner", "PUT", path, {"email": "ada@example.com"}, expect=200)
    await call("owner", "DELETE", f"/v1/api-clients/{ada['id']}", expect=204)
    after = await call("owner", "PUT", path, {"email": "ada@example.com"})

    assert (ada["email"], moved["email"], gone["email"]) == ("ada@example.com", "ada.moved@example.com", None)
    assert (bad.status_code, refused.json()["code"], after.json()["code"]) == (422, "client-invalid", "client-invalid")
    assert await world.rows("SELECT email FROM api_clients WHERE email IS NOT NULL") == []
