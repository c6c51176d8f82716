"""A case opened for the wrong person, or for nobody: it leaves nothing in that person's file."""

from typing import Any

import pytest

from tests.subject_requests.people import Desk
from tests.subject_requests.test_requests_immediate import may, subscribed
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

FILE = ("restrictions", "verdicts", "subject_requests", "customer_changes", "letters")


async def relink(call: Caller, case: str, person: str, expect: int = 200) -> dict[str, Any]:
    """Link the case to somebody else."""
    path = f"/v1/subject-requests/{case}"
    answer: dict[str, Any] = await call(
        "admin", "PATCH", path, {"customer": {"id": person}}, If_Match="*", expect=expect
    )
    return answer


async def left(world: World, person: str) -> dict[str, int]:
    """What the person's file holds of requests; `rectified` only tells systems to look anew."""
    one = person if world.dialect == "postgresql" else person.replace("-", "")
    counted = {}
    for table in FILE:
        rows = await world.rows(
            f"SELECT count(*) AS n FROM {table} WHERE customer_id = :id"
            + (" AND kind <> 'rectified'" if table == "customer_changes" else ""),
            id=one,
        )
        counted[table] = rows[0].n
    return {table: n for table, n in counted.items() if n}


async def test_a_ban_for_the_wrong_person_is_undone_and_in_force_for_the_right_one(
    desk: Desk, call: Caller, world: World
) -> None:
    """Suppressions, copies at a later address and the feed go; an older withdrawal of that person's own stands."""
    wrong = await subscribed(desk, call)
    right = await desk.person(2)
    own = {"event_id": "own-1", "customer": {"id": wrong}, "purpose": "newsletter", "channels": ["email"]}
    own |= {"action": "withdrawn", "collected_via": "web_form", "occurred_at": "2026-11-21T10:00:00Z"}
    await call("webshop", "POST", "/v1/consents", own, expect=201)
    case = (await desk.asks("marketing_ban", wrong))["case_number"]
    await call("admin", "PATCH", f"/v1/customers/{wrong}", {"email": "uusi@example.fi"}, expect=200, If_Match="*")
    done = f"/v1/subject-requests/{case}/completion"
    await call("dpo", "POST", done, {"recipients": [{"addressee": "mailchimp", "outcome": "acknowledged"}],
               "letter_sent_on": "2026-11-23"})  # fmt: skip
    closed = await desk.reads(case)
    world.later(minutes=1)
    corrected = await relink(call, case, right)
    mine, theirs = await may(call, {"id": wrong}), await may(call, {"id": right})
    by_phone = await may(call, {"phone": "040 100 0001"}, "telling_about_services", "sms")
    audit = await world.rows("SELECT details FROM audit_events WHERE action = 'correct'")

    assert closed["state"] == "completed"
    assert (corrected["state"], corrected["customer_id"]) == ("executing", right)
    assert "letter" in corrected["open"]
    assert [e["kind"] for e in corrected["timeline"]][-3:] == ["relinked", "took_effect", "letter_issued"]
    assert corrected["timeline"][-3]["details"]["told_in_error"] == ["mailchimp"]
    assert {r["code"] for r in mine["reasons"]} >= {"suppressed"}
    assert "marketing_ban" not in {r["code"] for r in [*mine["reasons"], *by_phone["reasons"]]}
    assert "marketing_ban" in {r["code"] for r in theirs["reasons"]}
    assert await left(world, wrong) == {"customer_changes": 1}  # the withdrawal of their own
    assert len(audit) == 1


async def test_a_withdrawal_for_the_wrong_person_gives_the_consent_back(desk: Desk, call: Caller, world: World) -> None:
    """The consent given before stands again, as if nobody had withdrawn it."""
    wrong = await subscribed(desk, call)
    right = await desk.person(2)
    case = (await desk.asks("consent_withdrawal", wrong, purposes=["newsletter"]))["case_number"]
    stopped = await may(call, {"id": wrong})
    world.later(minutes=1)
    await relink(call, case, right)
    again = await may(call, {"id": wrong})
    events = await world.rows("SELECT action FROM consent_events WHERE event_id LIKE '2026-%'")

    assert (stopped["allowed"], again["allowed"]) == (False, True)
    assert [event.action for event in events] == ["withdrawn"]
    assert await left(world, wrong) == {}
    assert await left(world, right) == {"subject_requests": 1, "customer_changes": 1, "letters": 1}


async def test_a_cancelled_erasure_leaves_no_verdict_with_the_wrong_person(
    desk: Desk, call: Caller, world: World
) -> None:
    """Decided, cancelled, relinked: verdicts, decision, restriction and established identity go, the clock stays."""
    wrong, right = await desk.person(), await desk.person(2)
    await desk.buys(wrong, "2025-05-10")
    world.services.settings.__dict__["execution_delay_hours"] = 24
    case = (await desk.asks("erasure", wrong))["case_number"]
    path = f"/v1/subject-requests/{case}"
    asked = {"step": "asked", "reason": "Two of that name.", "asked_for": "The order number.", "on": "2026-11-22"}
    await call("admin", "POST", f"{path}/identity-checks", asked, expect=200)
    known = {"step": "sufficient", "level": "high", "how": "Showed the order of that person."}
    await call("admin", "POST", f"{path}/identity-checks", known, expect=200)
    decided = await desk.decides(case)
    early = await call("admin", "PATCH", path, {"customer": {"id": right}}, If_Match="*")
    cancelled = await call("dpo", "DELETE", f"{path}/decision", expect=200)
    before = await left(world, wrong)
    relinked = await relink(call, case, right)

    assert (decided["state"], early.json()["code"]) == ("decided", "state-forbids")
    assert {"verdicts", "restrictions", "subject_requests"} <= before.keys()
    assert await left(world, wrong) == {}
    assert relinked["due_on"] == cancelled["due_on"]
    assert [check["level"] for check in relinked["identity_checks"]] == [None]
    assert (await world.rows("SELECT count(*) AS n FROM decisions"))[0].n == 0
    assert {row.kind for row in await world.rows("SELECT kind FROM undoings")} == {"verdict", "restriction", "decision"}
    await desk.decides(case)
    world.later(hours=25)
    assert await world.run_due() == 1
    assert (await call("dpo", "GET", f"/v1/customers/{wrong}", expect=200))["state"] == "active"


async def test_what_was_opened_in_error_is_withdrawn_and_nobodys(desk: Desk, call: Caller, world: World) -> None:
    """A ban that nobody asked for is undone; a decided case must be cancelled first; an executed one is a breach."""
    person = await subscribed(desk, call)
    case = (await desk.asks("marketing_ban", person))["case_number"]
    path = f"/v1/subject-requests/{case}/withdrawal"
    taken_back = await call("admin", "POST", path, {})
    world.later(minutes=1)
    gone = await call("admin", "POST", path, {"kind": "opened_in_error"}, expect=200)
    access = (await desk.asks("access", person))["case_number"]
    await desk.decides(access, outcome="granted")
    late = await call("admin", "POST", f"/v1/subject-requests/{access}/withdrawal", {"kind": "opened_in_error"})

    assert taken_back.json()["code"] == "state-forbids"
    assert (gone["state"], gone["customer_id"]) == ("withdrawn", None)
    assert gone["timeline"][-1]["details"]["kind"] == "opened_in_error"
    assert (await may(call, {"id": person}))["allowed"] is True
    assert (await world.rows("SELECT count(*) AS n FROM suppressions"))[0].n == 0
    assert (late.status_code, "breach" in late.json()["detail"]) == (409, True)


async def test_a_wrong_erasure_noticed_too_late_is_told_the_way(desk: Desk, call: Caller, world: World) -> None:
    """What was erased does not come back: the answer names where a breach is recorded."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    late = await call("dpo", "DELETE", f"/v1/subject-requests/{case}/decision")

    assert (late.status_code, late.json()["code"]) == (409, "already-executed")
    assert late.json()["way"] == {"method": "POST", "path": "/v1/breaches", "case_number": case}
