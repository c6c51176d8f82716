"""What transfers rest on comes and goes: a decision lapses, a listing is checked again, and each gate obeys at once."""

from typing import Any

import pytest

from app.processors.sending import may_send
from tests.processors.calls import DPF, SCC, Caller, codes, disclosure, transfer
from tests.worlds import World

pytestmark = pytest.mark.anyio

TO_MAILCHIMP = "/v1/processors/mailchimp/transfers"
LAPSE = {"decision": "(EU) 2023/1795", "lapsed_on": "2026-11-23", "reason": "Annulled.", "source": "C-703/25 P"}


@pytest.fixture
def dpo(api: Any, tokens: dict[str, str]) -> Caller:
    return Caller(api, tokens["dpo"])


@pytest.fixture
async def aino(api: Any, tokens: dict[str, str]) -> str:
    return await Caller(api, tokens["admin"]).customer()


async def judged(world: World, dpo: Caller, *people: str, **at: str) -> list[Any]:
    """Whether the newsletter may go: by the gate, by the outbox, by the checks of one person and of several."""
    gate = await dpo.post("/v1/disclosures", disclosure(customer={"id": people[0]}))
    definition = (await world.registers.current()).definition
    sending = await world.db.read(
        lambda c: may_send(c, definition, "mailchimp", "newsletter", ["contact_details"], world.now)
    )
    found: list[Any] = [codes(gate), type(sending).__name__]
    for subjects in (people[:1], people):
        asked = {"purpose": "newsletter", "channel": "email", "subjects": [{"id": one} for one in subjects], **at}
        answer = (await dpo.post("/v1/processing-checks", asked)).json()
        reasons = [[reason["code"] for reason in one["reasons"]] for one in answer["results"]]
        found.append({"transfer_refused" in one for one in reasons})
    return found


HOLDS = [[], "MaySend", {False}, {False}]
STOPS = [["transfer_refused"], "Stopped", {True}, {True}]


async def test_a_lapse_stops_everything_at_once_and_can_be_taken_back(
    world: World, dpo: Caller, aino: str, api: Any, tokens: dict[str, str]
) -> None:
    people = (aino, await Caller(api, tokens["admin"]).customer())
    first = (await dpo.post(TO_MAILCHIMP, transfer(**DPF))).json()
    assert await judged(world, dpo, *people) == HOLDS

    world.later(minutes=1)
    made = await dpo.post("/v1/adequacy-lapses", LAPSE, Idempotency_Key="lapse")
    assert made.status_code == 201, made.text
    assert await judged(world, dpo, *people) == STOPS
    assert (await dpo.get(f"/v1/transfers/{first['id']}")).json()["status"] == "refused"
    trail = (await dpo.get(f"/v1/transfers/{first['id']}/assessments")).json()["items"]
    assert [one["outcome"] for one in trail] == ["permitted", "refused"]
    assert "transfer_refused" in (await dpo.get("/v1/processors/mailchimp")).json()["open_matters"]
    assert (await dpo.post("/v1/adequacy-lapses", LAPSE)).json()["code"] == "lapse-recorded"
    (lapsed,) = [d for d in (await dpo.get("/v1/adequacy-decisions")).json()["items"] if d["lapsed_on"]]
    assert (lapsed["country"], lapsed["lapse_id"]) == ("US", made.json()["id"])

    fallback = (await dpo.post(TO_MAILCHIMP, transfer(**SCC))).json()
    assert await judged(world, dpo, *people) == HOLDS
    await dpo.post(f"/v1/transfers/{fallback['id']}/end", {"ended_on": "2026-11-22", "reason": "Not used."})
    assert await judged(world, dpo, *people) == STOPS

    path = f"/v1/adequacy-lapses/{made.json()['id']}/take-back"
    before = world.now
    world.later(minutes=1)
    assert (await dpo.post(path, {"reason": "The judgment was misread."})).status_code == 428
    assert (await dpo.post(path, {"reason": "The judgment was misread."}, If_Match='"7"')).status_code == 412
    back = await dpo.post(path, {"reason": "The judgment was misread."}, If_Match='"1"')
    assert (back.json()["version"], back.headers["etag"]) == (2, '"2"')
    again = await dpo.post(path, {"reason": "Once more."}, If_Match='"2"')
    assert again.json()["code"] == "lapse-taken-back"
    assert await judged(world, dpo, *people) == HOLDS
    assert (await judged(world, dpo, *people, at=before.isoformat()))[2:] == STOPS[2:]
    (listed,) = (await dpo.get("/v1/adequacy-lapses")).json()["items"]
    assert listed == back.json()


async def test_a_lapse_that_lies_ahead_waits_for_its_day(world: World, dpo: Caller, aino: str) -> None:
    await dpo.post(TO_MAILCHIMP, transfer(**DPF))
    await dpo.post("/v1/adequacy-lapses", {**LAPSE, "lapsed_on": "2026-11-25"})
    assert await judged(world, dpo, aino) == HOLDS
    world.later(days=2)
    assert await judged(world, dpo, aino) == STOPS
    unknown = await dpo.post("/v1/adequacy-lapses", {**LAPSE, "decision": "2016/1250"})
    assert unknown.json()["errors"][0]["pointer"] == "#/decision"


async def test_a_check_counts_from_the_instant_it_is_recorded(world: World, dpo: Caller, aino: str) -> None:
    made = (await dpo.post(TO_MAILCHIMP, transfer(**DPF))).json()
    assert await judged(world, dpo, aino) == HOLDS
    before = world.now
    world.later(days=200)
    assert "was to be checked again" in (await dpo.get(f"/v1/transfers/{made['id']}")).json()["cautions"][0]
    entry = {**DPF["evidence"]["dpf"], "checked_on": "2027-06-01", "covered_entities": [], "data": "non_hr"}
    gone = {"kind": "dpf", "finding": "Withdrew from the framework.", "dpf": {**entry, "status": "inactive"}}
    path = f"/v1/transfers/{made['id']}/checks"
    first = await dpo.post(path, gone)
    assert first.status_code == 201, first.text
    assert await judged(world, dpo, aino) == STOPS
    assert (await judged(world, dpo, aino, at=before.isoformat()))[2:] == HOLDS[2:]
    world.later(minutes=1)
    await dpo.post(path, {"kind": "dpf", "finding": "Listed again.", "dpf": entry})
    assert await judged(world, dpo, aino) == HOLDS
    shown = (await dpo.get(f"/v1/transfers/{made['id']}")).json()
    assert (shown["evidence"]["dpf"]["checked_on"], shown["cautions"]) == ("2027-06-01", [])
    assert [one["finding"] for one in (await dpo.get(path)).json()["items"]] == [gone["finding"], "Listed again."]
    ahead = await dpo.post(path, {"kind": "dpf", "finding": "x", "dpf": {**entry, "checked_on": "2028-01-01"}})
    assert ahead.status_code == 422
    world.later(days=366)
    assert await judged(world, dpo, aino) == STOPS
