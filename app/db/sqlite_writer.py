"""The thread that owns SQLite's one writing connection, and commits what waits for it as a group."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.db.database import InDoubt, is_locked, is_outage

GROUP = 64

_Outcome = tuple["Job", Any, BaseException | None]
"""A job with its result, or with what it raised."""


class Job:
    """Work that waits for its turn, and until when its caller will."""

    __slots__ = ("apart", "done", "give_up_at", "run")

    def __init__(self, run: Callable[[Connection], Any], give_up_at: float, *, apart: bool = False) -> None:
        self.run = run
        self.give_up_at = give_up_at
        self.apart = apart
        self.done: Future[Any] = Future()

    def wanted(self) -> bool:
        """False when the caller has gone before the work began."""
        return self.done.set_running_or_notify_cancel()


class Writer(threading.Thread):
    """Owns the writing connection; stops when it takes `None` from its queue."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="sqlite-writer", daemon=True)
        self._engine = engine
        self._connection: Connection | None = None
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    def run(self) -> None:
        """Take jobs until told to stop."""
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

    def _waiting(self) -> list[Job | None]:
        waiting: list[Job | None] = []
        while len(waiting) < GROUP and not self.jobs.empty():
            waiting.append(self.jobs.get_nowait())
            if waiting[-1] is None:
                break
        return waiting

    def _settle(self, group: list[Job]) -> None:
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

    def _run_apart(self, job: Job) -> None:
        try:
            connection = self._owned()
            _wait_until(connection, job.give_up_at)
            job.done.set_result(job.run(connection))
        except BaseException as error:  # noqa: BLE001 (the waiting caller must be answered)
            job.done.set_exception(error)

    def _owned(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _commit(self, group: list[Job]) -> list[_Outcome]:
        connection = self._owned()
        try:
            _wait_until(connection, min(job.give_up_at for job in group))
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            outcomes = [_run_in_savepoint(connection, job) for job in group]
            _end(connection)
        except BaseException as error:
            self._tidy(connection, reopen=_is_file_at_fault(error))
            raise
        return outcomes

    def _tidy(self, connection: Connection, *, reopen: bool) -> None:
        """Leave no transaction open; after a fault of the file begin on a new connection, which knows nothing of it."""
        try:
            rollback(connection)
        except DBAPIError:
            reopen = True
        if reopen:
            self._connection = None
            with suppress(DBAPIError):
                connection.close()


def _wait_until(connection: Connection, give_up_at: float) -> None:
    """Wait for other processes to leave the file no longer than the caller will."""
    wait = int(max(0.0, give_up_at - time.monotonic()) * 1000)
    connection.connection.driver_connection.execute(f"PRAGMA busy_timeout={wait}")  # type: ignore[union-attr] # sqlite3's own


def _end(connection: Connection) -> None:
    """Commit; when the disk fails at that, what has reached it may be found again after a crash."""
    try:
        connection.exec_driver_sql("COMMIT")
    except DBAPIError as error:
        if is_outage(error):
            raise InDoubt("the database file failed at the commit") from None
        raise


def _is_file_at_fault(error: BaseException) -> bool:
    return isinstance(error, InDoubt) or (isinstance(error, DBAPIError) and (is_outage(error) or is_locked(error)))


def _run_in_savepoint(connection: Connection, job: Job) -> _Outcome:
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


def rollback(connection: Connection) -> None:
    """End the transaction, if one is open."""
    if _in_transaction(connection):
        connection.exec_driver_sql("ROLLBACK")
