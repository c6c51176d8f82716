"""A reported death: what stops, what stays, what a human sees, and what a mistake puts back."""

import asyncio
from typing import Any

import pytest

from tests.subject_requests.people import Desk
from tests.subject_requests.test_requests_immediate import may, subscribed
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

DEATH = {"reported_on": "2026-11-20", "reported_by_role": "relative", "evidence_seen": "Extract of the registry, seen."}
BOOKING = {
    "starts_at": "2026-12-01T10:00:00Z",
    "ends_at": "2026-12-01T11:00:00Z",
    "service": "Hoito",
    "state": "booked",
}


def codes(answer: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in answer["reasons"]}


async def test_a_death_ends_marketing_customership_and_rights_and_can_be_undone(
    desk: Desk, call: Caller, world: World
) -> None:
    """Checks, reads, open requests, bookings; accounting stays; and a mistaken report leaves nothing."""
    person = await subscribed(desk, call)
    await call("owner", "PATCH", f"/v1/customers/{person}", {"references": [{"system": "booking", "id": "b-1"}]},
               expect=200, If_Match="*")  # fmt: skip
    await call("booking", "PUT", f"/v1/customers/{person}/bookings/booking/R-1", BOOKING, expect=201)
    await desk.buys(person, "2025-05-10")
    world.services.settings.__dict__["execution_delay_hours"] = 24
    access = (await desk.asks("access", person, details="Everything, please."))["case_number"]
    erasure = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(erasure)
    ban = (await desk.asks("marketing_ban", person, channels=["post"]))["case_number"]
    before = await may(call, {"id": person})
    world.later(minutes=1)
    path = f"/v1/customers/{person}/death"
    died = await call("admin", "POST", path, DEATH, expect=201)
    after = [await may(call, who) for who in ({"id": person}, {"email": "aino1@example.fi"})]
    books = await may(call, {"id": person}, "accounting", None)
    shown = await call("dpo", "GET", f"/v1/customers/{person}", expect=200)
    ended = [await desk.reads(case) for case in (access, erasure, ban)]
    again = await call("admin", "POST", path, DEATH)

    assert "restricted" in codes(before)
    assert [(answer["allowed"], "deceased" in codes(answer)) for answer in after] == [(False, True)] * 2
    assert books["allowed"] is True
    assert shown["death_reported_on"] == "2026-11-20"
    assert died["requests_ended"] == [access, erasure, ban]
    assert [booking["booking_id"] for booking in died["bookings_ahead"]] == ["R-1"]
    assert [(one["state"], one["open"], one["details"]) for one in ended[:2]] == [("withdrawn", [], None)] * 2
    assert (ended[2]["state"], "letter" in ended[2]["open"]) == ("executing", False)
    assert ended[0]["timeline"][-1]["details"] == {"reason": "deceased", "state_before": "received"}
    assert (again.status_code, again.json()["code"]) == (409, "death-reported")

    past = world.now.isoformat()
    world.later(minutes=5)
    undone = await call("admin", "POST", f"{path}/withdrawal", {"reason": "Another of that name."}, expect=200)
    back = await may(call, {"id": person})
    asked = {"purpose": "newsletter", "channel": "email", "at": past, "subjects": [{"id": person}]}
    then = (await call("mailer", "POST", "/v1/processing-checks", asked, expect=200))["results"][0]
    open_again = [await desk.reads(case) for case in (access, erasure, ban)]

    assert undone["withdrawal_reason"] == "Another of that name."
    assert back["allowed"] is True
    assert "deceased" in codes(then)
    assert [one["state"] for one in open_again] == ["received", "in_review", "executing"]
    assert "letter" in open_again[2]["open"]
    assert (await call("admin", "GET", path)).json()["code"] == "death-not-reported"
    assert (await call("dpo", "GET", f"/v1/customers/{person}", expect=200))["death_reported_on"] is None
    assert [row.origin for row in await world.rows("SELECT origin FROM suppressions")] == ["marketing_ban"] * 2
    feed = await world.rows("SELECT kind FROM customer_changes WHERE system = 'webshop' ORDER BY id")
    assert [row.kind for row in feed][-3:] == ["unrestricted", "deceased", "rectified"]


async def test_whoever_shares_the_address_keeps_it(desk: Desk, call: Caller, world: World) -> None:
    """Of two behind one address the other goes on; when both are gone, and after an erasure, it stays suppressed."""
    person = await subscribed(desk, call)
    recent = {"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"}
    other = await desk.person(2, email="aino1@example.fi", interaction=recent)
    consent: dict[str, Any] = {
        "purpose": "newsletter",
        "channels": ["email"],
        "action": "given",
        "collected_via": "web_form",
    }
    consent |= {"wording": {"id": "newsletter", "version": 1}, "occurred_at": "2026-11-20T10:00:00Z"}
    await call("webshop", "POST", "/v1/consents", {**consent, "event_id": "n-2", "customer": {"id": other}}, expect=201)
    died = await call("admin", "POST", f"/v1/customers/{person}/death", DEATH, expect=201)
    by_address, dead, alive = [
        await may(call, who) for who in ({"email": "aino1@example.fi"}, {"id": person}, {"id": other})
    ]
    own = await may(call, {"phone": "040 100 0001"}, "telling_about_services", "sms")
    both = await call("admin", "POST", f"/v1/customers/{other}/death", DEATH, expect=201)
    last = await may(call, {"email": "aino1@example.fi"})
    case = (await desk.asks("erasure", other, representative={"name": "Eino Esimerkki", "role": "estate",
            "evidence_seen": "Deed of the estate, seen."}))["case_number"]  # fmt: skip
    await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    left = await world.rows("SELECT count(*) AS n FROM deaths")
    stranger = await may(call, {"email": "aino1@example.fi"})

    assert died["shared_addresses"] == ["email"]
    assert (by_address["allowed"], dead["allowed"], alive["allowed"]) == (True, False, True)
    assert "deceased" in codes(own)
    assert both["shared_addresses"] == []
    assert (last["allowed"], stranger["allowed"]) == (False, False)
    assert left[0].n == 1


async def test_only_an_estate_acts_for_the_dead(desk: Desk, call: Caller) -> None:
    """A request after a report is received, because it may show that the report was wrong; a human must look."""
    person = await desk.person()
    estate = {"name": "Eino Esimerkki", "role": "estate", "evidence_seen": "Deed of the estate, seen."}
    early = (await desk.asks("access", person, representative=estate))["case_number"]
    none_yet = await desk.decides(early, 409, outcome="granted")
    await call("admin", "POST", f"/v1/customers/{person}/death", DEATH, expect=201)
    case = await desk.asks("access", person)
    refused = await desk.decides(case["case_number"], 409, outcome="granted")
    granted = await desk.decides(early, outcome="granted")

    assert (none_yet["code"], none_yet["reason"]) == ("cannot-be-decided", "no_death")
    assert case["death_reported_on"] == "2026-11-20"
    assert (refused["code"], refused["reason"]) == ("cannot-be-decided", "deceased")
    assert granted["state"] == "executing"


async def test_two_reports_at_once_are_one(desk: Desk, call: Caller, world: World) -> None:
    """One 201, one 409; a day to come is refused, and integrations do not report deaths."""
    person = await desk.person()
    path = f"/v1/customers/{person}/death"
    future = await call("admin", "POST", path, {**DEATH, "reported_on": "2026-11-24"})
    shop = await call("webshop", "POST", path, DEATH)
    both = await asyncio.gather(*(call(role, "POST", path, DEATH) for role in ("admin", "dpo")))
    (row,) = await world.rows("SELECT count(*) AS n FROM suppression_events")

    assert (future.status_code, shop.status_code) == (422, 403)
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert row.n == 4
