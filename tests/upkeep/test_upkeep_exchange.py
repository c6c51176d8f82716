"""PostgreSQL: a large table is written anew beside traffic, and nothing but its dead rows is lost."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.db import Unavailable, metadata
from app.upkeep import postgres_exchange, postgres_files, postgres_locks, repository
from app.upkeep.errors import Blocked
from app.upkeep.postgres_catalog import Shape, shape_of
from app.upkeep.service import clear_files
from tests.subject_requests.people import Desk, customer
from tests.worlds import Caller, Template, World

pytestmark = pytest.mark.anyio

TABLES = ("consent_events", "customer_references", "customers", "purchases", "subject_requests", "vouchers")


@pytest.fixture
def template(postgres_template: Template) -> Template:
    """These tests are about PostgreSQL alone."""
    return postgres_template


@pytest.fixture(autouse=True)
def every_table_counts_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the exchange is what these tests run."""
    monkeypatch.setattr(postgres_files, "AT_ONCE", 0)


async def rewritten(world: World, *tables: str) -> float:
    """Exchange the tables, whatever their size; the longest lock."""
    return await world.db.apart(postgres_files.clear, tables or TABLES)


def _shapes(connection: Connection) -> dict[str, Shape]:
    return {name: shape_of(connection, name) for name in TABLES}


def _named(connection: Connection) -> list[tuple[Any, ...]]:
    """Every constraint and relation of ours by name, with what is validated."""
    sql = (
        "SELECT conname, contype, convalidated, conrelid::regclass::text FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace UNION ALL "
        "SELECT relname, relkind, true, '' FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "UNION ALL SELECT proname, 'f', true, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    )
    return sorted(tuple(row) for row in connection.execute(text(sql)))


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def _contents(world: World) -> dict[str, list[Any]]:
    return {name: sorted(map(str, await world.rows(f"SELECT * FROM {name}"))) for name in TABLES}


async def test_the_new_table_has_all_that_the_old_one_had(world: World, desk: Desk) -> None:
    """Rows, names, indexes, keys, triggers, comments, privileges and storage options; keys are validated again."""
    person = await desk.person()
    await desk.buys(person, "2026-05-10")
    await desk.asks("access", person)
    await world.db.write(_set_apart)
    before = [await world.db.read(ask) for ask in (_shapes, _named)]
    rows, places = (
        await _contents(world),
        await world.rows("SELECT relfilenode FROM pg_class WHERE relname = 'customers'"),
    )
    await rewritten(world)
    after = [await world.db.read(ask) for ask in (_shapes, _named)]
    grants = await world.db.read(_shapes)
    await world.db.write(_set_back)

    assert after == before
    assert await _contents(world) == rows
    assert await world.rows("SELECT relfilenode FROM pg_class WHERE relname = 'customers'") != places
    assert grants["customers"].grants == ("GRANT SELECT ON %s TO PUBLIC",)
    assert grants["customers"].options == "fillfactor=90"
    assert await world.db.read(_differences) == []


def _set_apart(connection: Connection) -> None:
    """What an operator may have given the table."""
    connection.execute(text("GRANT SELECT ON customers TO PUBLIC"))
    connection.execute(text("ALTER TABLE customers SET (fillfactor = 90)"))


def _set_back(connection: Connection) -> None:
    connection.execute(text("REVOKE SELECT ON customers FROM PUBLIC"))
    connection.execute(text("ALTER TABLE customers RESET (fillfactor)"))


async def test_immutable_rows_stay_immutable_and_keys_hold(world: World, desk: Desk) -> None:
    """Triggers and foreign keys refuse after the exchange what they refused before it."""
    await desk.buys(await desk.person(), "2026-05-10")
    await rewritten(world)

    with pytest.raises(DBAPIError, match="fk_purchases_customer_id"):
        await world.db.write(lambda connection: connection.execute(text("DELETE FROM customers")))
    triggers = await world.rows("SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass('consent_events')")
    assert ("consent_events_no_update",) in [tuple(row) for row in triggers]


async def test_what_is_written_meanwhile_is_in_the_new_table(world: World, call: Caller, desk: Desk) -> None:
    """Customers are made, changed and read while their tables are exchanged; no answer is lost or late."""
    await desk.person(0)
    done = asyncio.Event()
    written: dict[int, str] = {}

    async def traffic(first: int) -> None:
        number = first
        while not done.is_set():
            sent = customer(number)
            path = f"/v1/customers/by-reference/webshop/c-{number}"
            made = await call("webshop", "PUT", path, sent, expect=201)
            await call("webshop", "PUT", path, {**sent, "name": f"Aino Uusi{number}"}, expect=200)
            written[number] = made["id"]
            number += 1

    writers = [asyncio.create_task(traffic(first)) for first in (1000, 2000)]
    lock = await rewritten(world, "customers", "customer_references")
    done.set()
    await asyncio.gather(*writers)

    rows = await world.rows("SELECT id, name FROM customers WHERE name LIKE 'Aino Uusi%'")
    assert {str(row.id): row.name for row in rows} == {made: f"Aino Uusi{n}" for n, made in written.items()}
    assert len(written) > 3
    assert lock < 5


async def test_a_step_that_is_killed_is_done_again(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session ends before the exchange: the table serves on, the trace stays, the next step tidies and clears."""
    await something_goes(call, desk)
    names = await world.db.read(_named)
    with monkeypatch.context() as killed:
        killed.setattr(postgres_exchange, "wait_for_others", _die)
        with pytest.raises(Unavailable):
            await clear_files(world.services)
    left = await world.db.read(_named)
    waits = await world.db.read(repository.pending)
    await desk.person(2)
    cleared = await clear_files(world.services)

    assert {name for name, *_ in left} - {name for name, *_ in names} >= {"upkeep_copy_abuse_findings"}
    assert waits is not None
    assert cleared is not None
    assert cleared.erasures == 1
    assert await world.db.read(_named) == names
    assert await world.db.read(repository.pending) is None


def _die(connection: Connection) -> None:
    connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def something_goes(call: Caller, desk: Desk) -> None:
    """A request is withdrawn, and its content goes."""
    case = (await desk.asks("access", await desk.person()))["case_number"]
    await call("admin", "POST", f"/v1/subject-requests/{case}/withdrawal", {}, expect=200)


async def test_an_old_transaction_blocks_the_step(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody might still see what was erased: the step says so and clears it another time."""
    await something_goes(call, desk)
    reader = await asyncpg.connect(world.url)
    async with reader.transaction(isolation="repeatable_read"):
        await reader.fetch("SELECT 1 FROM customers")
        await is_blocked(world, monkeypatch)
    await reader.close()

    cleared = await clear_files(world.services)
    assert cleared is not None


async def is_blocked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step gives up soon, and says why."""
    with monkeypatch.context() as hurried:
        hurried.setattr(postgres_locks, "PATIENCE_SECONDS", 1)
        with pytest.raises(Blocked, match="still open"):
            await clear_files(world.services)


async def test_a_writer_in_another_database_blocks_the_step_too(
    world: World, call: Caller, desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshots of every database reach back to it, so that a rewrite would keep what has been erased since."""
    writer = await asyncpg.connect(postgres_url)
    async with writer.transaction():
        await writer.fetch("SELECT pg_current_xact_id()")
        await something_goes(call, desk)
        await is_blocked(world, monkeypatch)
    await writer.close()

    cleared = await clear_files(world.services)
    assert cleared is not None


async def test_a_view_is_not_lost(world: World, desk: Desk) -> None:
    """A table that has what a copy would lose is left alone, with the reason."""
    await desk.person()
    await world.db.write(
        lambda connection: connection.execute(text("CREATE VIEW somebody AS SELECT id FROM customers"))
    )
    try:
        with pytest.raises(Blocked, match="customers has a view"):
            await rewritten(world, "customers")
    finally:
        await world.db.write(lambda connection: connection.execute(text("DROP VIEW somebody")))
