"""What people are told when a right other than erasure is answered: the letter of its own kind, without a value."""

from typing import Any

import pytest

from app.register.loading import bundled
from tests.letters.test_letters import letters_of
from tests.subject_requests.people import Desk
from tests.subject_requests.test_rights_objection import FIELD, PURPOSE, weighing
from tests.subject_requests.test_rights_rectification import LIFT, NEW, found
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

RECENT = {"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"}
STAYS: dict[str, Any] = {"outcome": "refused", "refusal_ground": "conditions_not_met"}


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """What a letter says does not depend on the engine."""
    return request.getfixturevalue("sqlite_template")


@pytest.fixture
def desk(call: Caller) -> Desk:
    return Desk(call)


async def test_a_rectification_names_fields_and_never_values(world: World, desk: Desk, call: Caller) -> None:
    """A field, one of this controller's own, and an order: what was corrected, what was not; then the lifting."""
    changed = bundled().replace("      - {name: phone, builtin: true}\n", FIELD, 1)
    changed = changed.replace("  - code: accounting\n", PURPOSE, 1)
    await world.db.write(lambda c: world.registers.apply(c, changed, world.now, None))
    person = await desk.person(language="en", attributes={"preferred_hours": "mornings"})
    order = {"about": "purchase", "system": "webshop", "id": "order-V-1", "statement": "I sent it back."}
    values = {"name": NEW["name"], "attributes": {"preferred_hours": "evenings"}}
    asked = await desk.asks("rectification", person, rectification={"values": values, "facts": [order]})
    case = asked["case_number"]
    findings = found("name=as_held", "attributes.preferred_hours=as_proposed", "purchase:webshop/order-V-1=as_proposed")
    await desk.decides(case, outcome="partly_granted", findings=findings, reasoning="The name is as in the passport.")
    path = f"/v1/subject-requests/{case}"
    told = (await letters_of(call, case))["rectification_outcome"]
    await call("dpo", "POST", f"{path}/completion", {"letter_sent_on": "2026-11-23"}, expect=200)
    await call("dpo", "POST", f"{path}/restriction-lift", LIFT, expect=200)
    lifted = (await letters_of(call, case))["restriction_lifted"]

    corrected, unchanged = told["text"].split("We have not changed the following:")
    assert "Preferred hours" in corrected
    assert "order order-V-1" in corrected
    assert "name" in unchanged
    assert "The name is as in the passport." in unchanged
    assert not [value for value in ("evenings", "mornings", "Uusinimi", "sent it back") if value in str(told)]
    assert (lifted["state"], lifted["delivery"]["means"]) == ("delivered", "post")
    assert LIFT["reason"] in lifted["text"]
    assert "supervisory authority" in lifted["text"]


async def test_an_objection_is_answered_purpose_by_purpose(world: World, desk: Desk, call: Caller) -> None:
    """Refused with what was demonstrated; upheld with what went, once it has gone; what cannot be objected to."""
    changed = bundled().replace("  - code: accounting\n", PURPOSE, 1)
    changed = changed.replace("      - {name: phone, builtin: true}\n", FIELD, 1)
    await world.db.write(lambda c: world.registers.apply(c, changed, world.now, None))
    hours = {"attributes": {"preferred_hours": "evenings"}, "interaction": RECENT, "language": "en"}
    claims = weighing("legal_claims", "rejected", legal_claims="A claim about an unpaid course is open.")
    refused = (await desk.asks("objection", await desk.person(1, **hours), purposes=["legal_claims"]))["case_number"]
    await desk.decides(refused, **STAYS, balancing=[claims])
    half = (await desk.asks("objection", await desk.person(2, **hours)))["case_number"]
    balancing = [weighing("planning", "upheld"), claims]
    await desk.decides(half, outcome="partly_granted", balancing=balancing)
    waiting = await letters_of(call, half)
    vain = (await desk.asks("objection", await desk.person(3, **hours), purposes=["accounting"]))["case_number"]
    await desk.decides(vain, **STAYS)
    world.later(minutes=1)
    await world.run_due()
    listed = await call("dpo", "GET", f"/v1/subject-requests/{half}/letters", expect=200)
    texts = [(await call("dpo", "GET", f"/v1/letters/{one['number']}", expect=200))["text"] for one in listed["items"]]

    assert "A claim about an unpaid course is open." in (await letters_of(call, refused))["objection_outcome"]["text"]
    assert set(waiting) == {"acknowledgement"}
    kinds = ["acknowledgement", "objection_outcome", "objection_outcome", "partial"]
    assert [one["kind"] for one in listed["items"]] == kinds
    assert "Planning of opening hours" in texts[1]
    assert "unpaid course" not in texts[1]
    assert "unpaid course" in texts[2]
    assert "Accounting" in (await letters_of(call, vain))["objection_outcome"]["text"]


async def test_a_withdrawal_is_confirmed_and_says_what_goes_on(desk: Desk, call: Caller) -> None:
    """What was withdrawn and what rests on another basis; a purpose without consent is named in vain."""
    person = await desk.person(language="en", interaction=RECENT)
    case = (await desk.asks("consent_withdrawal", person))["case_number"]
    vain = (await desk.asks("consent_withdrawal", person, purposes=["customer_relationship"]))["case_number"]
    told, named = (await letters_of(call, case)), (await letters_of(call, vain))

    assert set(told) == {"acknowledgement", "consent_withdrawn"}
    assert "newsletter" in told["consent_withdrawn"]["content"]["facts"]["purposes"]
    assert "customer_relationship" in told["consent_withdrawn"]["content"]["facts"]["others"]
    assert named["consent_withdrawn"]["content"]["facts"]["purposes"] == []
    assert "there was nothing to withdraw" in named["consent_withdrawn"]["text"]


async def test_a_restriction_is_announced_and_its_end_is_told_first(world: World, desk: Desk, call: Caller) -> None:
    """The letter about the end exists before the restriction is lifted, and is not written twice."""
    person = await desk.person(language="en", interaction=RECENT)
    case = (await desk.asks("restriction", person, restriction_ground="18(1)(c)"))["case_number"]
    await desk.decides(case, outcome="granted", reasoning="The person needs the data for a claim.")
    path = f"/v1/subject-requests/{case}"
    set_ = (await letters_of(call, case))["restriction_set"]
    end = {"kind": "restriction_lifted", "lifted_on": "2026-12-01", "reasons": ["The claim has been settled."]}
    bare = await call("dpo", "POST", f"{path}/letters", {**end, "reasons": []})
    await call("dpo", "POST", f"{path}/letters", end, expect=201)
    world.later(days=8)
    lift = {"reason": "The claim has been settled.", "told_on": "2026-11-24", "how": "phone"}
    await call("dpo", "POST", f"{path}/restriction-lift", lift, expect=200)
    nothing = await call("dpo", "POST", f"{path}/letters", end)
    listed = await call("dpo", "GET", f"{path}/letters", expect=200)

    assert set_["content"]["facts"]["grounds"] == ["18(1)(c)"]
    assert "23 November 2026" in set_["text"] or "22 November 2026" in set_["text"]
    assert (bare.status_code, bare.json()["code"]) == (422, "letter-incomplete")
    assert nothing.json()["code"] == "not-restricted"
    kinds = ["acknowledgement", "restriction_set", "restriction_lifted"]
    assert [one["kind"] for one in listed["items"]] == kinds
    assert listed["items"][-1]["state"] == "ready"  # told by telephone: the letter itself has not left
