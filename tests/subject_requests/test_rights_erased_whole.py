"""What an erasure must not leave behind: found by the machine of tests/rights, each in a few steps."""

import pytest

from app.register.loading import bundled
from tests.subject_requests.people import Desk
from tests.subject_requests.test_rights_objection import FIELD, LIFT, PURPOSE, person_of, plans, weighing
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

UPHELD = [weighing("planning", "upheld")]
ROOM = """      - name: preferred_room
        label: {fi: Mieluisa huone, sv: Önskat rum, en: Preferred room}
        type: text
        max_length: 30
        purposes: [planning]
"""


async def test_what_was_kept_for_a_while_goes_with_the_sweep(desk: Desk, call: Caller, world: World) -> None:
    """Upheld while another request was open: kept then (12(3)), erased by the first sweep that nothing stands against.

    So is every version of it that stood or waited beside the record.
    """
    await plans(world)
    person = await person_of(desk)
    values = {"attributes": {"preferred_hours": "mornings"}, "name": "Aino Uusinimi"}
    corrected = (await desk.asks("rectification", person, rectification={"values": values}))["case_number"]
    found = [
        {"about": about, "finding": "undecided", "evidence": "Seen."}
        for about in ("attributes.preferred_hours", "name")
    ]
    await desk.decides(corrected, outcome="refused", refusal_ground="conditions_not_met", findings=found)
    case = (await desk.asks("objection", person, purposes=["planning"]))["case_number"]
    await desk.decides(case, outcome="granted", balancing=UPHELD)
    world.later(minutes=1)
    executed = await world.run_due()
    kept = await world.rows("SELECT attributes FROM customers")
    for one in (corrected, case):
        await call("dpo", "POST", f"/v1/subject-requests/{one}/restriction-lift", LIFT, expect=200)
        await call(
            "dpo", "POST", f"/v1/subject-requests/{one}/completion", {"letter_sent_on": "2026-11-23"}, expect=200
        )
    await world.sweep()
    shown = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)

    assert executed == 1
    assert "evenings" in str(kept)
    assert (shown["state"], shown["name"], shown["attributes"]) == ("active", "Aino Esimerkki1", {})
    assert [row.about for row in await world.rows("SELECT about FROM rectifications")] == ["name"]
    assert await world.rows("SELECT 1 FROM verdicts WHERE holding_kind = 'attribute' AND verdict = 'erase'")


async def test_two_fields_of_one_purpose_both_go(desk: Desk, call: Caller, world: World) -> None:
    """Neither comes back with the other; a value that waited beside the record does not outlive them."""
    changed = bundled().replace("  - code: accounting\n", PURPOSE, 1)
    changed = changed.replace("      - {name: phone, builtin: true}\n", FIELD + ROOM, 1)
    await world.db.write(lambda c: world.registers.apply(c, changed, world.now, None))
    recent = {"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"}
    both = {"preferred_hours": "evenings", "preferred_room": "blue"}
    person = await desk.person(interaction=recent, attributes=both)
    case = (await desk.asks("objection", person, purposes=["planning"]))["case_number"]
    later = {"kind": "customer", "name": "Aino Esimerkki1", "source": "customer_relationship", "interaction": recent}
    path = "/v1/customers/by-reference/webshop/c-1"
    await call("webshop", "PUT", path, {**later, "attributes": {**both, "preferred_room": "green"}}, expect=200)
    await desk.decides(case, outcome="granted", balancing=UPHELD)
    world.later(minutes=1)
    await world.run_due()
    await call("dpo", "POST", f"/v1/subject-requests/{case}/restriction-lift", LIFT, expect=200)

    assert (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["attributes"] == {}
    assert await world.rows("SELECT 1 FROM customer_proposals") == []


async def test_what_was_written_in_other_cases_goes_with_the_person(desk: Desk, call: Caller, world: World) -> None:
    """A withdrawal that still waits for answers, and a second erasure, keep their dates and not the person's words."""
    person = await desk.person()
    erasure = (await desk.asks("erasure", person))["case_number"]
    others = [await desk.asks(right, person, details="I am Aino.") for right in ("consent_withdrawal", "erasure")]
    await desk.decides(erasure)
    world.later(minutes=1)
    await world.run_due()
    left = [await desk.reads(one["case_number"]) for one in others]

    assert (await call("dpo", "GET", f"/v1/customers/{person}")).status_code == 410
    assert [(one["state"], one["details"]) for one in left] == [("executing", None), ("received", None)]
