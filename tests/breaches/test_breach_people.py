"""The people affected: living and erased, told in their own language, and a wrong erasure noticed too late."""

from typing import Any
from uuid import uuid4

import pytest

from tests.breaches.calls import CONTENT, HIGH, LESSONS, Register, notification
from tests.subject_requests.people import Desk, customer
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

WORDS = {"language": "fi", "content": CONTENT, "advice": "Ole tarkkana, jos joku tuntematon ottaa yhteyttä."}
AT = "2026-11-23T09:00:00Z"


async def people(call: Caller, number: str) -> list[dict[str, Any]]:
    """Everybody listed."""
    found: list[dict[str, Any]] = (await call("dpo", "GET", f"/v1/breaches/{number}/people", expect=200))["items"]
    return found


async def test_people_are_listed_and_told(world: World, desk: Desk, register: Register, call: Caller) -> None:
    """High risk keeps the breach open until everybody listed has been told, or cannot be, with reasons."""
    ids = [await desk.person(number) for number in (1, 2)]
    number = (await register.reports())["number"]
    await register.posts(number, "notifications", notification())
    assert (await register.posts(number, "assessments", HIGH))["open"] == ["people_unlisted"]
    named = {"customers": [{"id": ids[0]}, {"system": "webshop", "id": "c-2"}], "subject_keys": [str(uuid4())]}
    for _ in range(2):
        shown = await register.posts(number, "people", named, expect=200)
        assert shown["people"] == {"listed": 3, "to_tell": 3, "told": 0, "unreachable": 0}
    listed = await people(call, number)
    keys = {one["customer_id"]: one["subject_key"] for one in listed}
    assert set(keys) == {*ids, None}

    told = {"subject_keys": [keys[ids[0]], keys[ids[1]]], "outcome": "told", "at": AT, "channel": "email"}
    refused = await register.posts(number, "people/outcomes", {**told, "language": "fi"}, expect=409)
    assert refused["code"] == "no-communication"
    partly = {**WORDS, "content": {**CONTENT, "measures": None}}
    assert (await register.posts(number, "communications", partly, expect=422))["code"] == "communication-refused"
    await register.posts(number, "communications", WORDS)
    stranger = {**told, "language": "fi", "subject_keys": [keys[ids[0]], str(uuid4())]}
    assert (await register.posts(number, "people/outcomes", stranger, expect=422))["code"] == "breach-invalid"
    shown = await register.posts(number, "people/outcomes", {**told, "language": "fi"}, expect=200)
    assert (shown["people"]["told"], shown["open"]) == (2, ["people_untold"])
    gone = {"subject_keys": [keys[None]], "outcome": "unreachable", "at": AT, "reason": "No address is left."}
    assert (await register.posts(number, "people/outcomes", gone, expect=200))["open"] == []
    states = {one["customer_id"]: (one["state"], one["channel"]) for one in await people(call, number)}
    assert states == {ids[0]: ("told", "email"), ids[1]: ("told", "email"), None: ("unreachable", None)}
    assert (await register.posts(number, "closing", LESSONS, expect=200))["state"] == "closed"
    trail = await world.rows("SELECT count(*) FROM audit_subjects s JOIN audit_events e ON e.id = s.event_id "
                             "WHERE e.action = 'tell'")  # fmt: skip
    assert trail[0][0] == 3


async def test_an_exception_excuses_with_reasons(register: Register) -> None:
    """Art. 34(3)(c) tells the public instead; a later assessment without it brings the duty back (34(4))."""
    number = (await register.reports())["number"]
    claimed = {"exception": "34(3)(c)", "reasons": "Nobody knows who opened the page."}
    refused = await register.posts(number, "assessments", {**HIGH, "exception": claimed}, expect=422)
    assert refused["reason"] == "no_public_communication"
    public = {**HIGH, "exception": {**claimed, "public_communication": "On the front page for a month."}}
    assert (await register.posts(number, "assessments", public))["persons"] == "excused"
    assert (await register.posts(number, "assessments", HIGH))["persons"] == "tell"


async def test_a_wrong_erasure_noticed_too_late_is_a_breach(
    world: World, desk: Desk, register: Register, call: Caller
) -> None:
    """Its case is named; the erased person stands on the list by subject key, and no table holds a value of theirs."""
    person = await desk.person(7)
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    assert await world.run_due() == 1
    lost = {"natures": ["availability"], "what_happened": "The wrong person was erased.", "case_number": case}
    made = await register.reports("admin", **lost, aware_at="2026-11-23T08:30:00Z")

    (listed,) = await people(call, made["number"])
    assert (listed["customer_id"], listed["state"]) == (None, "to_tell")
    assert (await desk.reads(case))["timeline"][-1]["kind"] == "breach_reported"
    erased = await register.posts(made["number"], "people", {"customers": [{"id": person}]}, expect=422)
    assert erased["errors"][0]["detail"] == "has been erased; name the person by subject key"
    for table in ("breaches", "breach_people", "breach_events", "breach_notices"):
        rows = str(await world.rows(f"SELECT * FROM {table}"))
        assert not [value for value in ("Esimerkki7", "aino7@", person, person.replace("-", "")) if value in rows]


async def test_whoever_is_erased_later_loses_the_link(
    world: World, desk: Desk, register: Register, call: Caller
) -> None:
    """By a trigger, whichever way the erasure comes; who was told and when stays."""
    person = await desk.person(3)
    number = (await register.reports())["number"]
    await register.posts(number, "people", {"customers": [{"id": person}]}, expect=200)
    (before,) = await people(call, number)
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await world.run_due()
    (after,) = await people(call, number)

    assert (before["customer_id"], after["customer_id"]) == (person, None)
    assert {**before, "customer_id": None} == after


@pytest.mark.parametrize(
    ("who", "detail"),
    [
        ({"email": "aino1@example.fi"}, "an address identifies nobody; name the person by id or reference"),
        ({"system": "webshop", "id": "nobody"}, "is nobody of this register"),
    ],
)
async def test_who_cannot_be_listed(desk: Desk, register: Register, who: dict[str, str], detail: str) -> None:
    """All or none; the refusal names the place, not the person."""
    known = await desk.person(1)
    number = (await register.reports())["number"]
    refused = await register.posts(number, "people", {"customers": [{"id": known}, who]}, expect=422)
    assert refused["errors"] == [{"detail": detail, "pointer": "#/customers/1"}]
    assert (await register.reads(number))["people"]["listed"] == 0


async def test_notices_are_facts_in_three_languages(register: Register, call: Caller) -> None:
    """To the authority all phases together with numbers and reasons; to people the newest words in their language."""
    number = (await register.reports(records_about=None))["number"]
    path = f"/v1/breaches/{number}/notices"
    assert (await call("dpo", "GET", f"{path}/authority")).status_code == 409
    partly = {**CONTENT, "consequences": None}
    await register.posts(number, "notifications", notification(content=partly, later_because="Being looked into."))
    for language, title in (
        ("fi", "Ilmoitus henkilötietojen tietoturvaloukkauksesta"),
        ("sv", "Anmälan om en personuppgiftsincident"),
        ("en", "Notification of a personal data breach"),
    ):
        facts = await call("dpo", "GET", f"{path}/authority?language={language}", expect=200)
        assert (facts["title"], facts["controller"], facts["number"]) == (title, "Lumicos Oy", number)
        assert facts["missing"] == ["33(3)(c)"]
    facts = await call("dpo", "GET", f"{path}/authority?language=en", expect=200)
    texts = {block["code"]: block["text"] for block in facts["blocks"]}
    assert (
        texts["numbers"]
        == "customers; Contact details; people, approximately: 10; records, approximately: not known yet"
    )
    assert texts["aware"] == "20.11.2026 15:30 EET"
    assert "Mari Helenius" in texts["contact"]
    assert texts["later"] == "Being looked into."

    await register.posts(number, "communications", WORDS)
    await register.posts(
        number, "communications", {**WORDS, "content": {**CONTENT, "nature": "Kirjeet menivät sekaisin."}}
    )
    facts = await call("dpo", "GET", f"{path}/persons", expect=200)
    texts = {block["code"]: block["text"] for block in facts["blocks"]}
    assert list(texts) == ["nature", "contact", "consequences", "measures", "advice"]
    assert texts["nature"] == "Kirjeet menivät sekaisin."
    assert (await call("dpo", "GET", f"{path}/persons?language=sv")).status_code == 409
    assert customer(1)["name"] not in str(facts)
