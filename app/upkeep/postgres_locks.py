"""Locks that keep traffic out: asked for briefly, held briefly, and given up rather than waited for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.upkeep.errors import Blocked

LOCK_WAIT = "800ms"
"""How long the step queues for a lock, with traffic behind it; below deadlock_timeout, so that it is who gives way."""
LONGEST_LOCK = "4s"
"""After which PostgreSQL itself ends a statement that holds such a lock, so that none lasts 5 seconds."""
TRIES = 60
PATIENCE_SECONDS = 60
"""How long the step waits for transactions that might still see what was erased."""
LOCK_NOT_AVAILABLE, QUERY_CANCELED = "55P03", "57014"


class TooLong(Exception):
    """The work would hold its lock longer than allowed; it was undone."""


def patiently(connection: Connection, what: str, work: Callable[[], object]) -> float:
    """Do `work`, which takes an exclusive lock, as soon as the lock is to be had; the seconds that it took.

    Raises `Blocked` when it never was, and `TooLong`.
    """
    for _ in range(TRIES):
        began = time.monotonic()
        try:
            with _limits(connection):
                work()
            return time.monotonic() - began
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == QUERY_CANCELED:
                raise TooLong(f"the lock on {what} lasted too long") from None
            if state != LOCK_NOT_AVAILABLE:
                raise
        connection.execute(text("SELECT pg_sleep(0.5)"))
    raise Blocked(f"the lock on {what} was never free")


@contextmanager
def _limits(connection: Connection) -> Iterator[None]:
    connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT}'"))
    connection.execute(text(f"SET statement_timeout = '{LONGEST_LOCK}'"))
    try:
        yield
    finally:
        connection.execute(text("RESET lock_timeout"))
        # Not RESET: what a session of the service begins with would end the filling of a large copy.
        connection.execute(text("SET statement_timeout = 0"))


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """One transaction on a connection in autocommit."""
    connection.execute(text("BEGIN"))
    try:
        yield
    except BaseException:
        connection.execute(text("ROLLBACK"))
        raise
    connection.execute(text("COMMIT"))


def wait_for_others(connection: Connection) -> None:
    """Until every transaction of this database that runs now has ended: none sees what was before. Raises `Blocked`."""
    running = list(connection.execute(_RUNNING).scalars())
    _until(connection, lambda: not running or not connection.execute(_STILL_RUNNING, {"running": running}).scalar_one())


def wait_until_dead(connection: Connection) -> None:
    """Until a rewrite drops every row that was deleted before now. Raises `Blocked`.

    A rewrite keeps what a snapshot of its own database might see, and each snapshot reaches back to the oldest
    transaction that is writing anywhere on the server, in other databases and prepared ones too.
    """
    ended = connection.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")).scalar_one()
    _until(connection, lambda: connection.execute(_NONE_BEFORE, {"ended": ended}).scalar_one())
    wait_for_others(connection)


def _until(connection: Connection, ended: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_SECONDS * 5):
        if ended():
            return
        connection.execute(text("SELECT pg_sleep(0.2)"))
    raise Blocked("a transaction that began before the step is still open (a backup, or an idle session)")


# Replicas that report what their queries see (hot_standby_feedback) hold rows as well.
_NONE_BEFORE = text(
    "SELECT pg_snapshot_xmin(now.snapshot)::text::bigint >= ended.xid AND NOT EXISTS ("
    "SELECT FROM (SELECT xmin FROM pg_replication_slots UNION ALL "
    "SELECT backend_xmin FROM pg_stat_activity WHERE backend_type = 'walsender') AS replicas "
    "WHERE age(replicas.xmin) > pg_snapshot_xmax(now.snapshot)::text::bigint - ended.xid) "
    "FROM (SELECT pg_current_snapshot() AS snapshot) AS now, "
    "(SELECT CAST(CAST(:ended AS text) AS bigint) AS xid) AS ended"
)
# What a plain VACUUM sees holds nothing back, and it may take hours; what an ANALYZE sees, the autovacuum's too, does.
_RUNNING = text(
    "SELECT l.virtualxid FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
    "WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND a.datname = current_database() "
    "AND pid <> pg_backend_pid()"
)
_STILL_RUNNING = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'virtualxid' AND virtualxid = ANY(CAST(:running AS text[])) "
    "AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)"
)
