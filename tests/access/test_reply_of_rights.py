"""What the exercise of other rights leaves behind is in the reply too, in every form, and never another person's."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from app.access import repository
from app.access.schemas import DataOut
from app.access.sections import SECTIONS
from app.customership import propose_all
from tests.access.people import everything, identified, records, reply
from tests.breaches.calls import CONTENT, HIGH, Register
from tests.subject_requests.people import DECISION, Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

SEEN = "A marriage certificate was shown at the desk."
NEW = {"name": "Aino Uusinimi", "email": "aino.uusi@example.fi"}
WEIGHED = {
    "purpose": "legal_claims",
    "interest": "Collecting what is owed.",
    "necessity": "Without the order nothing can be proved.",
    "situation": "Is followed by somebody.",
    "legal_claims": "A claim about an unpaid course is open.",
    "outcome": "rejected",
}
LIFT = {"reason": "The spelling has been settled.", "told_on": "2026-11-23", "how": "letter"}
ADVICE = "Ole tarkkana, jos joku tuntematon ottaa yhteyttä."
SILENT = "Silent for two years, but a course is still to come."
STRANGER = {"name": "Aino Esimerkki", "email": "aino1@example.fi"}


async def kept_customer(call: Caller, desk: Desk, world: World, number: int, **members: Any) -> str:
    """Somebody silent, proposed for the end of the customership, whom a human keeps."""
    person = await desk.person(number, **members)
    await propose_all(world.services, world.registers)
    listed = await call("dpo", "GET", "/v1/inactivity-proposals?state=proposed", expect=200)
    ids = [one["id"] for one in listed["items"] if one["customer_id"] == person]
    decision = {"outcome": "keep", "reasoning": SILENT, "ids": ids}
    await call("dpo", "POST", "/v1/inactivity-proposals/decision", decision, expect=200)
    return person


async def contests(call: Caller, desk: Desk, person: str) -> None:
    """A rectification granted in part, answered by a letter; the restriction ends after the person was told."""
    asked = await desk.asks("rectification", person, rectification={"values": NEW, "reason": "Married in May."})
    found = [{"about": "name", "finding": "as_proposed", "evidence": SEEN}]
    found += [{"about": "email", "finding": "undecided", "evidence": "The address could not be reached."}]
    await desk.decides(asked["case_number"], outcome="partly_granted", findings=found)
    path = f"/v1/subject-requests/{asked['case_number']}"
    listed = await call("dpo", "GET", f"{path}/letters", expect=200)
    answer = next(one for one in listed["items"] if one["kind"] == "rectification_outcome")
    left = {"sent_on": "2026-11-23", "means": "post"}
    await call("dpo", "POST", f"/v1/letters/{answer['number']}/delivery", left, expect=200)
    await call("dpo", "POST", f"{path}/restriction-lift", LIFT, expect=200)


async def objects(desk: Desk, person: str) -> None:
    """An objection that is weighed and rejected; the restriction stands."""
    case = (await desk.asks("objection", person, purposes=["legal_claims"]))["case_number"]
    await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met", balancing=[WEIGHED])


async def affected(call: Caller, told: str, untold: str) -> str:
    """A breach that affects two, of whom one has been told by a letter; its number."""
    register = Register(call)
    number = str((await register.reports())["number"])
    await register.posts(number, "assessments", HIGH)
    await register.posts(number, "people", {"customers": [{"id": told}, {"id": untold}]}, expect=200)
    await register.posts(number, "communications", {"language": "fi", "content": CONTENT, "advice": ADVICE})
    listed = await call("dpo", "GET", f"/v1/breaches/{number}/people", expect=200)
    (key,) = [one["subject_key"] for one in listed["items"] if one["customer_id"] == told]
    issued = await register.posts(number, "letters", {"subject_keys": [key]})
    left = {"letters": issued["letters"], "at": "2026-11-23T09:00:00Z", "channel": "email"}
    await register.posts(number, "letters/deliveries", left, expect=200)
    return number


async def test_what_other_rights_left_behind_is_in_every_form(world: World, call: Caller, desk: Desk) -> None:
    """Contested, objected, weighed, restricted, written to, affected by a breach, proposed: one reply has it all."""
    person = await kept_customer(call, desk, world, 1, language="en")
    other = await kept_customer(call, desk, world, 2, language="en")
    await contests(call, desk, person)
    await objects(desk, person)
    await desk.asks("objection", other)
    number = await affected(call, person, other)
    case = await identified(call, desk, person)
    found = await reply(call, case)
    DataOut.model_validate(found)

    def values(section: str) -> list[dict[str, Any]]:
        return [one["values"] for one in records(found, section)]

    contested = {one["about"]: one for one in values("rectifications")}
    assert set(contested) == {"name", "email"}
    assert (contested["name"]["held"], contested["name"]["proposed"]) == ("Aino Esimerkki1", NEW["name"])
    assert (contested["name"]["state"], contested["name"]["evidence"]) == ("changed", SEEN)
    assert (contested["email"]["state"], contested["email"]["reason"]) == ("noted", "Married in May.")
    (objection,), (weighed,) = values("objections"), values("balancing_tests")
    assert (objection["purpose"], objection["state"]) == ("legal_claims", "rejected")
    assert {**WEIGHED, "compelling_grounds": None}.items() <= weighed.items()
    lifted, standing = sorted(values("restrictions"), key=lambda one: one["ground"])
    assert (lifted["ground"], lifted["told_how"], lifted["lift_reason"]) == ("18(1)(a)", "letter", LIFT["reason"])
    assert (standing["ground"], standing["lifted_at"], standing["told_on"]) == ("18(1)(d)", None, None)
    letters = {one["kind"]: one for one in values("letters")}
    assert {"rectification_outcome", "objection_outcome", "acknowledgement"} <= set(letters)
    sent = letters["rectification_outcome"]
    assert (sent["sent_on"], sent["means"], letters["objection_outcome"]["means"]) == ("2026-11-23", "post", None)
    assert sent["content"]["facts"]["reasons"] == [DECISION["reasoning"]]
    (breach,) = values("breaches")
    assert (breach["number"], breach["state"], breach["channel"]) == (number, "told", "email")
    assert CONTENT.items() <= breach["content"].items()
    assert (breach["advice"], breach["natures"]) == (ADVICE, ["confidentiality"])
    notice = next(one for one in records(found, "letters") if one["values"]["kind"] == "breach_notice")
    assert (notice["values"]["case_number"], notice["values"]["means"], notice["retention"]) == (number, "email", None)
    assert "communication" not in notice["values"]["content"]["facts"]
    (proposal,) = values("inactivity")
    assert (proposal["state"], proposal["outcome"], proposal["reasoning"]) == ("kept", "keep", SILENT)
    assert {"letter_issued", "letter_sent", "restriction_lifted"} <= {one["kind"] for one in values("request_timeline")}
    assert {one["retention"]["outcome"] for one in records(found, "letters") if one is not notice} == {"period"}
    assert records(found, "breaches")[0]["retention"] is None

    files = await reply(call, case, "/archive")
    whole, page = json.loads(files["data.json"]), files["page.html"].decode()
    for section in ("rectifications", "objections", "balancing_tests", "restrictions", "letters", "breaches"):
        assert records(whole, section) == records(found, section), section
    shown = ("corrected", "Is followed by somebody.", number, "answer to the request for rectification", ADVICE, SILENT)
    assert [text for text in shown if text not in page] == []
    assert files["document.pdf"].startswith(b"%PDF-")
    of_other = await reply(call, await identified(call, desk, other))
    assert records(of_other, "rectifications") == records(of_other, "balancing_tests") == []
    assert [one["values"]["state"] for one in records(of_other, "breaches")] == ["to_tell"]
    assert records(of_other, "breaches")[0]["values"]["content"] is None
    assert "Uusinimi" not in everything(of_other)


async def test_letters_of_a_case_follow_the_person_and_leave_the_wrong_one(call: Caller, desk: Desk) -> None:
    """Written before anybody was linked: theirs. Written while somebody else was linked: nobody's, and marked so."""
    wrong, person = await desk.person(1), await desk.person(2)
    early = await desk.asks("access", claimed_identity=STRANGER)
    mistaken = await desk.asks("restriction", wrong, restriction_ground="18(1)(c)")
    for case in (early, mistaken):
        path = f"/v1/subject-requests/{case['case_number']}"
        await call("admin", "PATCH", path, {"customer": {"id": person}}, expect=200, If_Match="*")
    found = await reply(call, await identified(call, desk, person))
    of_wrong = await reply(call, await identified(call, desk, wrong))

    cases = [one["values"]["case_number"] for one in records(found, "letters")]
    assert early["case_number"] in cases
    assert mistaken["case_number"] not in cases
    assert mistaken["case_number"] not in [one["values"]["case_number"] for one in records(of_wrong, "letters")]


async def test_what_a_letter_or_a_contested_value_says_of_others_is_withheld(call: Caller, desk: Desk) -> None:
    """Each new record can be marked by the name that the reply gives it (Art. 15(4))."""
    person = await desk.person()
    await contests(call, desk, person)
    number = await affected(call, person, await desk.person(2))
    case = await identified(call, desk, person)
    found = await reply(call, case)
    letter = next(one for one in records(found, "letters") if one["values"]["kind"] == "rectification_outcome")
    name = next(one for one in records(found, "rectifications") if one["values"]["about"] == "name")
    path, why = f"/v1/subject-requests/{case}/data/redactions", "Names somebody else."
    marks = [
        {"record": letter["record"], "field": "content/facts/reasons/0"},
        {"record": name["record"], "field": "evidence"},
        {"record": f"breach:{number}", "field": "advice"},
    ]
    for mark in marks:
        await call("dpo", "POST", path, {**mark, "reason": why}, expect=201)
    after = {one["record"]: one for section in (await reply(call, case))["sections"] for one in section["records"]}

    assert [len(after[mark["record"]]["withheld"]) for mark in marks] == [1, 1, 1]
    assert after[letter["record"]]["values"]["content"]["facts"]["reasons"][0] is None
    assert after[name["record"]]["values"]["evidence"] is None
    assert after[f"breach:{number}"]["values"]["advice"] is None


async def test_every_section_is_read_by_an_index(world: World, desk: Desk) -> None:
    """No section walks through a table, whoever else is in it."""
    if world.dialect != "sqlite":
        pytest.skip("an empty PostgreSQL table is always walked through; SQLite says what the indexes allow")
    person = await desk.person()

    def walked(connection: Connection) -> list[str]:
        who = repository.person(connection, UUID(person))
        assert who is not None
        found = []
        for section in SECTIONS:
            for query in repository.queries(section, who):
                asked = query.compile(connection, compile_kwargs={"literal_binds": True})
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
                found += [f"{section.code}: {row.detail}" for row in plan if row.detail.startswith("SCAN")]
        return found

    assert await world.db.read(walked) == []
