"""Backups: one file from either database into either, all of every row, and nothing believed that was changed."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from app.archive.manifest import NAME, BackupUnfit
from app.archive.reading import check
from app.db import metadata
from app.keys import Keys
from app.migrating import current_revision, head_revision
from tests.ledger.restores import back_up, new_database, restored
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


def everything(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, but for what the ledger keeps of this database itself."""
    return {
        table.name: sorted(str([_in_order(value) for value in row]) for row in connection.execute(select(table)))
        for table in metadata.sorted_tables
        if table.name != "ledger_state"
    }


def _in_order(value: object) -> object:
    """JSON with its members in one order; PostgreSQL keeps another than they were written in."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


async def test_every_row_comes_back_in_either_kind_of_database(
    world: World, call: Caller, tmp_path: Path, postgres_url: str
) -> None:
    """Ids, instants, dates, numbers, JSON, bytes and nulls are the same after two restores, over the other kind."""
    desk = Desk(call)
    for number in (1, 2):
        await desk.buys(await desk.person(number), "2025-05-10", f"V-{number}")
    await desk.decides((await desk.asks("erasure", await desk.person(3)))["case_number"])
    world.later(minutes=1)
    assert await world.run_due() == 1
    before = await world.db.read(everything)
    other = "postgresql" if world.dialect == "sqlite" else "sqlite"
    file = await back_up(world, tmp_path / "first")

    with (
        new_database(other, tmp_path, postgres_url) as there,
        new_database(world.dialect, tmp_path, postgres_url) as here,
    ):
        moved = await restored(world, file, there)
        assert await moved.db.read(everything) == before
        back = await restored(moved, await back_up(moved, tmp_path / "second"), here)
        assert await back.db.read(everything) == before
        assert await back.db.read(current_revision) == head_revision()
        await back.db.close()
    assert sum(len(rows) for rows in before.values()) > 50
    assert before["envelopes"]


async def test_a_backup_is_one_instant_while_the_service_goes_on(
    world: World, call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who registers while it is written is in none of its tables."""
    from app.archive import writing

    desk = Desk(call)
    await desk.person(1)
    whole = writing._write_table
    seen: list[str] = []

    def slow(connection: Connection, archive: zipfile.ZipFile, table: object) -> object:
        written = whole(connection, archive, table)  # type: ignore[arg-type] # passed on as it came
        if not seen:
            _register_somebody(world)
        seen.append(written.name)
        return written

    monkeypatch.setattr(writing, "_write_table", slow)
    file = await back_up(world, tmp_path / "backup")
    rows = {table.name: table.rows for table in check(file, world.services.keys).tables}
    assert (rows["customers"], rows["customer_references"]) == (1, 1)
    assert [row[0] for row in await world.rows("SELECT count(*) FROM customers")] == [2]


def _register_somebody(world: World) -> None:
    """Another process registers a person, in a transaction of its own."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from sqlalchemy import text

    from app.db import open_database

    async def register() -> None:
        db = open_database(world.url)
        person = "'0123456789abcdef0123456789abcdef'"
        at = "'2026-11-23 09:00:00.000000'"
        values = f"({person}, 1, {at}, {at})"
        sql = f"INSERT INTO customers (id, version, created_at, updated_at) VALUES {values}"
        await db.write(lambda connection: connection.execute(text(sql)).rowcount)
        await db.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, register()).result()


def _rewritten(file: Path, member: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, held in content.items():
            archive.writestr(name, change(held) if name == member else held)


def _fewer_rows_of_audit(manifest: bytes) -> bytes:
    content = json.loads(manifest)
    content["tables"] = [table for table in content["tables"] if table["name"] != "audit_events"]
    return json.dumps(content).encode()


async def test_a_backup_that_was_changed_is_refused(world: World, call: Caller, tmp_path: Path) -> None:
    """A row, the manifest, the end of the file, another installation's key: none of it is loaded."""
    await Desk(call).person(1)
    keys = world.services.keys
    file = await back_up(world, tmp_path / "backup")
    whole = _bytes(file)
    assert oct(file.stat().st_mode & 0o777) == "0o600"

    _rewritten(file, "customers.jsonl", lambda rows: rows.replace(b"Aino", b"Eino"))
    with pytest.raises(BackupUnfit, match="customers is not as it was written"):
        check(file, keys)
    _put(file, whole)
    _rewritten(file, NAME, _fewer_rows_of_audit)
    with pytest.raises(BackupUnfit, match="changed"):
        check(file, keys)
    _put(file, whole[: len(whole) // 2])
    with pytest.raises(BackupUnfit, match="not a whole backup"):
        check(file, keys)
    _put(file, whole)
    with pytest.raises(BackupUnfit, match="another secret file"):
        check(file, Keys("k1", b"x" * 32))
    assert check(file, keys).rows > 0


def _bytes(file: Path) -> bytes:
    return file.read_bytes()


def _put(file: Path, content: bytes) -> None:
    file.write_bytes(content)
