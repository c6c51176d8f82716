"""SQLite: one writer thread that commits in groups, and a few reader threads.

All writes of the process pass through one thread that owns one connection, so writers queue in memory
instead of polling the file lock. What waits when the writer comes free is run in one transaction, each
function inside its own savepoint, and answered only after the common COMMIT has reached the disk.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.db.database import ATTEMPTS, P, T, TransactionLost, Unavailable, Work, is_outage, is_transient
from app.db.loading import RowsByTable, names_of, records
from app.db.prepared import Prepared, Undone

GROUP = 64
READERS = 4
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32000",
)


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


_Outcome = tuple["_Job", Any, BaseException | None]
"""A job with its result, or with what it raised."""


class _Job:
    __slots__ = ("apart", "done", "run")

    def __init__(self, run: Callable[[Connection], Any], *, apart: bool = False) -> None:
        self.run = run
        self.apart = apart
        self.done: Future[Any] = Future()

    def wanted(self) -> bool:
        """False when the caller has gone before the work began."""
        return self.done.set_running_or_notify_cancel()


class _Writer(threading.Thread):
    """Owns the writing connection; stops when it takes `None` from its queue."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="sqlite-writer", daemon=True)
        self._engine = engine
        self._connection: Connection | None = None
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()

    def run(self) -> None:
        while (job := self.jobs.get()) is not None:
            group = [job, *self._waiting()]
            wanted = [job for job in group if job is not None and job.wanted()]
            self._settle([job for job in wanted if not job.apart])
            for alone in (job for job in wanted if job.apart):
                self._run_apart(alone)
            if group[-1] is None:
                break
        if self._connection is not None:
            self._connection.close()

    def _waiting(self) -> list[_Job | None]:
        waiting: list[_Job | None] = []
        while len(waiting) < GROUP and not self.jobs.empty():
            waiting.append(self.jobs.get_nowait())
            if waiting[-1] is None:
                break
        return waiting

    def _settle(self, group: list[_Job]) -> None:
        """Answer every job. A COMMIT that fails says nothing of who is at fault, so each is then tried alone."""
        if not group:
            return
        try:
            outcomes = self._commit(group)
        except BaseException as error:  # noqa: BLE001 (every waiting caller must be answered)
            if len(group) > 1 and not _is_file_at_fault(error):
                for job in group:
                    self._settle([job])
                return
            outcomes = [(job, None, error) for job in group]
        for job, result, failure in outcomes:
            if failure is None:
                job.done.set_result(result)
            else:
                job.done.set_exception(failure)

    def _run_apart(self, job: _Job) -> None:
        try:
            job.done.set_result(job.run(self._owned()))
        except BaseException as error:  # noqa: BLE001 (the waiting caller must be answered)
            job.done.set_exception(error)

    def _owned(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        connection = self._owned()
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            outcomes = [_run_in_savepoint(connection, job) for job in group]
            connection.exec_driver_sql("COMMIT")
        finally:
            _rollback(connection)
        return outcomes


def _is_file_at_fault(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and (is_outage(error) or is_transient(error))


def _run_in_savepoint(connection: Connection, job: _Job) -> _Outcome:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = job.run(connection)
    except BaseException as error:
        if not _in_transaction(connection):
            raise
        connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")
        return job, None, error
    connection.exec_driver_sql("RELEASE job")
    return job, result, None


def _in_transaction(connection: Connection) -> bool:
    return bool(connection.connection.driver_connection.in_transaction)  # type: ignore[union-attr] # sqlite3's own


def _rollback(connection: Connection) -> None:
    if _in_transaction(connection):
        connection.exec_driver_sql("ROLLBACK")


def _copy_in(connection: Connection, rows: RowsByTable) -> None:
    driver: Any = connection.connection.driver_connection
    for table, of_table in rows.items():
        if of_table:
            names = names_of(of_table)
            marks, columns = ", ".join("?" * len(names)), ", ".join(f'"{name}"' for name in names)
            statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 (our own names)
            driver.executemany(statement, records(table, of_table, connection.dialect))


class SqliteDatabase:
    """See `Database`; `write` and `once` are the same here."""

    dialect = "sqlite"

    def __init__(self, url: str) -> None:
        self._engine = sqlite_engine(url)
        self._writer = _Writer(self._engine)
        self._writer.start()
        self._closed = False
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._opened: list[Connection] = []

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        for n in range(1, ATTEMPTS + 1):
            try:
                return await self._enqueue(lambda connection: work(connection, *args, **kwargs))
            except TransactionLost:
                pass
            except DBAPIError as error:
                if is_outage(error):
                    raise Unavailable("the database file cannot be written") from None
                if not is_transient(error):
                    raise
            await asyncio.sleep(0.01 * 2**n)
        raise Unavailable("the database file stayed locked")

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.write(work, *args, **kwargs)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._must_be_open()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, lambda: self._read(work, *args, **kwargs))
        except DBAPIError as error:
            if is_outage(error) or is_transient(error):
                raise Unavailable("the database file cannot be read") from None
            raise

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        try:
            return await self.write(statement.run, values)
        except Undone:
            return ()

    async def apart(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._enqueue(lambda connection: work(connection, *args, **kwargs), apart=True)

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

    async def _enqueue(self, run: Callable[[Connection], T], *, apart: bool = False) -> T:
        self._must_be_open()
        job = _Job(run, apart=apart)
        self._writer.jobs.put(job)
        result: T = await asyncio.wrap_future(job.done)
        return result

    def _must_be_open(self) -> None:
        if self._closed:
            raise Unavailable("the database has been closed")

    def _read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection = self._reader()
        connection.exec_driver_sql("BEGIN")
        try:
            return work(connection, *args, **kwargs)
        finally:
            _rollback(connection)

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._engine.connect()
            self._opened.append(connection)
        return connection
