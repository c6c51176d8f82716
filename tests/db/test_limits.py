"""Nobody waits for long, nothing is held for long, and a caller is told the truth about what may have happened."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, text

from app.db import InDoubt, Unavailable, sqlite
from app.db.postgres import PostgresDatabase
from app.db.postgres_session import SESSION
from app.db.sqlite import SqliteDatabase
from tests.databases import create_database, drop_database
from tests.worlds import TOKENS, World

pytestmark = pytest.mark.anyio
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"


def execute(connection: Connection, sql: str) -> None:
    connection.execute(text(sql))


def rows(connection: Connection) -> int:
    found: int = connection.execute(text("SELECT count(*) FROM things")).scalar_one()
    return found


@pytest.fixture
def url(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"limits_{abs(hash(request.node.nodeid)) % 10**12}"
    yield create_database(postgres_url, name)
    drop_database(postgres_url, name)


@pytest.fixture
async def db(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresDatabase]:
    """With time limits of a second."""
    monkeypatch.setitem(SESSION, "lock_timeout", "300ms")
    monkeypatch.setitem(SESSION, "idle_in_transaction_session_timeout", "600ms")
    made = PostgresDatabase(url, 4, transaction_seconds=1)
    await made.write(execute, "CREATE TABLE things (id int PRIMARY KEY)")
    await made.write(execute, "INSERT INTO things VALUES (1)")
    yield made
    await made.close()


async def test_a_commit_without_an_answer_is_in_doubt(db: PostgresDatabase) -> None:
    """When the server goes away at the commit, the caller is not told that nothing happened."""
    await db.write(
        execute,
        "CREATE FUNCTION end_me() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
    )
    trigger = "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED"
    await db.write(execute, f"{trigger} FOR EACH ROW EXECUTE FUNCTION end_me()")

    with pytest.raises(InDoubt):
        await db.write(execute, "INSERT INTO things VALUES (2)")
    with pytest.raises(InDoubt):
        await db.once(execute, "INSERT INTO things VALUES (3)")
    assert await db.read(rows) == 1


async def test_a_statement_that_is_lost_before_the_commit_changed_nothing(db: PostgresDatabase) -> None:
    """The caller of a transaction that never reached its commit is told so."""

    def change(connection: Connection) -> None:
        execute(connection, "INSERT INTO things VALUES (2)")
        execute(connection, END_ALL)

    with pytest.raises(Unavailable) as lost:
        await db.write(change)
    assert not isinstance(lost.value, InDoubt)


async def test_a_transaction_cannot_grow_old(db: PostgresDatabase) -> None:
    """Whatever hangs in it, a transaction ends after the limit and lets go of its locks."""
    began = time.monotonic()

    def hang(connection: Connection) -> None:
        execute(connection, "UPDATE things SET id = 1")
        for _ in range(30):
            execute(connection, "SELECT pg_sleep(0.1)")

    with pytest.raises(Unavailable):
        await db.write(hang)
    assert time.monotonic() - began < 2
    await db.write(execute, "UPDATE things SET id = 1")


async def test_a_process_that_hangs_in_a_transaction_loses_it(db: PostgresDatabase) -> None:
    """A session that says nothing any more is ended; its locks go to those who wait."""
    connection = await db._engine.connect()
    await connection.execute(text("UPDATE things SET id = 1"))

    with pytest.raises(Unavailable):
        await db.write(execute, "UPDATE things SET id = 1")
    await asyncio.sleep(0.5)
    await db.write(execute, "UPDATE things SET id = 1")
    await connection.invalidate()
    await connection.close()


async def test_a_job_without_a_caller_may_take_longer(url: str) -> None:
    """Migrations have no limit."""
    patient = PostgresDatabase(url, 1, transaction_seconds=None)
    limits = await patient.read(
        lambda c: [
            c.execute(text(f"SHOW {name}")).scalar_one() for name in ("statement_timeout", "transaction_timeout")
        ]
    )
    assert limits == ["0", "0"]
    await patient.close()


async def test_a_locked_file_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many callers come, each waits its own time and no longer; who still has time then is served."""
    monkeypatch.setattr(sqlite, "PATIENCE", 0.8)
    db = SqliteDatabase(f"sqlite:///{tmp_path / 'a.db'}")
    await db.write(execute, "CREATE TABLE things (id int PRIMARY KEY)")

    async def late(after: float, number: int) -> tuple[float, object]:
        await asyncio.sleep(after)
        began = time.monotonic()
        try:
            await db.write(execute, f"INSERT INTO things VALUES ({number})")
        except Unavailable as error:
            return time.monotonic() - began, str(error)
        return time.monotonic() - began, None

    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        callers = [asyncio.create_task(late(n * 0.15, n)) for n in range(10)]
        await asyncio.sleep(1.25)
        other.execute("ROLLBACK")
        found = await asyncio.gather(*callers)
    assert [why for _, why in found[:2]] == ["the database file stayed locked"] * 2
    assert [why for _, why in found[6:]] == [None] * 4
    assert max(waited for waited, _ in found) < 1.5
    await db.close()


async def test_a_503_in_doubt_says_so(world: World, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The problem tells what a retry needs, when to come back, and no lie about what has happened."""

    async def lost(*_: object, **__: object) -> None:
        raise InDoubt("lost")

    monkeypatch.setattr(world.db, "write", lost)
    signed_in = {"Authorization": f"Bearer {TOKENS['admin']}"}
    answer = await api.post("/v1/customers/search", json={"name": "aino"}, headers=signed_in)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "It is unknown whether the change was made" in answer.json()["detail"]
    assert "Idempotency-Key" in answer.json()["detail"]
