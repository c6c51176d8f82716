"""Which notice a consent was given under: pinned with the event, for good (Art. 4(11), 7(1))."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.consents.rules import content_hash
from app.consents.schemas import ConsentIn
from app.notice.publishing import publish_due
from tests.access.people import KNOWN, records, reply
from tests.consents.calls import BATCH, given, operation, register, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
CONSENTS = "/v1/consents"
ACCESS = {"right": "access", "channel": "post", "received_at": "2026-11-23T09:00:00Z"}


async def publish_two(call: Caller, world: World) -> list[str]:
    """The notice, and an hour later one with other words; an instant under each, with one before both."""
    instants = [world.now.isoformat()]
    world.later(hours=1)
    assert await publish_due(world.services, world.registers) == 1
    instants.append(world.now.isoformat())
    world.later(hours=1)
    change = {"country": "FI", "legal_name": "Tehden Oy", "legal_name_confirmed": True}
    await call("dpo", "PATCH", "/v1/processors/tehden", change, expect=200, If_Match="*")
    assert await publish_due(world.services, world.registers) == 2
    world.later(minutes=20)
    return [*instants, world.now.isoformat()]


async def test_a_consent_pins_the_notice_that_was_shown(call: Caller, world: World) -> None:
    """In force at the moment of giving, else the one that the caller names; the state and the history say which."""
    before, under_first, now = await publish_two(call, world)
    who = await register(call)
    sent: list[dict[str, Any]] = [
        given(who, "old", occurred_at=before),
        given(who, "first", occurred_at=under_first),
        given(who, "named", occurred_at=now, notice_version=1, notice_language="sv"),
        given({"email": "aino@example.fi"}, "second", occurred_at=now),
        withdrawn(who, "away", purpose="booking_data", channels=[], occurred_at=now),
        withdrawn(who, "away-named", purpose="booking_data", channels=[], occurred_at=now, notice_version=2),
        given(who, "unknown", occurred_at=now, notice_version=3),
        given(who, "not-yet", occurred_at=under_first, notice_version=2),
        given(who, "not-spoken", occurred_at=now, notice_version=2, notice_language="de"),
        withdrawn(who, "away-unknown", occurred_at=now, notice_version=3),
    ]
    for one in sent[:5]:
        await call("booking", "POST", CONSENTS, one, expect=201)
    results = (await call("booking", "POST", BATCH, {"items": sent}, expect=200))["results"]
    assert [one["status"] for one in results] == [200, 200, 200, 200, 200, 201, 422, 422, 422, 422]
    assert {one["problem"]["code"] for one in results[6:]} == {"notice-version-unknown"}
    refused = await call("booking", "POST", CONSENTS, sent[6], expect=422)
    assert refused["code"] == "notice-version-unknown"

    read = await call("booking", "GET", f"/v1/customers/{who}/consents", expect=200)
    pinned = {one["event_id"]: one["notice"] for one in read["history"]}
    assert pinned == {
        "old": None,
        "first": {"version": 1, "language": None},
        "named": {"version": 1, "language": "sv"},
        "second": {"version": 2, "language": None},
        "away": None,
        "away-named": {"version": 2, "language": None},
    }
    states = {one["purpose"]: one["notice"] for one in read["states"]}
    rows = await world.rows("SELECT notice_version FROM consent_states WHERE purpose = 'newsletter'")
    assert states["newsletter"]["version"] == rows[0].notice_version
    assert await replied(call, who) == {name: shown and shown["version"] for name, shown in pinned.items()}


async def replied(call: Caller, who: str) -> dict[str, int | None]:
    """What the reply to an access request says of each event."""
    case = (await call("dpo", "POST", "/v1/subject-requests", {**ACCESS, "customer": {"id": who}}, expect=201))["id"]
    await call("admin", "POST", f"/v1/subject-requests/{case}/identity-checks", KNOWN, expect=200)
    history = records(await reply(call, case), "consent_history")
    return {one["values"]["event_id"]: one["values"]["notice_version"] for one in history}


async def test_an_event_of_an_earlier_release_is_known_again(world: World) -> None:
    """Sent again after the upgrade it has the hash that it had; one that names a notice is another event."""
    op = await operation(world, "booking")
    sent = ConsentIn.model_validate(given("01890000-0000-7000-8000-000000000000"))
    plain = sent.model_dump_json(exclude={"channels", "notice_version", "notice_language"})
    assert content_hash(op, sent) == op.keys.hash("consent", plain, "email")
    assert content_hash(op, sent.model_copy(update={"notice_version": 1})) != content_hash(op, sent)
    with pytest.raises(ValidationError, match="goes with notice_version"):
        ConsentIn.model_validate(given("01890000-0000-7000-8000-000000000000", notice_language="sv"))


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """SQLite alone: both ways on both databases are compared in `tests/hot`."""
    return request.getfixturevalue("sqlite_template")
