"""The reply holds everything of the person and nothing of anybody else, in each of its forms."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import Connection

from app.access import making, repository
from app.access.schemas import DataOut
from app.subject_requests.assessment import judge, words
from app.subject_requests.repository import request
from tests.access.people import everything, identified, records, reply, rich_person
from tests.processors.calls import DPF, transfer
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

LIVING = ("person", "references", "purchases", "vouchers", "consents", "consent_history", "legal_holds", "recipients")


async def test_everything_of_the_person_and_nothing_of_another(world: World, call: Caller, desk: Desk) -> None:
    """Two people behind one address: each gets their own, by name and number; who looked is told by role."""
    shared = {"email": "perhe@example.fi"}
    first = await rich_person(call, desk, 1, **shared)
    await rich_person(call, desk, 2, **shared)
    await desk.asks("marketing_ban", first)
    await call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF), expect=201)
    case = await identified(call, desk, first)
    found = await reply(call, case)
    DataOut.model_validate(found)
    text = everything(found)

    assert all(records(found, section) for section in LIVING)
    assert "Esimerkki1" in text
    assert not [other for other in ("Esimerkki2", "040 100 0002", "Koetie 2", "V-21", "e-2") if f'"{other}' in text]
    (person,) = records(found, "person")
    assert person["values"]["email"] == "perhe@example.fi"
    assert {r["values"]["address"] for r in records(found, "suppressions")} >= {"email", "phone"}
    assert [r["values"]["number"] for r in records(found, "vouchers")] == ["V-11", "V-12"]
    looked = records(found, "consultations")
    assert {r["values"]["system"] for r in looked if r["values"]["role"] == "webshop"} == {"webshop"}
    assert {r["values"]["system"] for r in looked if r["values"]["role"] in {"admin", "dpo"}} == {None}
    assert looked[-1]["values"]["action"] == "read_data" or "read_data" in {r["values"]["action"] for r in looked}
    told = found["information"]
    assert told["automated_decisions"] is False
    assert told["authority"]["email"] == "tietosuoja@om.fi"
    assert {r["name"] for r in told["recipients"]} >= {"Mailchimp", "Tehden"}
    (abroad,) = told["transfers"]
    assert (abroad["safeguard"]["code"], abroad["instrument"], abroad["holds"]) == ("45", "(EU) 2023/1795", True)
    assert abroad["copy_of_safeguards"].startswith("pyydä osoitteesta")
    (got,) = records(found, "recipients")
    assert (got["values"]["legal_name"], got["values"]["country"]) == ("The Rocket Science Group LLC", "US")
    assert found["language"] == "fi"


async def test_retention_is_what_an_erasure_would_do(world: World, call: Caller, desk: Desk) -> None:
    """The verdicts of the assessment, holding by holding, although the reply judges page by page."""
    person = await rich_person(call, desk)
    old = {"fulfilled_on": "2011-01-02"}
    await desk.buys(person, "2011-01-01", "V-13", **old)
    case = await identified(call, desk, person)
    found = await reply(call, case)
    register = await world.registers.current()

    def assessed(connection: Connection) -> dict[str, Any]:
        row = request(connection, case)
        assert row is not None
        judged = judge(connection, register.definition, row.customer_id, world.now.date(), row)
        held = {holding.id: holding for holding in judged.held.holdings}
        return {name: words(held[name], "", verdict) for name, verdict in judged.outcome.items()}

    expected = await world.db.write(assessed)
    by_record = {r["record"]: r for section in found["sections"] for r in section["records"]}
    names = {f"person:{person}": "contact_details", "reference:webshop:c-1": "reference:webshop"}
    names |= {name: name for name in expected if name.startswith(("purchase:", "voucher:"))}
    names["consent:newsletter:email"] = "consent_states"
    names[records(found, "consent_history")[0]["record"]] = "consent_evidence"
    names[records(found, "recipients")[0]["record"]] = "disclosures"
    assert set(names.values()) == set(expected)
    for record, name in names.items():
        kept, verdict = by_record[record]["retention"], expected[name]
        assert (kept["outcome"], kept["ground"]) == (verdict["verdict"], verdict["ground"]), name
        assert (kept["law"], kept["section"]) == (verdict["law"], verdict["section"]), name
        if verdict["verdict"] == "retain":
            assert kept["until"] == (verdict["until"].isoformat() if verdict["until"] else None), name


async def test_archive_and_json_agree_and_the_portable_part_is_part_of_it(
    world: World, call: Caller, desk: Desk
) -> None:
    """The archive's data.json is the JSON; what is portable stands in it too; CSV says the same as its JSON."""
    person = await rich_person(call, desk)
    case = await identified(call, desk, person)
    before = await world.rows("SELECT count(*) FROM audit_events")
    found = await reply(call, case)
    after = await world.rows("SELECT count(*) FROM audit_events")
    files = await reply(call, case, "/archive")

    assert after[0][0] - before[0][0] == 1
    whole = json.loads(files["data.json"])
    for section in found["sections"]:
        if section["section"] != "consultations":
            assert section in whole["sections"], section["section"]
    portable = json.loads(files["portable/data.json"])
    assert portable["information"] is None
    assert {s["section"] for s in portable["sections"]} >= {"person", "purchases", "bookings", "consent_history"}
    assert not {s["section"] for s in portable["sections"]} & {"vouchers", "consultations", "legal_holds", "verdicts"}
    for section in portable["sections"]:
        of_all = {r["record"]: r["values"] for r in records(whole, section["section"])}
        for record in section["records"]:
            assert record["values"].items() <= of_all[record["record"]].items()
    written = files["portable/purchases.csv"].decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [line["order_id"] for line in lines] == [r["values"]["order_id"] for r in records(portable, "purchases")]
    assert [line["total"] for line in lines] == ["49.90", "-5.00"]
    assert files["document.pdf"].startswith(b"%PDF-")
    page = files["page.html"].decode()
    assert "<script" not in page
    assert "Aino Esimerkki1" in page
    assert 'lang="fi"' in page


async def test_portability_is_answered_with_the_portable_part(world: World, call: Caller, desk: Desk) -> None:
    """In every form; nothing that rests on an obligation or an interest is in it."""
    person = await rich_person(call, desk, language="sv")
    case = await identified(call, desk, person, "portability")
    found = await reply(call, case)
    files = await reply(call, case, "/archive")

    assert (found["right"], found["information"], found["language"]) == ("portability", None, "sv")
    assert json.loads(files["data.json"])["sections"] == found["sections"]
    assert {"data.json", "purchases.csv", "person.csv", "page.html", "document.pdf"} <= set(files)
    assert records(found, "purchases")[0]["retention"] is None
    assert "Dina överförbara uppgifter" in files["page.html"].decode()


async def test_it_is_read_a_page_at_a_time(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows there are, no more than a page of them is read or written at once."""
    monkeypatch.setattr(repository, "PAGE", 3)
    seen: list[int] = []
    pages = repository.pages

    def watched(*args: Any) -> Any:
        for page in pages(*args):
            seen.append(len(page))
            yield page

    monkeypatch.setattr(repository, "pages", watched)
    person = await desk.person()
    for n in range(8):
        await desk.buys(person, "2026-05-10", f"V-{n}")
    case = await identified(call, desk, person)
    found = await reply(call, case)

    assert len(records(found, "purchases")) == 8
    assert max(seen) == 3
    assert seen.count(3) >= 2 * 2


async def test_page_and_document_show_the_newest_and_say_how_many_there_are(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads a hundred thousand rows on paper: they are in data.json."""
    monkeypatch.setattr("app.access.document.SHOWN", 2)
    person = await desk.person(language="en")
    for n in range(4):
        await desk.buys(person, f"2026-05-1{n}", f"V-{n}")
    case = await identified(call, desk, person)
    page = (await reply(call, case, "/page")).decode()

    assert "The newest 2 of 4 are shown" in page
    assert "order-V-3" in page
    assert "order-V-0" not in page
    answer = await call("dpo", "GET", f"/v1/subject-requests/{case}/data/page")
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["content-security-policy"]


def test_a_spool_is_unreadable_on_the_disk_and_read_as_often_as_needed() -> None:
    """What does not fit into memory is encrypted in a nameless file."""
    from app.access.spool import IN_MEMORY, spooling

    with spooling() as spool:
        for _ in range(IN_MEMORY // 1000 + 10):
            spool.write(b"Aino Esimerkki; " * 63)
    spool._file.seek(0)
    stored = spool._file.read()
    assert b"Aino" not in stored
    assert len(stored) == spool.size
    assert b"".join(spool.pieces()) == b"".join(spool.pieces(1000))
    assert b"".join(spool.sent()).count(b"Aino") > 60_000
    assert spool._file.closed


async def test_what_fails_while_it_is_made_leaves_nothing_open(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is a problem document, not half a file."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    case = await identified(call, desk, await desk.person())
    monkeypatch.setattr(making, "page_of", broken)
    answer = await call("dpo", "GET", f"/v1/subject-requests/{case}/data/archive")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
