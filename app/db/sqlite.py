"""SQLite: one writer thread that commits in groups, and a few reader threads.

All writes of the process pass through one thread that owns one connection, so writers queue in memory
instead of polling the file lock. What waits when the writer comes free is run in one transaction, each
function inside its own savepoint, and answered only after the common COMMIT has reached the disk.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.db.database import (
    ATTEMPTS,
    PATIENCE,
    P,
    T,
    TransactionLost,
    Unavailable,
    Work,
    is_locked,
    is_outage,
)
from app.db.loading import RowsByTable, insert_all
from app.db.prepared import Prepared, Undone
from app.db.sqlite_writer import Job, Writer, rollback

READERS = 4
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA recursive_triggers=ON",
    f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-8000",  # of each connection; the system's own cache, which nobody counts, holds the rest
)
SMALL_CACHE = "PRAGMA cache_size=-2000"


def sqlite_engine(url: str) -> Engine:
    """An engine whose connections carry our pragmas; creates the parent folder of the file."""
    target = make_url(url).set(drivername="sqlite+pysqlite")
    if target.database and target.database != ":memory:":
        Path(target.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        target,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma)

    return engine


def _copy_in(connection: Connection, rows: RowsByTable) -> None:
    for table, of_table in rows.items():
        insert_all(connection, table, of_table)


class SqliteDatabase:
    """See `Database`; `write` and `once` are the same here."""

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        self._engine = sqlite_engine(url)
        self._writer = Writer(self._engine)
        self._writer.start()
        self._closed = False
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._opened: list[Connection] = []
        self.calls = 0

    async def others(self) -> bool:
        return False  # the file says nothing of who reads it

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.calls += 1
        give_up_at = time.monotonic() + PATIENCE
        for n in range(1, ATTEMPTS + 1):
            try:
                return await self._when_free(lambda connection: work(connection, *args, **kwargs), give_up_at)
            except TransactionLost:
                await asyncio.sleep(0.01 * 2**n)
        raise Unavailable("the transaction was lost several times in a row")

    async def _when_free(self, run: Callable[[Connection], T], give_up_at: float) -> T:
        """Try again while another process holds the file, since a group waits only as long as its first caller."""
        while True:
            try:
                return await self._enqueue(run, give_up_at)
            except DBAPIError as error:
                if is_outage(error):
                    raise Unavailable("the database file cannot be written") from None
                if not is_locked(error):
                    raise
            if time.monotonic() >= give_up_at:
                raise Unavailable("the database file stayed locked")

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.write(work, *args, **kwargs)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._in_a_reader(lambda: self._read(self._reader(), work, *args, **kwargs))

    async def snapshot(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._in_a_reader(lambda: self._read_once(work, *args, **kwargs))

    async def _in_a_reader(self, run: Callable[[], T]) -> T:
        self.calls += 1
        self._must_be_open()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, run)
        except DBAPIError as error:
            if is_outage(error) or is_locked(error):
                raise Unavailable("the database file cannot be read") from None
            raise

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        try:
            return await self.write(statement.run, values)
        except Undone:
            return ()

    async def apart(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        until = time.monotonic() + PATIENCE
        return await self._enqueue(lambda connection: work(connection, *args, **kwargs), until, apart=True)

    def load(self) -> Mapping[str, int]:
        return {"writes_waiting": self._writer.jobs.qsize()}

    async def copy_in(self, rows: RowsByTable) -> None:
        await self.write(_copy_in, rows)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._writer.jobs.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._opened:
            connection.close()
        self._engine.dispose()

    async def _enqueue(self, run: Callable[[Connection], T], give_up_at: float, *, apart: bool = False) -> T:
        self._must_be_open()
        job = Job(run, give_up_at, apart=apart)
        self._writer.jobs.put(job)
        result: T = await asyncio.wrap_future(job.done)
        return result

    def _must_be_open(self) -> None:
        if self._closed:
            raise Unavailable("the database has been closed")

    def _read_once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """On a connection of its own: who reads very much once fills no cache that others would have to hold."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(SMALL_CACHE)
            return self._read(connection, work, *args, **kwargs)

    def _read(self, connection: Connection, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection.exec_driver_sql("BEGIN")
        try:
            return work(connection, *args, **kwargs)
        finally:
            rollback(connection)

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._engine.connect()
            self._opened.append(connection)
        return connection
