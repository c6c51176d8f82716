"""What callers see of a database, whichever engine is behind it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.db.loading import RowsByTable
from app.db.prepared import Prepared

P = ParamSpec("P")
T = TypeVar("T")

Work = Callable[Concatenate[Connection, P], T]

ATTEMPTS = 4
"""How often one transaction is tried before the caller is told to come back."""


PATIENCE = 10.0
"""Seconds that a call may wait for its turn: for a connection, for a lock, for another process to leave the file."""

TRANSACTION_SECONDS = 30
"""How old a transaction may grow before PostgreSQL ends it, so that a process that hangs holds nothing for long.

What looks at rows in the order of their ids (feeds, seals of the audit trail) may take anything older for settled.
"""

SNAPSHOT_SECONDS = 600
"""The same for a picture that is only read: it writes nothing, so nobody waits for it or takes it for settled."""


class Unavailable(Exception):
    """The database cannot serve now; nothing was changed, and the caller may retry with the same key."""


class InDoubt(Unavailable):
    """The database went away before it confirmed: the change may or may not have been made; a retry finds out."""


class TransactionLost(Exception):
    """The transaction was rolled back by the database for a reason that a new try may mend."""


class Database(Protocol):
    """Runs functions on connections; the only place that opens, commits and rolls back."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction, committed before this returns; tried again after a deadlock.

        Raises whatever `work` raises (then nothing has changed), `Unavailable`, and `InDoubt` when the commit was lost.
        """
        ...

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work`, which must be exactly one changing statement, in autocommit."""
        ...

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work`, which changes nothing."""
        ...

    async def snapshot(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work`, which changes nothing, once, on one picture of the whole database however long it takes."""
        ...

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run a prepared change, committed before this returns; its rows.

        No rows, and nothing changed, when it finds nothing to go on with or divides by zero to take itself back.
        """
        ...

    async def apart(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` outside any transaction, for what the database refuses inside one; never tried again.

        On SQLite between two groups of the writer thread, on PostgreSQL in autocommit on a connection that is closed
        afterwards, so `work` may change its settings. Raises whatever `work` raises and `Unavailable`.
        """
        ...

    def load(self) -> Mapping[str, int]:
        """How busy it is, for metrics: connections `in_use` and `idle`, or `writes_waiting` for their turn."""
        ...

    @property
    def calls(self) -> int:
        """How many calls this process has made: who works in the background sees whether others are served."""
        ...

    async def others(self) -> bool:
        """Whether other processes of the service have used the database just now, as far as it can tell."""
        ...

    async def copy_in(self, rows: RowsByTable) -> None:
        """Write many new rows in one transaction as fast as the engine takes them, table by table."""
        ...

    async def close(self) -> None:
        """Let running work finish, then close every connection."""
        ...


TRANSIENT = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialisation failure and of a deadlock."""

AWAY = frozenset({"55P03", "25P03", "25P04"})
"""SQLSTATE of a lock that could not be had in time, and of a session that idled or a transaction that grew too old."""


def is_transient(error: DBAPIError) -> bool:
    """True for failures that a new try of the same transaction may mend."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state in TRANSIENT


def is_locked(error: DBAPIError) -> bool:
    """True when another process held the SQLite file for as long as we were willing to wait."""
    return "database is locked" in str(error.orig)


_FILE_FAULTS = ("disk is full", "disk I/O error", "unable to open database file", "readonly database", "malformed")


def is_outage(error: Exception) -> bool:
    """True when the server or the file is away, starting, stopping or full, rather than the statement wrong.

    Takes SQLAlchemy's exceptions, and the driver's own, which connecting raises.
    """
    origin = error.orig if isinstance(error, DBAPIError) else error
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    state = str(getattr(origin, "sqlstate", None) or "")
    return (
        lost or state[:2] in {"08", "53", "57"} or state in AWAY or any(fault in str(origin) for fault in _FILE_FAULTS)
    )


def is_lost(error: Exception) -> bool:
    """True when the server went away, so that nobody was told whether the statement under way took effect."""
    state = str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or "")
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    return invalidated or state.startswith(("08", "57P"))


def open_database(url: str, pool_size: int = 16, transaction_seconds: int | None = TRANSACTION_SECONDS) -> Database:
    """Open the database that `DATABASE_URL` names; the driver is chosen here.

    Takes `sqlite:///path` or `postgresql://…`; raises `ValueError` for anything else. `transaction_seconds` None is
    for jobs that nobody waits for and that write no audit rows, such as migrations.
    """
    scheme = url.split(":", 1)[0].split("+", 1)[0]
    if scheme not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must start with sqlite: or postgresql:")
    try:
        make_url(url)
    except (ValueError, ArgumentError):  # what they say repeats pieces of the address, and so of the password
        raise ValueError("DATABASE_URL is no address; in a password, write @ : / and % as %40 %3A %2F %25") from None
    if scheme == "sqlite":
        from app.db.sqlite import SqliteDatabase  # noqa: PLC0415 (the other driver stays unloaded)

        return SqliteDatabase(url)
    from app.db.postgres import PostgresDatabase  # noqa: PLC0415 (the other driver stays unloaded)

    return PostgresDatabase(url, pool_size, transaction_seconds)
