"""Restriction (Art. 18): four grounds, tied to a case, at once; lifted only after the person has been told."""

from typing import Any

import pytest

from tests.subject_requests.people import RECEIVED, Desk, voucher
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

LIFT = {"reason": "The claim was settled.", "told_on": "2026-11-23", "how": "email"}


async def state(call: Caller, person: str) -> str:
    """What the webshop sees of the person."""
    answer = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    return str(answer["state"])


@pytest.mark.parametrize("ground", ["18(1)(a)", "18(1)(b)", "18(1)(c)", "18(1)(d)"])
async def test_each_ground_restricts_on_receipt_and_stays_with_its_case(
    desk: Desk, call: Caller, world: World, ground: str
) -> None:
    """Granted, told to recipients, completed: the restriction stands until its ground is gone and the person told."""
    person = await desk.person()
    asked = await desk.asks("restriction", person, restriction_ground=ground)
    path = f"/v1/subject-requests/{asked['case_number']}"
    seen = await state(call, person)
    early = await call("dpo", "POST", f"{path}/restriction-lift", LIFT)
    granted = await desk.decides(asked["case_number"], outcome="granted")
    recipients = [one["addressee"] for one in granted["envelopes"] if one["addressee"] != "letter"]
    answers = [{"addressee": one, "outcome": "acknowledged"} for one in recipients]
    done = {"recipients": answers, "letter_sent_on": "2026-11-23"}
    closed = await call("dpo", "POST", f"{path}/completion", done, expect=200)
    still = await state(call, person)
    world.later(days=30)
    refused = [
        await call("dpo", "POST", f"{path}/restriction-lift", {**LIFT, "told_on": day})
        for day in ("2026-12-24", "2026-11-22")
    ]
    lifted = await call("dpo", "POST", f"{path}/restriction-lift", {**LIFT, "told_on": "2026-12-23"}, expect=200)
    again = await call("dpo", "POST", f"{path}/restriction-lift", {**LIFT, "told_on": "2026-12-23"})
    feed = await world.rows("SELECT kind FROM customer_changes ORDER BY id")

    assert (seen, still, await state(call, person)) == ("restricted", "restricted", "active")
    assert early.json()["code"] == "restriction-not-told"
    assert recipients
    assert (closed["state"], closed["open"]) == ("completed", [])
    assert [one.json()["code"] for one in refused] == ["restriction-not-told"] * 2
    assert again.json()["code"] == "not-restricted"
    (told,) = lifted["matter"]["restrictions"]
    assert (told["ground"], told["told_on"], told["told_how"]) == (ground, "2026-12-23", "email")
    assert lifted["timeline"][-1]["kind"] == "restriction_lifted"
    assert [one.kind for one in feed] == ["restricted", "unrestricted"]


async def test_a_refused_restriction_ends_after_the_person_was_told(desk: Desk, call: Caller) -> None:
    """Restricted on receipt, refused: the case stays open until the restriction has been lifted, and no longer."""
    person = await desk.person()
    case = (await desk.asks("restriction", person))["case_number"]
    path = f"/v1/subject-requests/{case}"
    free = await state(call, person)
    nothing = await desk.decides(case, 422, outcome="granted")
    await call("admin", "PATCH", path, {"restriction_ground": "18(1)(b)"}, expect=200, If_Match="*")
    seen = await state(call, person)
    refused = await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met")
    half = await call("dpo", "POST", f"{path}/completion", {"letter_sent_on": "2026-11-23"}, expect=200)
    closed = await call("dpo", "POST", f"{path}/restriction-lift", LIFT, expect=200)

    assert (free, seen) == ("active", "restricted")
    assert nothing["code"] == "request-invalid"
    assert (refused["open"], half["state"]) == (["letter", "restriction_lift"], "executing")
    assert (closed["state"], closed["open"]) == ("completed", [])


async def test_the_wrong_person_is_left_without_a_restriction(desk: Desk, call: Caller) -> None:
    """The case moves to another record, and the restriction with it; of the first nobody need be told."""
    first, second = await desk.person(1), await desk.person(2)
    case = (await desk.asks("restriction", first, restriction_ground="18(1)(c)"))["case_number"]
    path = f"/v1/subject-requests/{case}"
    await call("admin", "PATCH", path, {"customer": {"id": second}}, expect=200, If_Match="*")

    assert (await state(call, first), await state(call, second)) == ("active", "restricted")


async def test_what_the_person_needs_is_neither_swept_nor_erased(desk: Desk, call: Caller, world: World) -> None:
    """Past its statutory period a voucher goes with the next sweep, but not while the person needs it for a claim."""
    person = await desk.person()
    await desk.buys(person, "2010-05-10", voucher=voucher("V-1"))
    asked = await desk.asks("restriction", person, restriction_ground="18(1)(c)")
    path = f"/v1/subject-requests/{asked['case_number']}"
    granted = await desk.decides(asked["case_number"], outcome="granted")
    answers = [{"addressee": e["addressee"], "outcome": "acknowledged"} for e in granted["envelopes"]]
    answers = [one for one in answers if one["addressee"] != "letter"]
    done = {"recipients": answers, "letter_sent_on": "2026-11-23"}
    await call("dpo", "POST", f"{path}/completion", done, expect=200)
    await world.sweep()
    kept = await world.rows("SELECT 1 FROM vouchers")
    erasure = (await desk.asks("erasure", person))["case_number"]
    verdicts = await desk.assessed(erasure)
    await call("admin", "POST", f"/v1/subject-requests/{erasure}/withdrawal", {}, expect=200)
    await call("dpo", "POST", f"{path}/restriction-lift", LIFT, expect=200)
    await world.sweep()

    assert len(kept) == 1
    assert {one["verdict"] for one in verdicts.values()} == {"restrict"}
    assert {one["ground"] for one in verdicts.values()} == {"18(1)(c)"}
    assert await world.rows("SELECT 1 FROM vouchers") == []


async def test_a_ground_has_its_own_facts(desk: Desk, call: Caller, world: World) -> None:
    """Of (d) to (f) a human records what was found; without it the ground is not there, and (a) is looked at."""
    person = await desk.person()
    await desk.buys(person, "2026-11-20", fulfilled_on=None)
    case = (await desk.asks("erasure", person, ground="17(1)(d)"))["case_number"]
    path = f"/v1/subject-requests/{case}"
    bare = await call("dpo", "GET", f"{path}/assessment", expect=200)
    gap = {"ground_facts": {"unlawfulness": "records_missing"}}
    await call("dpo", "PATCH", path, gap, expect=200, If_Match="*")
    paper = await call("dpo", "GET", f"{path}/assessment", expect=200)
    facts = {"ground_facts": {"unlawfulness": "outside_the_list", "holdings": ["contact_details"]}}
    await call("dpo", "PATCH", path, facts, expect=200, If_Match="*")
    found = await call("dpo", "GET", f"{path}/assessment", expect=200)
    wrong = await call("dpo", "PATCH", path, {"restriction_ground": "18(1)(a)"}, If_Match="*")
    outcomes = {one["holding"]: one["outcome"] for one in found["holdings"]}
    sent = {"right": "access", "channel": "post", "received_at": RECEIVED, "customer": {"id": person}}
    misplaced: list[dict[str, Any]] = [
        {"ground_facts": {}},
        {"restriction_ground": "18(1)(a)"},
        {"rectification": {"values": {"name": "X"}}},
    ]
    answers = [await call("admin", "POST", "/v1/subject-requests", {**sent, **one}) for one in misplaced]

    assert "17(1)(d)" in bare["ground_refusal"]
    assert "C-60/22" in paper["ground_refusal"]
    assert found["ground_refusal"] is None
    assert (outcomes["contact_details"]["verdict"], outcomes["contact_details"]["ground"]) == ("erase", "17(1)(d)")
    assert outcomes["reference:webshop"]["verdict"] == "retain"
    assert wrong.status_code == 422
    assert [answer.status_code for answer in answers] == [422] * 3
