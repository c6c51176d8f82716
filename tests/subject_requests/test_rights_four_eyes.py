"""A refused rectification or objection that a second person must confirm: complete when proposed, in force when not."""

from typing import Any

import pytest

from tests.subject_requests.people import Desk
from tests.subject_requests.test_people_four_eyes import CONFIRMED, SENT_BACK, four_eyes
from tests.subject_requests.test_rights_objection import weighing
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

REFUSED: dict[str, Any] = {"outcome": "refused", "refusal_ground": "conditions_not_met"}
HELD = {"about": "name", "finding": "as_held", "evidence": "An identity card, seen at the desk."}
CLAIM = "A claim about an unpaid course is open."


async def states(desk: Desk, case: str, what: str) -> set[str]:
    """In which states the contested values or the objections of a case are."""
    return {one["state"] for one in (await desk.reads(case))["matter"][what]}


async def test_a_refused_rectification_waits_for_another_person(desk: Desk, call: Caller, world: World) -> None:
    """Without findings it is no proposal; until confirmed nothing is noted; the data stay restricted throughout."""
    await four_eyes(call, "refusal")
    person = await desk.person()
    asked = await desk.asks("rectification", person, rectification={"values": {"name": "Aino Uusinimi"}})
    case, path = asked["case_number"], f"/v1/subject-requests/{asked['case_number']}/decision"
    bare = await desk.decides(case, 422, **REFUSED)
    accepted = {**HELD, "finding": "as_proposed"}
    unfit = await desk.decides(case, 422, **REFUSED, findings=[accepted])
    untouched = await desk.reads(case)
    proposed = await desk.decides(case, **REFUSED, findings=[HELD])
    waiting = await states(desk, case, "rectification")
    second = await desk.decides(case, 409, outcome="granted", findings=[accepted])
    lift = {"reason": "Refused.", "told_on": "2026-11-23", "how": "letter"}
    early = await call("dpo", "POST", f"/v1/subject-requests/{case}/restriction-lift", lift)
    same = await call("dpo", "POST", f"{path}/confirmation", CONFIRMED, If_Match="*")
    hidden = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    version = f'"{proposed["version"]}"'
    sure = await call("owner", "POST", f"{path}/confirmation", CONFIRMED, If_Match=version, expect=200)

    assert (bare["errors"][0]["pointer"], unfit["errors"][0]["pointer"]) == ("#/findings", "#/outcome")
    assert (untouched["state"], untouched["decision"]) == ("received", None)
    assert (proposed["state"], proposed["open"], waiting) == ("proposed", ["confirmation"], {"contested"})
    assert second["code"] == "already-decided"
    assert early.json()["code"] == "restriction-not-told"
    assert (same.status_code, same.json()["code"]) == (403, "same-person")
    assert hidden["state"] == "restricted"
    assert (sure["state"], sure["open"]) == ("executing", ["letter", "restriction_lift"])
    (noted,) = sure["matter"]["rectification"]
    assert (noted["state"], noted["evidence"], noted["settled_by"]) == ("noted", HELD["evidence"], "owner")
    assert await world.rows("SELECT 1 FROM decisions WHERE proposal IS NOT NULL AND confirmed_at IS NOT NULL") == []
    assert (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["state"] == "restricted"


async def test_a_refused_objection_waits_for_another_person(desk: Desk, call: Caller) -> None:
    """A test that demonstrates nothing is no proposal; sent back it is weighed anew; confirmed it is rejected."""
    await four_eyes(call, "refusal")
    person = await desk.person()
    case = (await desk.asks("objection", person, purposes=["legal_claims"]))["case_number"]
    path = f"/v1/subject-requests/{case}/decision/confirmation"
    unproved = await desk.decides(case, 422, **REFUSED, balancing=[weighing("legal_claims", "rejected")])
    unfit = await desk.decides(case, 422, **REFUSED, balancing=[weighing("legal_claims", "upheld")])
    weighed = [weighing("legal_claims", "rejected", legal_claims=CLAIM)]
    untouched = await desk.reads(case)
    await desk.decides(case, **REFUSED, balancing=weighed)
    waiting = await states(desk, case, "objections")
    same = await call("dpo", "POST", path, CONFIRMED, If_Match="*")
    back = await call("owner", "POST", path, SENT_BACK, If_Match="*", expect=200)
    again = await states(desk, case, "objections")
    hidden = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    await desk.decides(case, **REFUSED, balancing=weighed)
    sure = await call("owner", "POST", path, CONFIRMED, If_Match="*", expect=200)

    assert unproved["code"] == "balancing-incomplete"
    assert unfit["errors"][0]["pointer"] == "#/outcome"
    assert (untouched["state"], untouched["decision"]) == ("received", None)
    assert (waiting, again, hidden["state"]) == ({"pending"}, {"pending"}, "restricted")
    assert (same.status_code, same.json()["code"]) == (403, "same-person")
    assert (back["state"], back["matter"]["balancing"]) == ("in_review", [])
    assert (sure["state"], sure["open"]) == ("executing", ["letter", "restriction_lift"])
    (rejected,) = sure["matter"]["objections"]
    assert (rejected["purpose"], rejected["state"]) == ("legal_claims", "rejected")
    (test,) = sure["matter"]["balancing"]
    assert (test["outcome"], test["legal_claims"]) == ("rejected", CLAIM)


async def test_what_is_granted_needs_no_second_person(desk: Desk, call: Caller) -> None:
    """`refusal`: a correction that is found right, in part at least, is made at once."""
    await four_eyes(call, "refusal")
    person = await desk.person()
    values = {"name": "Aino Uusinimi", "email": "aino.uusi@example.fi"}
    case = await desk.asks("rectification", person, rectification={"inaccurate": False, "values": values})
    found = [{**HELD, "finding": "as_proposed"}, {**HELD, "about": "email"}]
    done = await desk.decides(case["case_number"], outcome="partly_granted", findings=found)

    assert done["state"] == "executing"
    assert (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["name"] == "Aino Uusinimi"
