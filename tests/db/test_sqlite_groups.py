"""SQLite: writers share one commit, and nobody pays for a neighbour's fault."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from app.db import Unavailable, sqlite
from app.db.sqlite import PRAGMAS, SqliteDatabase

pytestmark = pytest.mark.anyio

SCHEMA = (
    "CREATE TABLE owners (id INTEGER PRIMARY KEY)",
    "CREATE TABLE things (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owners(id) DEFERRABLE INITIALLY DEFERRED)",
)


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = SqliteDatabase(f"sqlite:///{tmp_path / 'folder' / 'a.db'}")
    for statement in SCHEMA:
        await made.write(execute, statement)
    yield made
    await made.close()


def execute(connection: Connection, sql: str) -> None:
    connection.execute(text(sql))


def add(connection: Connection, number: int, owner: int | None = None) -> int:
    connection.execute(text("INSERT INTO things VALUES (:id, :owner)"), {"id": number, "owner": owner})
    return number


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT id FROM things ORDER BY id")).scalars())


class Gate:
    """Holds the writer, so that what is sent meanwhile becomes one group."""

    def __init__(self, db: SqliteDatabase) -> None:
        self._db = db
        self.entered = threading.Event()
        self.open = threading.Event()

    def _hold(self, _: Connection) -> None:
        self.entered.set()
        assert self.open.wait(10)

    async def shut(self) -> "asyncio.Task[None]":
        held = asyncio.create_task(self._db.write(self._hold))
        await asyncio.to_thread(self.entered.wait, 10)
        return held


async def grouped(db: SqliteDatabase, *jobs: tuple[int, int | None]) -> list[int | BaseException]:
    """Run `add` for each, all in one group; results or failures in order."""
    gate = Gate(db)
    held = await gate.shut()
    waiting = [asyncio.create_task(db.write(add, *job)) for job in jobs]
    await asyncio.sleep(0.05)
    gate.open.set()
    await held
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_failing_job_does_not_hurt_its_neighbours(db: SqliteDatabase) -> None:
    """Of three in one commit the one that breaks a rule is told so, and the others are stored."""
    first, second, third = await grouped(db, (1, None), (1, None), (3, None))

    assert (first, third) == (1, 3)
    assert isinstance(second, IntegrityError)
    assert await db.read(numbers) == [1, 3]


async def test_a_fault_that_shows_at_commit_hurts_only_who_made_it(db: SqliteDatabase) -> None:
    """A deferred foreign key fails the common COMMIT; each is then tried alone and answered for itself."""
    first, second, third = await grouped(db, (1, None), (2, 99), (3, None))

    assert (first, third) == (1, 3)
    assert isinstance(second, IntegrityError)
    assert await db.read(numbers) == [1, 3]


async def test_what_a_failed_job_wrote_before_failing_is_gone(db: SqliteDatabase) -> None:
    """A function that raises has changed nothing."""

    def half(connection: Connection) -> None:
        add(connection, 7)
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(half)
    assert await db.read(numbers) == []


async def test_a_caller_that_gave_up_before_the_work_began_leaves_no_trace(db: SqliteDatabase) -> None:
    """A cancelled caller's waiting work is not run; its neighbours' is."""
    gate = Gate(db)
    held = await gate.shut()
    gone, stays = (asyncio.create_task(db.write(add, number)) for number in (1, 2))
    await asyncio.sleep(0.05)
    gone.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    await held

    assert await stays == 2
    assert await db.read(numbers) == [2]


async def test_closing_finishes_the_work_that_waits_and_refuses_more(db: SqliteDatabase) -> None:
    """Shutdown answers everybody: what was sent is stored, what comes later is told to come back."""
    gate = Gate(db)
    held = await gate.shut()
    waiting = [asyncio.create_task(db.write(add, number)) for number in range(100)]
    await asyncio.sleep(0.05)
    closing_db = asyncio.create_task(db.close())
    await asyncio.sleep(0.05)
    gate.open.set()

    assert await asyncio.gather(*waiting) == list(range(100))
    await asyncio.gather(held, closing_db)
    with pytest.raises(Unavailable):
        await db.write(add, 200)
    with pytest.raises(Unavailable):
        await db.read(numbers)


async def test_two_processes_on_one_file_wait_for_each_other(db: SqliteDatabase, tmp_path: Path) -> None:
    """A writer waits while somebody else holds the file's lock, and then goes on."""
    with closing(sqlite3.connect(tmp_path / "folder" / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO things VALUES (1, NULL)")
        mine = asyncio.create_task(db.write(add, 2))
        await asyncio.sleep(0.2)
        assert not mine.done()
        assert await db.read(numbers) == []
        other.execute("COMMIT")

    assert await mine == 2
    assert await db.read(numbers) == [1, 2]


async def test_a_file_that_cannot_be_opened_answers_every_caller(tmp_path: Path) -> None:
    """Where the file cannot be, reads and writes say that the database is away; nobody waits for ever."""
    (tmp_path / "a.db").mkdir()
    db = SqliteDatabase(f"sqlite:///{tmp_path / 'a.db'}")

    for attempt in (db.write, db.once, db.read):
        with pytest.raises(Unavailable):
            await asyncio.wait_for(attempt(numbers), 10)
    await db.close()


async def test_a_read_sees_one_moment_and_changes_nothing(db: SqliteDatabase) -> None:
    """What a read writes by mistake is rolled back."""
    with pytest.raises(IntegrityError):
        await db.write(lambda connection: [add(connection, 1), add(connection, 1)])
    await db.read(add, 5)
    assert await db.read(numbers) == []


async def test_a_commit_is_on_the_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FULL, where the other tests wait for no disk: in WAL mode NORMAL may lose the last commits in a power cut."""
    monkeypatch.setattr(sqlite, "PRAGMAS", PRAGMAS)
    db = SqliteDatabase(f"sqlite:///{tmp_path / 'full.db'}")
    full = await db.write(lambda connection: connection.execute(text("PRAGMA synchronous")).scalar_one())
    await db.close()
    assert full == 2
