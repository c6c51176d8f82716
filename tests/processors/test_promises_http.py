"""The chain behind a recipient, what runs out, and whether the notice may say what it says."""

from typing import Any

import pytest

from app.processors.safeguards_told import safeguards
from tests.processors.calls import DPF, IMPORTER, SCC, Caller, agreement, disclosure, transfer
from tests.worlds import Template, World

pytestmark = pytest.mark.anyio

CHAIN = "/v1/processors/mailchimp/sub-processors"
SUB = {
    "name": "Example Cloud",
    "legal_entity": "Example Cloud Inc.",
    "purpose": "Hosting",
    "announced_on": "2026-11-20",
}
SAYS = {
    "importer_address": "405 N Angier Ave, Atlanta",
    "person_categories": ["customers"],
    "copy_of_safeguards": "Ask the controller.",
}


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """What is judged here is read in simple statements, which the plans of both engines cover."""
    return sqlite_template


@pytest.fixture
def dpo(api: Any, tokens: dict[str, str]) -> Caller:
    return Caller(api, tokens["dpo"])


async def findings(dpo: Caller) -> list[str]:
    (found,) = (await dpo.get(CHAIN)).json()["items"]
    return [one["code"] for one in found["findings"]]


async def test_a_sub_processor_from_announcement_to_use(world: World, dpo: Caller) -> None:
    await dpo.post("/v1/processors/mailchimp/agreements", agreement())
    made = (await dpo.post(CHAIN, SUB)).json()
    told = (made["authorisation"], made["objection_until"], made["standing"], made["onward"])
    assert told == ("general", "2026-12-20", "objection_open", "refused")
    assert made["findings"] == []
    due = (await dpo.get("/v1/expiring", within_days=30)).json()["items"]
    assert [(one["kind"], one["days_left"]) for one in due] == [("objection_ends", 27)]
    deeper = {**SUB, "name": "Deeper", "engaged_by": made["id"]}
    assert (await dpo.post(CHAIN.replace("mailchimp", "tehden"), deeper)).status_code == 422

    path = f"/v1/sub-processors/{made['id']}"
    await dpo.patch(path, {"in_use_from": "2026-11-22", "country": "US"}, 1)
    used = ["sub_processor_unauthorised", "sub_processor_duties_unproven", "sub_processor_transfer_refused"]
    assert await findings(dpo) == used
    assert set(used) <= set((await dpo.get("/v1/processors/mailchimp")).json()["open_matters"])
    clauses = {"scc": {**SCC["evidence"]["scc"], "module": "M3"}, "tia": SCC["evidence"]["tia"]}
    onward = {"importer": "example cloud inc.", "importer_role": "sub_processor", "mechanism": "46(2)(c)"}
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**onward, evidence=clauses))
    assert (await dpo.patch(path, {"decision": "authorised"}, 2)).status_code == 422
    decided = {"decision": "authorised", "decision_reason": "Audited in 2026.", "duties_reference": "DPA annex 4"}
    assert (await dpo.patch(path, decided, 1)).status_code == 412
    assert (await dpo.patch(path, decided, 2)).json()["standing"] == "authorised"
    assert await findings(dpo) == []
    await dpo.patch(path, {"decision": "objected", "decision_reason": "A breach was kept from us."}, 3)
    assert await findings(dpo) == ["sub_processor_objected"]
    await dpo.patch(path, {"ended_on": "2026-11-22"}, 4)
    assert await findings(dpo) == []


async def test_a_promise_is_kept_only_when_it_is_true_of_every_recipient(dpo: Caller) -> None:
    async def promised() -> dict[str, Any]:
        told = (await dpo.get("/v1/promises")).json()["promises"]
        return {one["fact"]: one for one in told}

    before = await promised()
    assert {fact: one["kept"] for fact, one in before.items()} == {"F74": False, "F87": False, "F91": False}
    codes = before["F91"]["concerned"]
    assert len(codes) == 7
    abroad = {one["processor"]: one["code"] for one in before["F91"]["faults"]}
    assert (abroad["mailchimp"], abroad["takk"]) == ("transfer_refused", "country_unknown")
    assert all(one["remedy"] for one in before["F74"]["faults"])

    for code in codes:
        found = (await dpo.get(f"/v1/processors/{code}")).json()
        known = {"legal_name": found["legal_name"] or f"{code} Oy", "legal_name_confirmed": True}
        where = {} if code == "mailchimp" else {"country": "FI"}
        await dpo.patch(f"/v1/processors/{code}", {**known, **where}, found["version"])
        await dpo.post(f"/v1/processors/{code}/agreements", agreement())
    assert [fact for fact, one in (await promised()).items() if not one["kept"]] == ["F74", "F91"]
    entry = {**DPF["evidence"]["dpf"], "covered_entities": [], "data": "both", "finding": "Listed."}
    bare = await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))
    assert bare.json()["missing"][0] == "importer_address"
    assert {one["code"] for one in (await promised())["F91"]["faults"]} == {"transfer_record_incomplete"}
    ended = {"ended_on": "2026-11-22", "reason": "Recorded anew."}
    await dpo.post(f"/v1/transfers/{bare.json()['id']}/end", ended)
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(mechanism="45", evidence={"dpf": entry}, **SAYS))
    assert [one["faults"] for one in (await promised()).values()] == [[], [], []]
    await dpo.post("/v1/processors/paytrail/agreements", agreement(d={"met": False, "reference": None}))
    told = await promised()
    assert {fact: one["kept"] for fact, one in told.items()} == {"F74": False, "F87": False, "F91": True}
    (fault,) = told["F87"]["faults"]
    assert (fault["processor"], fault["reason"]) == ("paytrail", "The agreement lacks: d.")


async def test_what_runs_out_is_told_before_it_stops(world: World, dpo: Caller) -> None:
    async def due(days: int) -> list[tuple[str, bool]]:
        found = (await dpo.get("/v1/expiring", within_days=days)).json()["items"]
        return [(one["kind"], one["stops_sending"]) for one in found]

    soon = {"dpf": {**DPF["evidence"]["dpf"], "expires_on": "2026-12-10", "next_check_on": "2026-11-30"}}
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(mechanism="45", evidence=soon, valid_to="2026-12-20"))
    await dpo.post("/v1/processors/mailchimp/agreements", agreement())
    lapse = {"decision": "(EU) 2023/1795", "lapsed_on": "2027-01-11", "reason": "Announced."}
    await dpo.post("/v1/adequacy-lapses", lapse)
    assert await due(5) == []
    assert await due(7) == [("dpf_check_due", False)]
    assert await due(60) == [
        ("dpf_check_due", False),
        ("dpf_expires", True),
        ("transfer_ends", True),
        ("agreement_review", False),
        ("guarantees_review", False),
        ("decision_ends", True),
    ]
    world.later(days=20)
    assert (await dpo.get("/v1/expiring", within_days=0)).json()["items"][0]["days_left"] < 0


async def test_whom_a_fall_concerns(api: Any, tokens: dict[str, str], dpo: Caller) -> None:
    people = sorted([await Caller(api, tokens["admin"]).customer() for _ in range(3)])
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))
    for one in people[:2]:
        await dpo.post("/v1/disclosures", disclosure(customer={"id": one}))
        await dpo.post("/v1/disclosures", disclosure(customer={"id": one}))
    await dpo.post("/v1/disclosures", disclosure(customer={"id": people[2]}, purpose="marketing"))
    asked = (await dpo.post("/v1/transfers/what-if", {"dpf_annulled_on": "2026-12-01"})).json()
    assert [(one["processor"], one["people"]) for one in asked["blocked"] if one["country"] == "US"] == [
        ("mailchimp", 2)
    ]
    path = "/v1/processors/mailchimp/people"
    first = (await dpo.get(path, limit=1)).json()
    second = (await dpo.get(path, limit=1, cursor=first["next"])).json()
    assert [one["id"] for one in first["items"] + second["items"]] == people[:2]
    assert second["next"] is None


async def test_each_flow_is_told_with_its_safeguard_and_where_to_get_a_copy(world: World, dpo: Caller) -> None:
    async def told() -> list[tuple[Any, ...]]:
        definition = (await world.registers.current()).definition
        found = await world.db.read(lambda c: safeguards(c, definition, world.now))
        return [(one.importer, one.mechanism, one.instrument, one.holds, one.copy) for one in found]

    assert await told() == []
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF, **SAYS))
    assert await told() == [(IMPORTER, "45", "(EU) 2023/1795", True, "Ask the controller.")]
    lapse = {"decision": "(EU) 2023/1795", "lapsed_on": "2026-11-01", "reason": "Annulled."}
    await dpo.post("/v1/adequacy-lapses", lapse)
    assert await told() == [(IMPORTER, "45", None, False, "Ask the controller.")]
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**SCC))
    assert await told() == [(IMPORTER, "46(2)(c)", "(EU) 2021/914", True, None)]
