"""`seloste copy`: a register with rows in every table moves to the other database, serves there, and is proved."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Connection, Table, insert, inspect, select, text

from app.copying import service
from app.copying.service import Differs, NotEmpty
from app.db import Database, Instant, Unavailable, open_database
from app.main import serve_from
from app.migrating import head_revision, upgrade
from tests.cli.running import CommandLine
from tests.databases import create_database, drop_database
from tests.subject_requests.people import Desk
from tests.worlds import STARTED, Caller, World

pytestmark = pytest.mark.anyio

SAMPLES: dict[type, Any] = {str: "x", int: 1, bool: True, UUID: UUID(int=7), bytes: b"\x00\xff", date: STARTED.date()}


@pytest.fixture
async def target_url(world: World, tmp_path: Path, postgres_url: str) -> AsyncIterator[str]:
    """An empty database of the other kind."""
    if world.dialect == "postgresql":
        yield f"sqlite:///{tmp_path / 'copy' / 'seloste.db'}"
        return
    name = f"copy_{uuid4().hex}"
    yield create_database(postgres_url, name)
    drop_database(postgres_url, name)


@pytest.fixture
async def target(target_url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(target_url)
    yield opened
    await opened.close()


async def a_register_in_use(world: World, call: Caller) -> str:
    """Two orders, an erasure carried out; the id of a customer."""
    desk = Desk(call)
    person = await desk.person()
    await desk.buys(person, "2026-05-10")
    await desk.buys(person, "2026-06-10", "V-2")
    await desk.decides((await desk.asks("erasure", await desk.person(2)))["case_number"])
    world.later(minutes=1)
    await world.run_due()
    return person


async def a_full_register(world: World, call: Caller) -> None:
    """The same, and a made-up row in each table that use has left empty."""
    await a_register_in_use(world, call)
    await world.db.write(_fill_the_rest)


def _fill_the_rest(connection: Connection) -> None:
    for table in service.tables():
        if connection.execute(select(table).limit(1)).first() is None:
            connection.execute(insert(table).values({c.name: _sample(connection, c) for c in table.columns}))


def _sample(connection: Connection, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(key.column).limit(1)).scalar_one()
    if "JSON" in type(column.type).__name__:
        return {"ä": [1, 2.5, None], "a": "\u2028"}
    return STARTED if isinstance(column.type, Instant) else SAMPLES[column.type.python_type]


async def test_the_copy_serves(world: World, call: Caller, target: Database) -> None:
    """From the copy a customer is read, a check answered, an order taken and the trail shown; then the two differ."""
    person = await a_register_in_use(world, call)
    await _a_target_in_use_is_refused(world, target)
    trail = await call("dpo", "GET", "/v1/audit-events?limit=200", expect=200)

    original = world.db
    serve_from(world.app, world.settings, target, lambda: world.now)
    try:
        read = await call("admin", "GET", f"/v1/customers/{person}", expect=200)
        asked = {"purpose": "newsletter", "channel": "email", "subjects": [{"id": person}]}
        checked = await call("webshop", "POST", "/v1/processing-checks", asked, expect=200)
        bought = await Desk(call).buys(person, "2026-07-10", "V-3")
        known = {event["id"] for event in trail["items"]}
        shown = await _trail_with(call, known)
    finally:
        serve_from(world.app, world.settings, original, lambda: world.now)

    assert read["name"] == "Aino Esimerkki1"
    assert checked["results"][0]["allowed"] is False
    assert bought["order_id"] == "order-V-3"
    assert known <= shown
    with pytest.raises(Differs) as found:
        await service.compare(original, target)
    assert "purchases" in {one.table for one in found.value.compared if not one.same}


async def _a_target_in_use_is_refused(world: World, target: Database) -> None:
    """One that is migrated and empty is taken; one with a customer or an old revision is left alone."""
    await target.write(upgrade)
    await target.write(_run, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(NotEmpty, match="at revision 0001"):
        await service.copy(world.db, target)
    await target.write(_run, f"UPDATE alembic_version SET version_num = '{head_revision()}'")
    await service.copy(world.db, target)
    with pytest.raises(NotEmpty, match="not empty"):
        await service.copy(world.db, target)


async def _trail_with(call: Caller, known: set[str]) -> set[str]:
    """What the copy's trail shows; PostgreSQL shows no row that is younger than a second or two."""
    shown: set[str] = set()
    for _ in range(50):
        again = await call("dpo", "GET", "/v1/audit-events?limit=200", expect=200)
        shown = {event["id"] for event in again["items"]}
        if known <= shown:
            break
        await asyncio.sleep(0.1)
    return shown


TAMPERINGS = {
    "customers": "UPDATE customers SET city = 'Turku' WHERE city = 'Tampere'",
    "purchases": "DELETE FROM purchases",
    "leases": "INSERT INTO leases SELECT 'more', holder, until FROM leases WHERE name = 'sweep'",
    "api_clients": "UPDATE api_clients SET created_at = '2026-11-23 09:00:00.000001' WHERE name = 'mailer'",
}


async def test_a_copy_that_fails_or_was_tampered_with_is_found(
    world: World, call: Caller, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows in every table all agree; one changed, missing or added row is enough, and its table is named."""
    await a_full_register(world, call)
    await _one_that_fails_leaves_the_target_empty(world, target, monkeypatch)
    copied = await service.copy(world.db, target)
    await service.compare(world.db, target)
    named = []
    for tampering in TAMPERINGS.values():
        await target.write(_run, tampering)
        with pytest.raises(Differs) as found:
            await service.compare(world.db, target)
        named.append([one.table for one in found.value.compared if not one.same])

    assert min(one.source.rows for one in copied) > 0
    assert all(one.same for one in copied)
    assert [set(now) - set(before) for before, now in zip([[], *named], named, strict=False)] == [
        {table} for table in TAMPERINGS
    ]


def _run(connection: Connection, sql: str) -> None:
    connection.execute(text(sql))


async def _one_that_fails_leaves_the_target_empty(
    world: World, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it breaks off in the middle or differs at the end; then it can be made anew."""
    adds = service._add

    def breaks(connection: Connection, table: Table, rows: Any, wait: Any) -> None:
        if table.name == "verdicts":
            raise OSError("the line went dead")
        adds(connection, table, rows, wait)

    def loses(connection: Connection, table: Table, rows: Any, wait: Any) -> None:
        adds(connection, table, rows[1:] if table.name == "purchases" else rows, wait)

    for fault in (breaks, loses):
        monkeypatch.setattr(service, "_add", fault)
        with pytest.raises((Differs, OSError, Unavailable)):
            await service.copy(world.db, target)
        assert await target.read(_tables_of) == []
    monkeypatch.setattr(service, "_add", adds)


def _tables_of(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def test_the_command_copies_compares_and_refuses(ready: CommandLine, tmp_path: Path) -> None:
    """From one SQLite file to another: a table on stdout, code 0; a second time it refuses with code 1."""
    to = f"sqlite:///{tmp_path / 'other.db'}"
    copied = ready("copy", "--to", to)
    again = ready("copy", "--to", to)
    compared = ready("copy", "--to", to, "--check")
    assert ready("clients", "create", "mail", "--role", "mailer").code == 0
    differs = ready("copy", "--to", to, "--check")

    secret = ready("copy", "--to", "postgresql://me:hunter2@localhost/x")

    assert secret.code == 1
    assert "hunter2" not in secret.err
    assert copied.code == 0
    assert "all the same" in copied.out
    assert again.code == 1
    assert "not empty" in again.err
    assert compared.code == 0
    assert differs.code == 1
    assert "is not" in differs.out
    assert ready("copy", "--to", f"sqlite:///{tmp_path / 'seloste.db'}").code == 1
