"""Objection (Art. 21(1)): restricted at once, weighed by a human, upheld unless the controller demonstrates."""

from typing import Any

import pytest

from app.register.loading import bundled
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PURPOSE = """  - code: planning
    label: {fi: Aukiolojen suunnittelu, sv: Planering av öppettider, en: Planning of opening hours}
    basis: 6(1)(f)
    nature: service
    categories: [contact_details, customer_data]
    interests: Planning opening hours by what people prefer.
  - code: accounting
"""
FIELD = """      - {name: phone, builtin: true}
      - name: preferred_hours
        label: {fi: Sopivat ajat, sv: Lämpliga tider, en: Preferred hours}
        type: text
        max_length: 30
        purposes: [planning]
"""
LIFT = {"reason": "The objection has been weighed.", "told_on": "2026-11-23", "how": "letter"}


def weighing(purpose: str, outcome: str, **members: str) -> dict[str, str]:
    """A balancing test."""
    weighed = {"interest": "Fewer empty hours.", "necessity": "Counting alone does not tell who comes when."}
    return {"purpose": purpose, **weighed, "situation": "Is followed by somebody.", "outcome": outcome, **members}


async def plans(world: World, audit_years: int = 3) -> None:
    """From now on the company plans its hours on a legitimate interest, and keeps its trail for so many years."""
    changed = bundled().replace("  - code: accounting\n", PURPOSE, 1)
    changed = changed.replace("      - {name: phone, builtin: true}\n", FIELD, 1)
    changed = changed.replace("  audit:\n    years: 3\n", f"  audit:\n    years: {audit_years}\n", 1)
    await world.db.write(lambda c: world.registers.apply(c, changed, world.now, None))


async def may(call: Caller, person: str, **members: Any) -> set[str]:
    """The reasons of a check about planning; empty when it is allowed."""
    asked = {"purpose": "planning", "subjects": [{"id": person}], **members}
    answer = await call("webshop", "POST", "/v1/processing-checks", asked, expect=200)
    result = answer["results"][0]
    return set() if result["allowed"] else {reason["code"] for reason in result["reasons"]}


async def person_of(desk: Desk) -> str:
    """A living customer with a preference that only the planning uses."""
    recent = {"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"}
    return await desk.person(interaction=recent, attributes={"preferred_hours": "evenings"})


async def test_what_is_upheld_stops_and_what_rests_on_it_alone_is_erased(
    desk: Desk, call: Caller, world: World
) -> None:
    """Allowed, objected, restricted; upheld for planning, rejected for claims; erased after the delay, told, lifted."""
    await plans(world)
    person = await person_of(desk)
    before = await may(call, person)
    world.later(hours=1)
    asked = await desk.asks("objection", person)
    case, path = asked["case_number"], f"/v1/subject-requests/{asked['case_number']}"
    pending = await may(call, person)
    dry = await desk.assessed(case)
    world.services.settings.__dict__["execution_delay_hours"] = 24
    weighed = [
        weighing("planning", "upheld"),
        weighing("legal_claims", "rejected", legal_claims="A claim about an unpaid course is open."),
    ]
    unproved = await desk.decides(
        case, 422, outcome="refused", refusal_ground="conditions_not_met",
        balancing=[weighing("planning", "rejected"), weighed[1]],
    )  # fmt: skip
    half = await desk.decides(case, 422, outcome="granted", balancing=weighed[:1])
    unfit = await desk.decides(case, 422, outcome="granted", balancing=weighed)
    decided = await desk.decides(case, outcome="partly_granted", balancing=weighed)
    early = await world.run_due()
    await call("dpo", "DELETE", f"{path}/decision", expect=200)
    reopened = (await desk.reads(case))["matter"]["objections"]
    await desk.decides(case, outcome="partly_granted", balancing=weighed)
    world.later(hours=25)
    late = await world.run_due()
    done = await desk.reads(case)
    lift = {**LIFT, "told_on": "2026-11-24"}
    lifted = await call("dpo", "POST", f"{path}/restriction-lift", lift, expect=200)
    shown = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    closed = await call("dpo", "POST", f"{path}/completion", {"letter_sent_on": "2026-11-24"}, expect=200)

    assert before == set()
    assert {"restricted", "objection"} <= pending
    assert dry["attribute:preferred_hours"]["ground"] == "17(1)(c)"
    assert {one["verdict"] for name, one in dry.items() if not name.startswith("attribute")} == {"continue"}
    assert unproved["code"] == "balancing-incomplete"
    assert (half["errors"][0]["pointer"], unfit["errors"][0]["pointer"]) == ("#/balancing", "#/outcome")
    assert (decided["state"], early, late) == ("decided", 0, 1)
    assert {one["state"] for one in reopened} == {"pending"}
    assert {one["purpose"]: one["state"] for one in done["matter"]["objections"]} == {
        "planning": "upheld",
        "legal_claims": "rejected",
    }
    assert [one["situation"] for one in done["matter"]["balancing"]] == ["Is followed by somebody."] * 2
    assert "restriction_lift" in done["open"]
    assert "restriction_lift" not in lifted["open"]
    assert (shown["state"], shown["name"], shown["attributes"]) == ("active", "Aino Esimerkki1", {})
    assert await may(call, person) == {"objection"}
    assert await may(call, person, at="2026-11-23T09:30:00Z") == set()
    assert closed["state"] == "completed"
    assert {one["situation"] for one in closed["matter"]["balancing"]} == {None}


async def test_a_rejected_objection_ends_with_its_reasons_told(desk: Desk, call: Caller, world: World) -> None:
    """Compelling grounds demonstrated: the purpose goes on, but only after the person has been told."""
    await plans(world)
    person = await person_of(desk)
    case = (await desk.asks("objection", person, purposes=["planning"]))["case_number"]
    weighed = [weighing("planning", "rejected", compelling_grounds="Staff would work alone at night otherwise.")]
    refused = await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met", balancing=weighed)
    between = await may(call, person)
    await call("dpo", "POST", f"/v1/subject-requests/{case}/restriction-lift", LIFT, expect=200)

    assert refused["open"] == ["letter", "restriction_lift"]
    assert between == {"restricted"}
    assert await may(call, person) == set()


async def test_an_objection_to_marketing_needs_no_weighing(desk: Desk, call: Caller, world: World) -> None:
    """Art. 21(2) to (3): it stops at once and for good, also where the objection as such is refused."""
    person = await desk.person()
    case = (await desk.asks("objection", person, purposes=["telling_about_services"]))["case_number"]
    refused = await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met")
    asked = {"purpose": "telling_about_services", "channel": "post", "subjects": [{"id": person}]}
    check = await call("mailer", "POST", "/v1/processing-checks", asked, expect=200)

    assert "suppressed" in {reason["code"] for reason in check["results"][0]["reasons"]}
    assert refused["open"] == ["letter"]


async def test_a_withdrawal_is_always_taken_and_says_what_goes_on(desk: Desk, call: Caller) -> None:
    """N7: a purpose that rests on the contract is named in vain, which refuses nothing; the other bases are told."""
    person = await desk.person()
    await desk.buys(person, "2026-05-10")
    asked = await desk.asks("consent_withdrawal", person, purposes=["customer_relationship", "newsletter"])
    bases = {(one["holding"], one["purpose"], one["legal_basis"]) for one in asked["matter"]["other_bases"]}

    assert asked["state"] == "executing"
    assert ("contact_details", "customer_relationship", "6(1)(b)") in bases
    assert not {one for one in bases if one[2] == "6(1)(a)"}
    assert any(holding.startswith("voucher:") and basis == "6(1)(c)" for holding, _, basis in bases)
