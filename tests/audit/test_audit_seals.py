"""Sealing and verification on both databases: what is sealed, what comes late, and what a tamperer leaves behind."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.audit import sealing
from app.audit.canonical import lines, lines_between, raw_ids_of
from app.audit.seals import Seal, Signer
from app.audit.tables import audit_events
from app.audit.verifying import Kind
from app.db import settled_before
from app.keys import Keys
from tests.audit.trails import ALL, KEYS, STARTED, by_force, checked, event, insert_rows, made, seal
from tests.customers.people import erase, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def test_a_row_has_the_same_bytes_on_both_databases(world: World) -> None:
    """Otherwise a register copied from SQLite to PostgreSQL would lose its seals."""
    odd = 'a"b\\c/é€𝄞%s'
    details = {"zz": None, "b": [1, "ä\n\t\\", {"y": True, "x": False}], "aaa": -5, "": 'q"'}
    key = {"subject_key": UUID(int=5), "entity_id": odd, "purpose": odd, "details": details}
    rows = [event(1, STARTED, **key), event(2, STARTED + DAY, subject_key=None, entity_id=None, details=None)]
    await world.db.write(insert_rows, rows, named=9)
    found = await world.db.read(lines)
    assert await world.db.read(lines_between, UUID(int=0), UUID(int=2**128 - 1)) == found
    assert raw_ids_of([*found, b"not ours"]) == b"".join(row["id"].bytes for row in rows) + bytes(16)
    keys = sorted(row.audit_key for row in await world.rows("SELECT audit_key FROM audit_subjects"))

    assert found[0].decode() == (
        f'{{"id":"{rows[0]["id"].hex}","at":"2026-11-02 09:00:00.000000Z","client_id":"{9:032x}","role":"webshop",'
        f'"purpose":"a\\"b\\\\c/é€𝄞%s","action":"read","outcome":"done","entity":"customer",'
        f'"entity_id":"a\\"b\\\\c/é€𝄞%s","subject_key":"{5:032x}","register_version":1,"subjects":'
        f"[{','.join(json.dumps(UUID(str(key)).hex) for key in keys)}],"
        '"details":{"": "q\\"", "b": [1, "ä\\n\\t\\\\", {"x": false, "y": true}], "zz": null, "aaa": -5}}'
    )
    assert json.loads(found[1])["details"] is None
    assert json.loads(found[1])["entity_id"] is None


async def test_every_row_goes_into_one_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of identifiers, full batches first; sealing again seals nothing."""
    monkeypatch.setattr(sealing, "BATCH", 8)
    await world.db.write(insert_rows, [event(n, STARTED + timedelta(seconds=n)) for n in range(20)])
    last, rows = await seal(world.db, world.now)
    again = await seal(world.db, world.now)
    verifier = await checked(world.db, last.hash)

    assert [row.row_count for row in await world.rows("SELECT row_count FROM audit_seals ORDER BY number")] == [8, 8, 4]
    assert (rows, last.number, last.oldest_at) == (20, 3, STARTED + timedelta(seconds=16))
    assert again == (last, 0)
    assert (verifier.findings, verifier.notices, verifier.rows, verifier.waiting) == ([], [], 20, 0)


async def test_rows_that_are_not_settled_wait(world: World) -> None:
    """The background leaves the last seconds alone; a verification counts them and has nothing against them."""
    old = event(1, datetime.now(UTC) - timedelta(minutes=1))
    await world.db.write(insert_rows, [old, event(2, datetime.now(UTC))])
    _, rows = await sealing.seal_all(world.db, Signer(KEYS), world.now, settled_before(10))
    verifier = await checked(world.db)

    assert (rows, verifier.rows, verifier.waiting, verifier.findings) == (1, 1, 1, [])


async def test_a_late_row_goes_into_the_next_batch(world: World) -> None:
    """Its identifier lies within what is sealed, because its transaction ended after the seal."""
    first, late, last = (event(n, STARTED + timedelta(seconds=n)) for n in range(3))
    await world.db.write(insert_rows, [first, last])
    await seal(world.db, world.now)
    await world.db.write(insert_rows, [late])
    waiting = await checked(world.db)
    newest, rows = await seal(world.db, world.now + timedelta(hours=9))
    verifier = await checked(world.db)

    assert (waiting.findings, waiting.waiting) == ([], 1)
    assert (rows, newest.number, newest.late_count, newest.up_to) == (1, 2, 1, last["id"])
    assert (verifier.findings, verifier.rows, verifier.waiting) == ([], 3, 0)


async def test_a_row_that_appears_far_behind_is_an_insertion_until_it_is_explained(world: World) -> None:
    """Sealing passes over it; `--late` takes it in, and the batch says for ever how old its rows claim to be."""
    last = await made(world.db, 30)
    strange = event(500, STARTED + timedelta(minutes=2, seconds=5))
    await world.db.write(insert_rows, [strange], named=2)
    passed_over = await seal(world.db, last.sealed_at + DAY)
    found = (await checked(world.db)).findings
    taken, rows = await seal(world.db, last.sealed_at + DAY, look_back=sealing.EVERYWHERE)
    after = await checked(world.db)

    assert passed_over == (last, 0)
    assert [(one.kind, one.batch, one.row) for one in found] == [(Kind.INSERTED, 1, str(strange["id"]))]
    assert (rows, taken.late_count) == (1, 1)
    assert after.findings == []
    assert after.notices == [
        "batch 4 holds a row dated 2026-11-02 09:02 UTC, though 2026-11-04 09:09 had been sealed before"
    ]


async def test_two_that_seal_at_once_make_one_chain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first, and each row is in one batch."""
    monkeypatch.setattr(sealing, "BATCH", 5)
    await world.db.write(insert_rows, [event(n, STARTED + timedelta(seconds=n)) for n in range(40)])
    done = await asyncio.gather(*(seal(world.db, world.now) for _ in range(4)))
    verifier = await checked(world.db)

    assert sum(rows for _, rows in done) == 40
    assert (verifier.findings, verifier.rows, verifier.last and verifier.last.number) == ([], 40, 8)


async def test_an_erasure_changes_no_sealed_byte(call: Caller, world: World) -> None:
    """The link from the trail to the person goes; what was sealed before and after still verifies."""
    who = (await upsert(call))["id"]
    await call("webshop", "GET", f"/v1/customers/{who}", expect=200)
    keys = world.services.keys
    before, _ = await sealing.seal_all(world.db, Signer(keys), world.now, ALL)
    assert before is not None
    sealed = await world.db.read(lines, audit_events.c.id <= before.up_to)
    await erase(call, world, who)
    linked = "SELECT 1 FROM audit_events e JOIN customers c ON c.audit_key = e.subject_key"
    verifier = await checked(world.db, before.hash, keys)

    assert await world.rows(linked) == []
    assert await world.db.read(lines, audit_events.c.id <= before.up_to) == sealed
    assert (verifier.findings, verifier.rows) == ([], len(sealed))
    assert verifier.waiting > 0


TAMPERINGS = (
    (Kind.CHANGED, 0, "DELETE FROM audit_subjects WHERE event_id = :id"),
    (Kind.CHANGED, 1, "UPDATE audit_events SET outcome = 'refused' WHERE id = :id"),
    (Kind.CHANGED, 9, "UPDATE audit_events SET at = '2026-01-01 00:00:00.000000' WHERE id = :id"),
    (Kind.CHANGED, 10, "UPDATE audit_events SET details = '{\"found\": 99}' WHERE id = :id"),
    (Kind.CHANGED, 11, "UPDATE audit_events SET subject_key = NULL WHERE id = :id"),
    (Kind.CHANGED, 12, "UPDATE audit_events SET register_version = 2 WHERE id = :id"),
    (Kind.DELETED, 21, "DELETE FROM audit_events WHERE id = :id"),
    (Kind.DELETED, 39, "DELETE FROM audit_events WHERE id = :id"),
)


async def test_rows_changed_by_force_are_named(world: World) -> None:
    """By whoever can switch the triggers off: each row is found, and nothing else."""
    await made(world.db, 40)
    named: dict[str, Kind] = {}
    for kind, n, sql in TAMPERINGS:
        row = event(n, STARTED + DAY * (n // 10) + timedelta(minutes=n % 10))["id"]
        uuid = sql.replace(":id", "CAST(:id AS uuid)")
        on_sqlite = world.dialect == "sqlite"
        assert await by_force(world, sql if on_sqlite else uuid, id=row.hex if on_sqlite else row)
        named[str(row)] = kind

    assert {found.row: found.kind for found in (await checked(world.db)).findings} == named


CHAIN = {
    "root": ("UPDATE audit_seals SET root = previous WHERE number = 2", {Kind.SEAL, Kind.BATCH}),
    "number": ("UPDATE audit_seals SET number = 9 WHERE number = 4", {Kind.CHAIN, Kind.SEAL, Kind.MEMBERS}),
    "expiry": ("UPDATE audit_seals SET expired_through = 1 WHERE number = 4", {Kind.SEAL, Kind.EXPIRY, Kind.INSERTED}),
    "members": ("DELETE FROM audit_seal_members WHERE number = 2", {Kind.MEMBERS}),
    "end": ("DELETE FROM audit_seals WHERE number = 4", {Kind.TRUNCATED}),
}


@pytest.mark.parametrize("what", CHAIN)
async def test_a_seal_changed_by_force_is_found(world: World, what: str) -> None:
    """Or removed; the last one by its hash, which somebody has noted."""
    last = await made(world.db, 40)
    statement, kinds = CHAIN[what]
    assert await by_force(world, statement) == 1
    verifier = await checked(world.db, last.hash)

    assert {found.kind for found in verifier.findings} == kinds


async def test_a_seal_of_another_key_is_found(world: World) -> None:
    """Rows appended and sealed by somebody with access to the database and no key."""
    await made(world.db, 20)
    await world.db.write(insert_rows, [event(900, STARTED + 9 * DAY)])
    await seal(world.db, world.now, Keys("k1", b"1" * 32))
    assert [found.kind for found in (await checked(world.db)).findings] == [Kind.SIGNATURE]


async def test_the_seals_are_listed_for_those_who_read_the_trail(call: Caller, world: World) -> None:
    """Page by page, with a cursor to come back with; the hash of what is shown can be computed again."""
    last = await made(world.db, 40)
    first = await call("dpo", "GET", "/v1/audit-seals?limit=3", expect=200)
    rest = await call("owner", "GET", f"/v1/audit-seals?cursor={first['next']}", expect=200)
    nothing_new = await call("dpo", "GET", f"/v1/audit-seals?cursor={rest['next']}", expect=200)
    refused = await call("admin", "GET", "/v1/audit-seals", expect=403)
    shown = [*first["items"], *rest["items"]]

    assert [seal["number"] for seal in shown] == [1, 2, 3, 4]
    assert [seal["previous"] for seal in shown[1:]] == [seal["hash"] for seal in shown[:-1]]
    assert shown[-1]["hash"] == last.hash == Seal.read(shown[-1]).computed_hash()
    assert nothing_new == {"items": [], "next": rest["next"]}
    assert refused["code"] == "scope-missing"


async def test_the_background_seals_what_has_settled(world: World) -> None:
    """Every five minutes, in the process that holds the lease, with the installation's own key."""
    await world.db.write(insert_rows, [event(1, STARTED)])
    await world.run_due()
    await world.db.write(insert_rows, [event(2, STARTED + DAY)])
    await world.run_due()
    at_first = await world.rows("SELECT row_count FROM audit_seals")
    world.later(minutes=6)
    await world.run_due()
    verifier = await checked(world.db, keys=world.services.keys)

    assert len(at_first) == 1
    assert verifier.findings == []
    assert verifier.rows > at_first[0].row_count
