"""Who decides, when, how often; delay, cancelling, overrides, refusals, completion."""

import asyncio
from typing import Any

import pytest

from tests.subject_requests.people import DECISION, RECEIVED, Desk, customer
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_integrations_never_decide(desk: Desk, call: Caller) -> None:
    """A webshop and a mailer get 403 without the scope; an admin, a person, lacks the scope too (F97)."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    for role in ("webshop", "booking", "mailer", "admin", "accountant"):
        answer = await call(role, "POST", f"/v1/subject-requests/{case}/decision", DECISION)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    assert (await desk.reads(case))["state"] == "received"


async def test_of_two_deciders_one_wins(desk: Desk, call: Caller, world: World) -> None:
    """Decisions at the same moment: one 200, the others 409 with the first's decision, one set of verdicts."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    path = f"/v1/subject-requests/{case}/decision"
    answers = await asyncio.gather(
        *(
            call(role, "POST", path, {**DECISION, "reasoning": f"By {role} {n}."})
            for n in range(3)
            for role in ("dpo", "owner")
        )
    )
    won = [a for a in answers if a.status_code == 200]
    lost = [a for a in answers if a.status_code == 409]
    standing = won[0].json()["decision"]["reasoning"]

    assert (len(won), len(lost)) == (1, 5)
    assert {a.json()["decision"]["reasoning"] for a in lost} == {standing}
    (row,) = await world.rows("SELECT count(*) AS n FROM decisions")
    assert row.n == 1


async def test_a_decision_restricts_at_once_and_can_be_cancelled(desk: Desk, world: World, call: Caller) -> None:
    """Within the delay a service purpose sees only the id; cancelling brings the person back, nothing was erased."""
    person = await desk.person()
    world.services.settings.__dict__["execution_delay_hours"] = 24
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(hours=23)
    executed = await world.run_due()
    hidden = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    shown = await call("dpo", "GET", f"/v1/customers/{person}", expect=200)
    back = await call("dpo", "DELETE", f"/v1/subject-requests/{case}/decision", expect=200)
    world.later(hours=5)
    await world.run_due()
    whole = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    feed = await call("webshop", "GET", "/v1/changes")

    assert executed == 0
    assert hidden == {"state": "restricted", "id": person, "version": 1}
    assert shown["restrictions"] == ["erasure_pending"]
    assert (back["state"], back["decision"]) == ("in_review", None)
    assert whole["state"] == "active"
    assert feed.status_code == 200


async def test_the_delay_never_passes_the_due_date(desk: Desk, world: World) -> None:
    """A decision on the last day is executed on that day."""
    person = await desk.person()
    world.services.settings.__dict__["execution_delay_hours"] = 24
    case = (await desk.asks("erasure", person))["case_number"]
    due = (await desk.reads(case))["due_on"]
    world.now = world.now.fromisoformat(f"{due}T12:00:00+00:00")
    decided = await desk.decides(case)

    assert decided["decision"]["execute_after"].startswith(due)


async def test_identity_comes_before_anything_irreversible(desk: Desk) -> None:
    """An erasure of somebody unidentified is refused; so is one that is linked to nobody."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    unknown = await desk.decides(case, 422, identity={"level": "none", "how": "Could not be reached."})
    claimed = (await desk.asks("erasure", claimed_identity={"name": "Eino Esimerkki"}))["case_number"]
    nobody = await desk.decides(claimed, 409)

    assert unknown["code"] == "identity-not-established"
    assert nobody["code"] == "no-customer"


async def test_a_claim_is_linked_to_one_person_by_a_human(desk: Desk, call: Caller) -> None:
    """People with the same address are shown as similar, never included; linking needs If-Match."""
    person = await desk.person()
    twin = await desk.person(2, email="aino1@example.fi")
    claimed = await desk.asks("erasure", claimed_identity={"name": "Aino Esimerkki1", "email": "aino1@example.fi"})
    path = f"/v1/subject-requests/{claimed['case_number']}"
    bare = await call("admin", "PATCH", path, {"customer": {"id": person}})
    stale = await call("admin", "PATCH", path, {"customer": {"id": person}}, If_Match='"77"')
    await call("admin", "PATCH", path, {"customer": {"id": person}}, If_Match='"1"', expect=200)
    found = await call("dpo", "GET", f"{path}/assessment", expect=200)

    assert (bare.status_code, stale.status_code) == (428, 412)
    assert found["customer_id"] == person
    assert found["similar"] == [{"customer_id": twin, "shared": ["email"]}]


async def test_an_override_cannot_shorten_a_statutory_period(desk: Desk) -> None:
    """Erasing a voucher under the accounting duty is refused; keeping an order longer, with law and date, is not."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    case = (await desk.asks("erasure", person))["case_number"]
    found = await desk.assessed(case)
    voucher = next(name for name in found if name.startswith("voucher"))
    order = next(name for name in found if name.startswith("purchase"))
    erase = {"holding": voucher, "verdict": "erase", "reason": "The person insists."}
    shorter = {
        "holding": voucher,
        "verdict": "retain",
        "reason": "Half is enough.",
        "law": "x",
        "section": "y",
        "until": "2030-01-01",
    }
    longer = {
        "holding": order,
        "verdict": "retain",
        "reason": "Claim announced.",
        "law": "GDPR",
        "section": "Art. 17(3)(e)",
        "until": "2029-01-01",
    }

    for override in (erase, shorter, {"holding": "purchase:none", "verdict": "erase", "reason": "None."}):
        assert (await desk.decides(case, 422, overrides=[override]))["code"] == "override-refused"
    decided = await desk.decides(case, overrides=[longer])
    kept = {v["holding"]: v["verdict"] for v in decided["verdicts"]}
    assert (kept[order], kept[voucher]) == ("retain", "retain")


async def test_every_right_is_accepted_decided_and_closed(desk: Desk, call: Caller) -> None:
    """Access and portability: decided with reasons, closed when the letter left; the others in test_rights_*.py."""
    person = await desk.person()
    for right in ("access", "portability"):
        case = (await desk.asks(right, person))["case_number"]
        decided = await desk.decides(case, outcome="granted")
        path = f"/v1/subject-requests/{case}/completion"
        closed = await call("dpo", "POST", path, {"letter_sent_on": "2026-11-23"}, expect=200)
        assert (decided["state"], decided["open"]) == ("executing", ["letter"])
        assert (closed["state"], closed["open"]) == ("completed", [])
        assert [e["state"] for e in closed["timeline"]][-1] == "completed"


async def test_a_refusal_names_its_ground_and_erases_nothing(desk: Desk, call: Caller, world: World) -> None:
    """A refused erasure is a decision, not an error; without a ground it is no refusal (Art. 12(4))."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case, 422, outcome="refused")
    refused = await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met")
    await world.run_due()

    assert refused["decision"]["refusal_ground"] == "conditions_not_met"
    assert (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["state"] == "active"


async def test_a_request_can_be_taken_back_before_it_is_decided(desk: Desk, call: Caller) -> None:
    """Taken back it is final, and its file holds the claimed identity no longer."""
    case = (await desk.asks("erasure", claimed_identity={"name": "Eino Esimerkki"}))["case_number"]
    back = await call("admin", "POST", f"/v1/subject-requests/{case}/withdrawal", {}, expect=200)
    again = await desk.decides(case, 409)

    assert (back["state"], back["claimed_identity"], back["open"]) == ("withdrawn", None, [])
    assert again["code"] == "state-forbids"


async def test_what_arrives_in_the_delay_is_judged_with_the_rest(desk: Desk, world: World, call: Caller) -> None:
    """An order taken after the decision is accepted, judged at execution and in the verdicts."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await desk.buys(person, "2026-11-20", "V-2")
    await call(
        "webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", customer(email="uusi@example.fi"), expect=200
    )
    world.later(minutes=1)
    await world.run_due()
    done = await desk.reads(case)
    open_order = next(v for v in done["verdicts"] if v["kind"] == "purchase")

    assert (open_order["verdict"], open_order["until"]) == ("retain", "2026-12-04")
    assert (await call("dpo", "GET", f"/v1/customers/{person}", expect=200))["email"] == "aino1@example.fi"


async def test_a_repeated_key_receives_one_request(desk: Desk, call: Caller, world: World) -> None:
    """The same Idempotency-Key and body answer the first case; another body is refused."""
    person = await desk.person()
    sent: dict[str, Any] = {"right": "access", "customer": {"id": person}, "channel": "email", "received_at": RECEIVED}
    first = await call("admin", "POST", "/v1/subject-requests", sent, expect=201, Idempotency_Key='"k-1"')
    again = await call("admin", "POST", "/v1/subject-requests", sent, expect=201, Idempotency_Key="k-1")
    other = await call("admin", "POST", "/v1/subject-requests", {**sent, "right": "erasure"}, Idempotency_Key="k-1")

    assert first["case_number"] == again["case_number"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    (row,) = await world.rows("SELECT count(*) AS n FROM subject_requests")
    assert row.n == 1
