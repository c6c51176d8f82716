"""Erasure from request to execution: what goes, what stays until when, what remains in the database."""

from typing import Any
from uuid import UUID

import pytest

from app.register.loading import bundled
from app.subject_requests.envelopes import opened
from tests.subject_requests.people import Desk, customer, of_kind, purchase, voucher
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PERSONAL = ("Aino", "aino1@example.fi", "0401000001", "+358401000001", "Koetie 1", "esimerkki1")


async def erase(desk: Desk, world: World, person: str) -> dict[str, Any]:
    """Ask, decide and execute."""
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    return await desk.reads(case)


async def everything(world: World) -> str:
    """Every value of every table, as one text."""
    tables = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if world.dialect == "sqlite"
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    names = [row.name for row in await world.rows(tables)]
    found = []
    for name in names:
        if name not in {"register_versions", "processors", "processor_names", "vouchers"}:
            found += [str(tuple(row)) for row in await world.rows(f"SELECT * FROM {name}")]
    return "\n".join(found)


async def test_three_financial_years_are_judged_one_by_one(desk: Desk, world: World) -> None:
    """Each voucher stays until its own date; the order rows, contact details and consents go."""
    person = await desk.person()
    for number, booked_on in enumerate(("2014-05-10", "2020-05-10", "2025-05-10")):
        await desk.buys(person, booked_on, f"V-{number}")
    case = (await desk.asks("erasure", person))["case_number"]

    found = await desk.assessed(case)
    kept = {v["verdict"] + " " + (v["until"] or "") for v in of_kind(found, "voucher")}

    assert kept == {"erase ", "retain 2030-12-31", "retain 2035-12-31"}
    assert {v["verdict"] for v in of_kind(found, "purchase")} == {"erase"}
    assert {v["verdict"] for v in of_kind(found, "contact_details")} == {"erase"}
    retained = [v for v in of_kind(found, "voucher") if v["verdict"] == "retain"]
    assert all("1336/1997" in v["law"] and v["section"] for v in retained)
    assert {v["statutory_until"] for v in retained} == {"2026-12-31", "2031-12-31"}


async def test_nothing_of_the_person_is_left_but_the_voucher_as_printed(desk: Desk, world: World, call: Caller) -> None:
    """After execution no table holds a name, e-mail, phone or street; the voucher keeps its buyer, restricted."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    done = await erase(desk, world, person)
    rest = (await everything(world)).lower()
    vouchers = await call("accountant", "GET", "/v1/vouchers", expect=200)

    assert done["state"] == "executing"
    assert [value for value in PERSONAL if value.lower() in rest] == []
    assert vouchers["items"][0]["restricted"] is True
    assert vouchers["items"][0]["retain_until"] == "2035-12-31"
    assert vouchers["items"][0]["buyer_as_printed"]["name"] == "Aino Esimerkki"


async def test_the_erased_answer_410_everywhere_and_say_nothing(desk: Desk, world: World, call: Caller) -> None:
    """The customer, their purchases and consents answer 410 with the date only; older data cannot come back."""
    person = await desk.person()
    await erase(desk, world, person)
    for path in ("", "/purchases", "/bookings", "/consents"):
        answer = await call("owner", "GET", f"/v1/customers/{person}{path}")
        assert answer.status_code == 410
        assert set(answer.json()) == {"type", "title", "status", "code", "erased_on"}

    again = await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", customer())
    later = customer(interaction={"kind": "purchase", "occurred_at": "2026-11-23T09:05:00Z"})
    world.later(minutes=10)
    fresh = await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", later)

    assert again.status_code == 410
    assert fresh.status_code == 201
    assert fresh.json()["id"] != person


async def test_what_is_kept_elsewhere_is_erased_and_names_its_holder(desk: Desk) -> None:
    """Our copy of a voucher that MyCashflow keeps goes; the verdict names the holder and its date."""
    person = await desk.person()
    elsewhere = {"number": "V-9", "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"}
    await desk.buys(person, "2025-05-10", "V-9", voucher=elsewhere)
    case = (await desk.asks("erasure", person))["case_number"]
    (verdict,) = of_kind(await desk.assessed(case), "voucher")

    assert verdict["verdict"] == "erase"
    assert verdict["kept_by"] == "MyCashflow"
    assert verdict["until"] == "2035-12-31"


async def test_an_unclassified_voucher_holds_up_only_itself(desk: Desk, world: World, call: Caller) -> None:
    """It is kept restricted with a question; the accountant's answer lets the sweep give it its date."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10", voucher=voucher("V-1", material="unclassified"))
    done = await erase(desk, world, person)
    assert [item.split(":")[0] for item in done["open"] if item.startswith("question")] == ["question"]

    await call("accountant", "PUT", "/v1/vouchers/webshop/V-1/material", {"material": "voucher"}, expect=200)
    await world.sweep()
    (kept,) = (await call("accountant", "GET", "/v1/vouchers", expect=200))["items"]

    assert (kept["restricted"], kept["material"], kept["retain_until"]) == (True, "voucher", "2035-12-31")


async def test_a_voucher_without_a_printed_buyer_loses_its_link(desk: Desk, world: World, call: Caller) -> None:
    """The voucher stays as accounting material; nothing leads from it to the person."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10", voucher=voucher("V-1", buyer_as_printed=None))
    await erase(desk, world, person)
    (row,) = await world.rows("SELECT customer_id, number FROM vouchers")

    assert (row.customer_id, row.number) == (None, "V-1")


async def test_an_open_order_keeps_what_the_contract_needs(desk: Desk, world: World, call: Caller) -> None:
    """Contact details stay, restricted, while an order is undelivered; when it is done the sweep erases them."""
    person = await desk.person()
    await desk.buys(person, "2026-11-20", fulfilled_on=None, payment={"settled_on": "2026-11-20"})
    done = await erase(desk, world, person)
    kept = {v["holding"].split(":")[0]: v for v in done["verdicts"]}
    restricted = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    again = {"fulfilled_on": "2026-11-23", "payment": {"settled_on": "2026-11-20"}}

    path = f"/v1/customers/{person}/purchases/webshop/order-V-1"
    await call("webshop", "PUT", path, purchase("2026-11-20", "V-1", **again), expect=200)
    world.later(days=20)
    await world.sweep()
    gone = await call("webshop", "GET", f"/v1/customers/{person}")

    assert kept["contact_details"]["verdict"] == "retain"
    assert kept["contact_details"]["ground"] == "6(1)(b)"
    assert restricted["state"] == "restricted"
    assert gone.status_code == 410


async def test_a_legal_hold_keeps_everything_until_it_is_released(desk: Desk, world: World, call: Caller) -> None:
    """A dispute stands against erasure (Art. 17(3)(e)); after its release the sweep erases."""
    person = await desk.person()
    hold = {"kind": "dispute", "claim": "Reclamation of an order", "review_on": "2027-05-01"}
    made = await call("dpo", "POST", f"/v1/customers/{person}/legal-holds", hold, expect=201)
    done = await erase(desk, world, person)
    await call("dpo", "DELETE", f"/v1/customers/{person}/legal-holds/{made['id']}", expect=204)
    await world.sweep()
    gone = await call("webshop", "GET", f"/v1/customers/{person}")

    assert {v["ground"] for v in done["verdicts"] if v["kind"] == "contact_details"} == {"17(3)(e)"}
    assert gone.status_code == 410


async def test_by_class_is_one_word_away(desk: Desk, world: World, call: Caller) -> None:
    """With the profile by_class the same voucher stays until the statute's own date."""

    document = bundled().replace("profile: as_notice", "profile: by_class")
    await call("owner", "PUT", "/v1/register", {"document": document}, expect=200, If_Match='"1"')
    person = await desk.person()
    await desk.buys(person, "2020-05-10")
    await desk.buys(person, "2019-05-10", "V-2")
    case = (await desk.asks("erasure", person))["case_number"]
    found = of_kind(await desk.assessed(case), "voucher")

    assert {(v["verdict"], v["until"]) for v in found} == {("retain", "2026-12-31"), ("erase", None)}


async def test_the_sweep_erases_what_reaches_its_date(desk: Desk, world: World, call: Caller) -> None:
    """On the day after its date a restricted voucher goes, with a verdict in the trail; the day before it stays."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    await erase(desk, world, person)
    world.now = world.now.replace(year=2035, month=12, day=31)
    await world.sweep()
    before = (await call("accountant", "GET", "/v1/vouchers", expect=200))["items"]
    world.later(days=1)
    await world.sweep()
    after = (await call("accountant", "GET", "/v1/vouchers", expect=200))["items"]
    swept = await world.rows(
        "SELECT verdict, holding_kind FROM verdicts WHERE decision_id IN (SELECT id FROM sweep_batches)"
    )

    assert len(before) == 1
    assert after == []
    assert ("erase", "voucher") in [tuple(row) for row in swept]


async def test_envelopes_open_only_with_the_key_and_close_for_good(desk: Desk, world: World, call: Caller) -> None:
    """What recipients need is sealed; an answer destroys the key; completed only when all have answered."""

    person = await desk.person()
    done = await erase(desk, world, person)
    keys = world.services.keys

    request_id = UUID(str(done["id"]))
    letter = await world.db.read(opened, keys, request_id)
    names = [e["addressee"] for e in done["envelopes"] if e["addressee"] != "letter"]
    path = f"/v1/subject-requests/{done['case_number']}/completion"
    early = await call("dpo", "POST", path, {})
    answers = [{"addressee": name, "outcome": "acknowledged"} for name in names]
    await call("dpo", "POST", path, {"recipients": answers}, expect=200)
    closed = await call("dpo", "POST", path, {"letter_sent_on": "2026-11-23"}, expect=200)

    assert letter is not None
    assert letter["email"] == "aino1@example.fi"
    assert early.status_code == 409
    assert closed["state"] == "completed"
    assert await world.db.read(opened, keys, request_id) is None
