"""The end of customership: who is proposed, what a named human decides over many, and who keeps everything."""

from typing import Any

import pytest

from app.customership import propose_all, propose_due, settle_due
from tests.subject_requests.people import Desk, purchase
from tests.worlds import Caller, World

LIST = "/v1/inactivity-proposals"
OLD = {"kind": "purchase", "occurred_at": "2024-03-01T10:00:00Z"}
WHY = "Nothing for two years, nothing open."

pytestmark = pytest.mark.anyio


async def propose(world: World) -> int:
    return (await propose_all(world.services, world.registers))[0]


async def proposed(call: Caller, state: str = "proposed") -> dict[str, dict[str, Any]]:
    found = await call("dpo", "GET", f"{LIST}?state={state}", expect=200)
    return {one["customer_id"]: one for one in found["items"]}


async def decides(call: Caller, expect: int = 200, **members: Any) -> dict[str, Any]:
    sent = {"outcome": "erase", "reasoning": WHY, **members}
    answer: dict[str, Any] = await call("dpo", "POST", f"{LIST}/decision", sent, expect=expect)
    return answer


async def test_who_is_proposed_and_by_which_facts(desk: Desk, world: World, call: Caller) -> None:
    """Nobody with an interaction since the limit or an open matter; each once, with the facts of the day."""
    silent = await desk.person(1)
    await desk.person(2, interaction={"kind": "form", "occurred_at": "2024-11-23T10:00:00Z"})  # the limit's own day
    unpaid, held, asking, consenting = [await desk.person(n) for n in (3, 4, 5, 6)]
    await desk.buys(unpaid, "2024-03-02", "V-3", payment={})
    hold = {"kind": "dispute", "claim": "A reclamation.", "review_on": "2027-01-01"}
    await call("dpo", "POST", f"/v1/customers/{held}/legal-holds", hold, expect=201)
    await desk.asks("access", asking)
    given = {
        "event_id": "given-6", "customer": {"id": consenting}, "purpose": "newsletter", "channels": ["email"],
        "action": "given", "wording": {"id": "newsletter", "version": 1, "language": "fi"}, "collected_via": "web_form",
        "occurred_at": "2026-01-15T10:00:00Z", "evidence": {"control": "box", "form": "shop"},
    }  # fmt: skip
    await call("webshop", "POST", "/v1/consents", given, expect=201)

    assert await propose(world) == 1
    assert await propose(world) == 0
    (found,) = (await proposed(call)).values()
    assert (found["customer_id"], found["proposed_on"], found["limit_months"]) == (silent, "2026-11-23", 24)
    assert (found["last_dealing_at"], found["last_consent_at"]) == ("2024-03-01T10:00:00Z", None)
    assert (await call("dpo", "GET", f"/v1/customers/{silent}", expect=200))["state"] == "active"


async def test_one_decision_over_many_is_carried_out_for_each(desk: Desk, world: World, call: Caller) -> None:
    """Restricted at once, a case with verdicts of their own, recipients told and no letter; the excepted stay."""
    people = [await desk.person(n) for n in range(1, 5)]
    await desk.buys(people[0], "2024-03-02", "V-1")
    await propose(world)
    listed = await proposed(call)
    but_one: dict[str, Any] = {"except": [listed[people[3]]["id"]]}
    answer = await decides(call, listed_through="2026-11-23", **but_one)
    assert (answer["people"], answer["opened"], answer["waiting"]) == (3, 3, 0)
    assert list(await proposed(call)) == [people[3]]
    shown = await call("webshop", "GET", f"/v1/customers/{people[0]}", expect=200)
    assert shown["state"] == "restricted"
    case = (await proposed(call, "approved"))[people[0]]["request_id"]
    assert (await call("dpo", "GET", "/v1/subject-requests", expect=200))["items"] == []

    assert await world.run_due() == 3
    read = await desk.reads(case)
    verdicts = {one["kind"]: one["verdict"] for one in read["verdicts"]}
    assert (verdicts["contact_details"], verdicts["voucher"]) == ("erase", "retain")
    assert read["decision"]["decided_by_name"] == "dpo"
    assert "letter" not in [one["addressee"] for one in read["envelopes"]]
    for person in people[:3]:
        await call("webshop", "GET", f"/v1/customers/{person}", expect=410)
    assert await world.rows("SELECT 1 FROM suppressions") == []  # nobody has withdrawn anything
    assert len(await world.rows("SELECT 1 FROM inactivity_proposals")) == 1
    assert len(await world.rows("SELECT 1 FROM audit_events WHERE action = 'execute'")) == 3
    noted = dict(await world.rows("SELECT kind, count(DISTINCT row_id) FROM ledger_outbox GROUP BY kind"))
    assert (noted["request"], noted["decision"], noted["erasure"]) == (3, 3, 3)


async def test_who_becomes_active_keeps_everything(desk: Desk, world: World, call: Caller) -> None:
    """Between proposal and decision, and between decision and execution."""
    before, after, gone = [await desk.person(n) for n in (1, 2, 3)]
    await propose(world)
    listed = await proposed(call)
    order = purchase("2026-11-22", "V-9")
    await call("webshop", "PUT", f"/v1/customers/{before}/purchases/webshop/order-9", order, expect=201)
    answer = await decides(call, ids=[one["id"] for one in listed.values()])
    assert (answer["people"], answer["opened"]) == (3, 2)
    order = purchase("2026-11-23", "V-8")
    await call("webshop", "PUT", f"/v1/customers/{after}/purchases/webshop/order-8", order, expect=201)

    await world.run_due()
    for person in (before, after):
        assert (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["state"] == "active"
    await call("webshop", "GET", f"/v1/customers/{gone}", expect=410)
    assert set(await proposed(call, "lapsed")) == {before, after}
    assert await propose(world) == 0


async def test_a_cancelled_decision_and_a_kept_person(desk: Desk, world: World, call: Caller) -> None:
    """Within the delay nobody has lost anything; who is kept comes back after the stated interval."""
    people = [await desk.person(n) for n in (1, 2)]
    await propose(world)
    listed = await proposed(call)
    first = await decides(call, ids=[listed[people[0]]["id"]])
    assert (await decides(call, 409, ids=[one["id"] for one in listed.values()]))["code"] == "already-decided"
    kept = await decides(call, outcome="keep", ids=[listed[people[1]]["id"]], again_after_months=6)
    assert kept["again_on"] == "2027-05-23"
    assert (await decides(call, 409, listed_through="2026-11-23"))["code"] == "nothing-proposed"
    path = f"{LIST}/decisions/{first['id']}"
    cancelled = await call("owner", "DELETE", path, expect=200)
    assert cancelled["cancelled_at"] is not None

    assert await world.run_due() == 0
    assert (await call("webshop", "GET", f"/v1/customers/{people[0]}", expect=200))["state"] == "active"
    assert set(await proposed(call, "kept")) == set(people)
    world.later(days=182)
    assert await propose(world) == 1
    assert set(await proposed(call)) == {people[1]}
    await call("admin", "POST", f"{LIST}/decision", {"outcome": "keep", "reasoning": WHY, "ids": [first["id"]]}, 403)


async def test_a_large_decision_goes_on_in_the_background(
    desk: Desk, world: World, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says how many wait; proposals are made once a calendar month."""
    import asyncio

    monkeypatch.setattr("app.subject_requests.inactivity.AT_ONCE", 1)
    monkeypatch.setattr("app.customership.PEOPLE_PER_STEP", 2)
    for n in range(1, 5):
        await desk.person(n)
    stop = asyncio.Event()
    assert await propose_due(world.services, world.registers, stop)
    world.later(days=7)
    assert not await propose_due(world.services, world.registers, stop)
    answer = await decides(call, listed_through="2026-12-31")
    assert (answer["people"], answer["opened"], answer["waiting"]) == (4, 1, 3)
    assert await settle_due(world.services, world.registers) == 3
    found = await call("dpo", "GET", f"{LIST}/decisions/{answer['id']}", expect=200)
    assert (found["opened"], found["waiting"]) == (4, 0)
    assert await settle_due(world.services, world.registers) == 0
    world.later(days=2)
    assert await propose_due(world.services, world.registers, stop)


async def test_suppressions_are_reviewed_by_a_human_once_a_year(desk: Desk, world: World, call: Caller) -> None:
    """What stands is listed by kind, never by address; a review is recorded, and the next one falls due."""
    assert await call("dpo", "GET", "/v1/suppression-reviews/due", expect=200) == {
        "due_on": None, "overdue": False, "standing": [],
    }  # fmt: skip
    await desk.asks("marketing_ban", await desk.person(1))
    due = await call("dpo", "GET", "/v1/suppression-reviews/due", expect=200)
    assert {one["origin"] for one in due["standing"]} == {"marketing_ban"}
    assert (due["due_on"], due["overdue"]) == ("2027-11-22", False)
    world.later(days=400)
    assert (await call("dpo", "GET", "/v1/suppression-reviews/due", expect=200))["overdue"] is True
    sent = {"reasoning": "The bans stand."}
    made = await call("dpo", "POST", "/v1/suppression-reviews", sent, expect=201)
    assert (made["next_on"], made["standing"]) == ("2028-12-28", due["standing"])
    assert (await call("dpo", "GET", "/v1/suppression-reviews", expect=200))["items"] == [made]
    assert (await call("dpo", "GET", "/v1/suppression-reviews/due", expect=200))["overdue"] is False
