"""After an erasure and the maintenance step no file of the database holds the person, and nothing else does."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from anyio import to_thread
from sqlalchemy import text

from app.remainders.service import files_of as own_files
from app.remainders.service import in_files, search
from app.remainders.values import sought
from app.upkeep.service import clear_files
from tests.cli.running import CommandLine
from tests.processors.calls import disclosure
from tests.subject_requests.people import Desk
from tests.upkeep.files import NAME, PERSON, VALUES, files_of, forms, found_in
from tests.worlds import Caller, Template, World, make_postgres_template

pytestmark = pytest.mark.anyio

MAIL = "Zebulonia.Quirk@example.fi"
PRINTED = {"name": NAME, "address": "Xylofonipolku 77 b, 33200 Tampere"}


@pytest.fixture(params=["sqlite", "postgresql"])
def template(request: pytest.FixtureRequest, secret_file: Path) -> Iterator[Template]:
    """A database of its own: in the files of one that is used again lies what tests before have deleted."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_template")
        return
    made = make_postgres_template(request.getfixturevalue("postgres_url"), secret_file, f"bytes_{uuid4().hex}")
    yield made
    made.drop()


async def shops(call: Caller, desk: Desk) -> str:
    """A customer of the webshop: renamed, with orders, a consent, a check and a disclosure; the id."""
    person = await desk.person(77, **{**PERSON, "name": "Zebulonia Tyttönimi"})
    await call("admin", "PATCH", f"/v1/customers/{person}", {"name": NAME}, expect=200, If_Match="*")
    kept_here = {"number": "V-77", "record": "here", "material": "voucher", "buyer_as_printed": PRINTED}
    await desk.buys(person, "2010-05-10", "V-77", voucher=kept_here)
    elsewhere = {"number": "V-78", "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"}
    await desk.buys(person, "2026-05-10", "V-78", voucher=elsewhere)
    consent = {"event_id": "e-77", "customer": {"id": person}, "purpose": "newsletter", "channels": ["email"]}
    consent |= {"action": "given", "wording": {"id": "newsletter", "version": 1, "language": "fi"}}
    consent |= {"collected_via": "checkout", "occurred_at": "2026-05-10T10:00:00Z"}
    await call("webshop", "POST", "/v1/consents", consent, expect=201)
    asked = {"purpose": "newsletter", "channel": "email", "subjects": [{"email": MAIL}]}
    await call("mailer", "POST", "/v1/processing-checks", asked, expect=200)
    await call("mailer", "POST", "/v1/disclosures", disclosure(customer={"id": person}))
    await contests(call, desk, person)
    return person


async def contests(call: Caller, desk: Desk, person: str) -> None:
    """What was proposed, held and seen of a record is kept beside it, and goes with it."""
    said = {"about": "purchase", "system": "webshop", "id": "order-V-78", "statement": f"It was {NAME} who paid."}
    sent = {"inaccurate": False, "facts": [said], "reason": f"{MAIL} says so.", "values": {"name": NAME}}
    case = (await desk.asks("rectification", person, rectification=sent))["case_number"]
    seen = {"finding": "undecided", "evidence": f"A letter from Xylofonipolku 77 b, {NAME}."}
    findings = [{"about": about, **seen} for about in ("name", "purchase:webshop/order-V-78")]
    await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met", findings=findings)
    path = f"/v1/subject-requests/{case}/completion"
    await call("dpo", "POST", path, {"letter_sent_on": "2026-11-23"}, expect=200)


async def books(call: Caller) -> str:
    """The same person once more, known to the booking system by a booking that is past; the id."""
    sent = {**PERSON, "source": "web_form", "interaction": {"kind": "booking", "occurred_at": "2026-01-01T09:00:00Z"}}
    made = await call("booking", "PUT", "/v1/customers/by-reference/booking/b-77", sent, expect=201)
    booking = {"starts_at": "2026-01-02T10:00:00Z", "ends_at": "2026-01-02T11:00:00Z", "service": f"Hoito, {NAME}"}
    path = f"/v1/customers/{made['id']}/bookings/booking/R-77"
    await call("booking", "PUT", path, {**booking, "state": "done"}, expect=201)
    return str(made["id"])


async def asks_and_is_erased(call: Caller, world: World, person: str) -> dict[str, Any]:
    """A request in the person's own words, with an idempotency key; decided and executed. The case."""
    sent = {"right": "erasure", "channel": "email", "received_at": "2026-11-22T10:00:00Z", "customer": {"id": person}}
    sent["details"] = f"I am {NAME}, {MAIL}: forget me."
    key = f"request-of-{person}"
    case = await call("admin", "POST", "/v1/subject-requests", sent, expect=201, Idempotency_Key=key)
    await call("admin", "POST", "/v1/customers/search", {"email": MAIL}, expect=200)
    await Desk(call).decides(case["case_number"])
    world.later(minutes=1)
    assert await world.run_due() == 1
    done: dict[str, Any] = await Desk(call).reads(case["case_number"])
    return done


async def analyzed(world: World) -> None:
    """Planner statistics as a register in use has them; they repeat values of rows."""
    if world.dialect == "postgresql":
        await world.db.apart(lambda connection: connection.execute(text("ANALYZE")))


async def test_no_file_holds_the_person_after_the_step(
    world: World, call: Caller, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], api: httpx.AsyncClient
) -> None:
    """Every form of name, e-mail, phone and street: before the step they are found, after it nowhere."""
    people = [await shops(call, desk), await books(call)]
    await analyzed(world)
    alive = found_in(await files_of(world, tmp_path))
    case, _ = [await asks_and_is_erased(call, world, person) for person in people]
    before = found_in(await files_of(world, tmp_path))
    await _no_row_holds_a_value(world)
    cleared = await clear_files(world.services)
    after = found_in(await files_of(world, tmp_path))
    shown = await desk.reads(case["case_number"])
    metrics = (await api.get("/metrics")).text
    told = capsys.readouterr()

    assert {value for hits in alive.values() for value in hits} >= set(VALUES)
    if world.dialect == "sqlite":
        assert [name for name in before if name.endswith("-wal")] == []  # cut right after an execution
    else:
        assert before
    assert cleared is not None
    assert cleared.erasures == 3  # and the case that was closed before
    assert after == {}
    assert (case["bytes_gone_by"], case["bytes_gone_on"]) == ("2026-11-30", None)
    assert shown["bytes_gone_on"] == "2026-11-23"
    said = (told.out + told.err + metrics).encode()
    assert [form for form in forms(VALUES) if form in said] == []
    assert await clear_files(world.services) is None


async def test_what_a_closed_request_held_is_cleared_too(
    world: World, call: Caller, desk: Desk, tmp_path: Path
) -> None:
    """Claimed identity and details go when a request is withdrawn; their bytes with the next step."""
    claimed = {"name": NAME, "email": MAIL}
    case = await desk.asks("erasure", claimed_identity=claimed, details=f"{NAME}, Xylofonipolku 77 b")
    path = f"/v1/subject-requests/{case['case_number']}/withdrawal"
    await call("admin", "POST", path, {}, expect=200)
    before = found_in(await files_of(world, tmp_path))
    await clear_files(world.services)

    assert before
    assert found_in(await files_of(world, tmp_path)) == {}
    await _statistics_of_a_table_that_is_empty_now_are_forgotten(world, call, desk, tmp_path)


async def _statistics_of_a_table_that_is_empty_now_are_forgotten(
    world: World, call: Caller, desk: Desk, tmp_path: Path
) -> None:
    """All requests are gone with their period: ANALYZE looks at no row, and by itself keeps what it saw before."""
    cases = [await desk.asks("erasure", claimed_identity={"name": NAME}, details=f"{NAME}, 77 b") for _ in range(3)]
    await analyzed(world)
    for case in cases:
        await call("admin", "POST", f"/v1/subject-requests/{case['case_number']}/withdrawal", {}, expect=200)
    world.later(days=4 * 366)
    await world.sweep()
    await clear_files(world.services)

    assert await world.rows("SELECT 1 FROM subject_requests") == []
    assert found_in(await files_of(world, tmp_path)) == {}


async def _no_row_holds_a_value(world: World) -> None:
    """Of an erased person no row of any table does in any form: audit, idempotency and requests included."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if world.dialect == "postgresql":
        names = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    found = []
    for (table,) in await world.rows(names):
        rows = "\n".join(str(tuple(row)) for row in await world.rows(f"SELECT * FROM {table}")).encode()
        found += [(table, form) for form in forms(VALUES) if form in rows]

    assert found == []
    assert len(await world.rows("SELECT 1 FROM idempotency_keys")) >= 1


async def test_the_permitted_remainder_is_listed(
    world: World, call: Caller, desk: Desk, seloste: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A voucher as printed stays and is named; before the erasure everything is; the command prints no value."""
    person = await shops(call, desk)
    recent = {"number": "V-79", "record": "here", "material": "voucher", "buyer_as_printed": PRINTED}
    await desk.buys(person, "2025-05-10", "V-79", voucher=recent)
    wanted, today = sought([*VALUES, ""]), date(2026, 11, 23)
    before = await world.db.snapshot(search, UUID(person), wanted, today)
    case = (await asks_and_is_erased(call, world, person))["case_number"]
    await clear_files(world.services)
    after = await world.db.snapshot(search, UUID(person), wanted, today)
    too_long = await world.db.snapshot(search, UUID(person), wanted, date(2036, 1, 1))

    assert {found.table for found in before.left} == {"customers", "rectifications", "vouchers"}
    assert (before.permitted, before.is_clean) == ((), False)
    assert (after.left, after.is_clean) == ((), True)
    assert [(voucher.number, voucher.columns, str(voucher.until)) for voucher in after.permitted] == [
        ("V-79", ("buyer_address", "buyer_name"), "2035-12-31")
    ]
    assert {found.column for found in too_long.left} == {"buyer_address", "buyer_name"}  # past its date it is a remnant
    in_bytes = set().union(*in_files(own_files(world.url), wanted).values())
    assert in_bytes <= {1, 2, 6}  # name and street, which the voucher prints; e-mail and phone are gone

    monkeypatch.setenv("DATABASE_URL", world.url)
    monkeypatch.setenv("SELOSTE_SECRET_FILE", str(world.settings.secret_file))
    values = tmp_path / "values.txt"
    values.write_text("\n".join(VALUES), encoding="utf-8")
    ran = await to_thread.run_sync(seloste, "verify-erasure", case, "--values-from", values)
    assert (ran.code, ran.err) == (0, "")
    assert "permitted: voucher V-79, as printed (buyer_address, buyer_name), until 2035-12-31" in ran.out
    assert not [form for form in forms(VALUES) if form in ran.out.encode()]
    values.unlink()
