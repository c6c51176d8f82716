"""A second person confirms; low identity, mandates and abuse need words of their own."""

import asyncio
from typing import Any

import pytest

from tests.subject_requests.people import DECISION, Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

CONFIRMED = {"outcome": "confirmed"}
SENT_BACK = {"outcome": "sent_back", "reason": "The booking of May is open."}


async def four_eyes(call: Caller, mode: str) -> None:
    """Apply the definition with the switch."""
    document = (await call("owner", "GET", "/v1/register", expect=200))["document"]
    changed = document + f"\nsubject_requests: {{four_eyes: {mode}}}\n"
    await call("owner", "PUT", "/v1/register", {"document": changed}, If_Match="*", expect=200)


async def test_a_proposal_restricts_and_waits_for_another_person(desk: Desk, call: Caller, world: World) -> None:
    """Not the proposer, not unread; sent back it is under review; confirmed its delay counts from then."""
    await four_eyes(call, "both")
    world.services.settings.__dict__["execution_delay_hours"] = 24
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    path = f"/v1/subject-requests/{case}/decision/confirmation"
    nothing = await call("owner", "POST", path, CONFIRMED, If_Match="*")
    proposed = await desk.decides(case)
    world.later(hours=48)
    executed = await world.run_due()
    hidden = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    same = await call("dpo", "POST", path, CONFIRMED, If_Match="*")
    unread = await call("owner", "POST", path, CONFIRMED)
    stale = await call("owner", "POST", path, CONFIRMED, If_Match='"1"')
    back = await call("owner", "POST", path, SENT_BACK, If_Match=f'"{proposed["version"]}"', expect=200)
    free = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    again = await desk.decides(case)
    sure = await call("owner", "POST", path, CONFIRMED, If_Match=f'"{again["version"]}"', expect=200)
    late = await call("owner", "POST", path, SENT_BACK, If_Match="*")
    world.later(hours=23)
    too_early = await world.run_due()
    world.later(hours=2)

    assert nothing.json()["code"] == "state-forbids"
    assert (proposed["state"], proposed["open"], executed) == ("proposed", ["confirmation"], 0)
    assert (proposed["decision"]["proposed"], proposed["decision"]["execute_after"]) == (True, None)
    assert hidden["state"] == "restricted"
    assert (same.status_code, same.json()["code"]) == (403, "same-person")
    assert (unread.status_code, stale.status_code) == (428, 412)
    assert (back["state"], back["sent_back"]["reason"]) == ("in_review", SENT_BACK["reason"])
    assert free["state"] == "active"
    assert again["sent_back"] is None
    assert (sure["state"], sure["decision"]["confirmed_by_name"]) == ("decided", "owner")
    assert sure["decision"]["execute_after"].startswith("2026-11-26T09:00")
    assert (late.json()["code"], late.json()["decision"]["confirmed_by_name"]) == ("already-decided", "owner")
    assert (too_early, await world.run_due()) == (0, 1)


async def test_confirmers_and_whoever_cancels_do_not_cross(desk: Desk, call: Caller, world: World) -> None:
    """Two confirm at once: one wins. One confirms while the other cancels: either order, one state, no half."""
    await four_eyes(call, "erasure")
    world.services.settings.__dict__["execution_delay_hours"] = 24
    for number in range(1, 4):
        person = await desk.person(number)
        case = (await desk.asks("erasure", person))["case_number"]
        path = f"/v1/subject-requests/{case}/decision"
        await call("owner", "POST", path, DECISION, expect=200)
        other = f"{path}/confirmation"
        both = await asyncio.gather(*(call("dpo", "POST", other, CONFIRMED, If_Match="*") for _ in range(2)))
        assert sorted(answer.status_code for answer in both) == [200, 409]
        assert next(a for a in both if a.status_code == 409).json()["code"] == "already-decided"
        await call("dpo", "DELETE", path, expect=200)

        await call("owner", "POST", path, DECISION, expect=200)
        confirmed, cancelled = await asyncio.gather(
            call("dpo", "POST", other, CONFIRMED, If_Match="*"), call("owner", "DELETE", path)
        )
        stands = await desk.reads(case)
        restricted = (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["state"]
        assert cancelled.status_code == 200
        assert confirmed.status_code in {200, 409}
        assert (stands["state"], stands["decision"], restricted) == ("in_review", None, "active")


async def test_a_confirmation_never_passes_the_due_date(desk: Desk, call: Caller, world: World) -> None:
    """Clocks run on while a proposal waits; confirmed on the last day it is carried out on that day."""
    await four_eyes(call, "erasure")
    world.services.settings.__dict__["execution_delay_hours"] = 24
    case = (await desk.asks("erasure", await desk.person()))["case_number"]
    due = (await desk.decides(case))["due_on"]
    world.now = world.now.fromisoformat(f"{due}T12:00:00+00:00")
    path = f"/v1/subject-requests/{case}/decision/confirmation"
    sure = await call("owner", "POST", path, CONFIRMED, If_Match="*", expect=200)

    assert sure["due_on"] == due
    assert sure["decision"]["execute_after"].startswith(due)


async def test_refusals_wait_only_where_the_definition_says_so(desk: Desk, call: Caller) -> None:
    """`refusal`: a refused access waits and a granted one does not; confirmed, only the letter is left."""
    await four_eyes(call, "refusal")
    person = await desk.person()
    granted = (await desk.asks("access", person))["case_number"]
    refused = (await desk.asks("access", person))["case_number"]
    no: dict[str, Any] = {"outcome": "refused", "refusal_ground": "conditions_not_met"}
    assert (await desk.decides(granted, outcome="granted"))["state"] == "executing"
    assert (await desk.decides(refused, **no))["state"] == "proposed"
    path = f"/v1/subject-requests/{refused}/decision/confirmation"
    sure = await call("owner", "POST", path, CONFIRMED, If_Match="*", expect=200)
    assert (sure["state"], sure["open"]) == ("executing", ["letter"])


async def test_a_low_identity_needs_its_reason_and_a_mandate_its_day(desk: Desk, call: Caller) -> None:
    """For an erasure and for handing data out; a guardian acts for a child as long as the evidence lasts."""
    person = await desk.person()
    guardian = {"name": "Eila Esimerkki", "role": "guardian", "evidence_seen": "Registry extract, seen at the desk.",
                "scope": "The child's newsletter.", "until": "2026-11-22"}  # fmt: skip
    request = await desk.asks("erasure", person, representative=guardian, ground="17(1)(f)")
    case = request["case_number"]
    low: dict[str, Any] = {"level": "low", "how": "Wrote from the address held."}
    bare = await desk.decides(case, 422, identity=low)
    over = await desk.decides(case, 409)
    path = f"/v1/subject-requests/{case}"
    renewed = {"representative": {**guardian, "until": "2026-12-31"}}
    await call("admin", "PATCH", path, renewed, If_Match="*", expect=200)
    decided = await desk.decides(case, identity={**low, "low_reason": "Only a newsletter is held."})
    access = (await desk.asks("access", await desk.person(2)))["case_number"]
    handed = await desk.decides(access, 422, outcome="granted", identity=low)

    assert request["representative"] == guardian
    assert bare["code"] == handed["code"] == "identity-not-established"
    assert (over["code"], over["reason"]) == ("cannot-be-decided", "mandate_over")
    assert decided["decision"]["identity_low_reason"] == "Only a newsletter is held."


COUNT = {"kind": "number_of_requests", "on": "2026-11-22", "what": "Asked three times this year."}
AIM = {"kind": "stated_aim", "on": "2026-11-20", "what": "Wrote that the requests end when a discount is given."}
WHY = "The aim is a discount, not to learn about the processing."
REFUSED: dict[str, Any] = {"outcome": "refused", "refusal_ground": "excessive"}


async def test_a_count_never_refuses_and_evidence_needs_an_approver(desk: Desk, call: Caller, world: World) -> None:
    """C-416/23, C-526/24: facts tied to earlier cases of the person; a clerk's own finding waits for another."""
    person, other = await desk.person(), await desk.person(2)
    first = (await desk.asks("access", person))["case_number"]
    strange = (await desk.asks("access", other))["case_number"]
    case = (await desk.asks("access", person))["case_number"]
    nothing = await desk.decides(case, 422, **REFUSED)
    count = await desk.decides(case, 422, **REFUSED, abuse={"facts": [{**COUNT, "cases": [first]}], "intention": WHY})
    theirs = {"facts": [AIM, {**COUNT, "cases": [strange]}], "intention": WHY}
    foreign = await desk.decides(case, 422, **REFUSED, abuse=theirs)
    whole = {"facts": [AIM, {**COUNT, "cases": [first]}], "intention": WHY}
    refused = await desk.decides(case, **REFUSED, abuse=whole)
    sent = {"right": "access", "channel": "email", "received_at": "2026-11-22T10:00:00Z", "customer": {"id": person}}
    own = (await call("dpo", "POST", "/v1/subject-requests", sent, expect=201))["case_number"]
    waits = await desk.decides(own, **REFUSED, abuse=whole)
    confirmation = f"/v1/subject-requests/{own}/decision/confirmation"
    sure = await call("owner", "POST", confirmation, CONFIRMED, If_Match="*", expect=200)

    assert [error["code"] for error in nothing["errors"]] == ["evidence"]
    assert [error["code"] for error in count["errors"]] == ["only_a_count"]
    assert foreign["errors"][0]["pointer"] == "#/abuse/facts/1"
    assert (refused["state"], refused["abuse"][0]["approved_by_name"]) == ("executing", "dpo")
    assert refused["abuse"][0]["facts"][1]["cases"] == [first]
    assert (waits["state"], waits["abuse"][0]["approved_by_name"]) == ("proposed", None)
    assert sure["abuse"][0]["approved_by_name"] == "owner"


async def test_a_fee_is_asked_for_with_reasons_while_the_clock_runs(desk: Desk, call: Caller) -> None:
    """The first copy is free; a further one may cost; nothing is granted while a fee is open; paid is recorded."""
    person = await desk.person()
    first = (await desk.asks("access", person))["case_number"]
    case = await desk.asks("access", person)
    path = f"/v1/subject-requests/{case['case_number']}/fee"
    copied = {"kind": "conduct", "on": "2026-11-21", "what": "Got a copy already."}
    fee = {"finding": "further_copy", "facts": [copied], "intention": "Wants it once more on paper.",
           "amount": "12.50", "currency": "EUR", "costs": "Half an hour and postage."}  # fmt: skip
    free = await call("dpo", "POST", path, fee)
    fee["facts"] = [{**copied, "cases": [first]}]
    nought = await call("dpo", "POST", path, {**fee, "amount": "0.00"})
    asked = await call("dpo", "POST", path, fee, expect=200)
    twice = await call("owner", "POST", path, fee)
    granted = await desk.decides(case["case_number"], 409, outcome="granted")
    paid = await call("dpo", "POST", f"{path}/outcome", {"outcome": "paid"}, expect=200)
    done = await desk.decides(case["case_number"], outcome="granted")
    own = {"right": "access", "channel": "email", "received_at": "2026-11-22T10:00:00Z", "customer": {"id": person}}
    mine = (await call("dpo", "POST", "/v1/subject-requests", own, expect=201))["case_number"]
    clerk = await call("dpo", "POST", f"/v1/subject-requests/{mine}/fee", fee)

    assert [error["code"] for error in free.json()["errors"]] == ["first_copy"]
    assert (nought.status_code, twice.status_code) == (422, 409)
    assert (asked["state"], asked["due_on"], asked["timeline"][-1]["kind"]) == ("received", case["due_on"], "fee_asked")
    assert asked["abuse"][0]["fee"]["amount"] == "12.50"
    assert granted["code"] == "state-forbids"
    assert (paid["abuse"][0]["fee"]["outcome"], paid["timeline"][-1]["kind"]) == ("paid", "fee_paid")
    assert done["state"] == "executing"
    assert clerk.json()["code"] == "approver-needed"
