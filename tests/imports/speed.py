"""`python -m tests.imports.speed [postgresql]`: rows per second of an audience import, and of its bare twin.

The twin inserts the very rows that the import left behind, table by table, with the driver's executemany, in
batches of as many people in one transaction each; it reads, checks, hashes and audits nothing.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from app.db import open_database
from app.demo_story.exports import write_audience
from app.deps import Services
from app.imports import service
from app.keys import load_keys
from app.register.versions import Registers
from app.settings import Settings
from tests.databases import empty_tables, start_postgres
from tests.imports.files import audience_plan
from tests.worlds import Template, make_postgres_template, make_sqlite_template

PEOPLE = 20_000
TABLES = (
    "customers", "customer_references", "consent_events", "consent_states", "suppression_events", "suppressions",
    "audit_events", "audit_subjects",
)  # fmt: skip


async def imported(template: Template, url: str, folder: Path) -> float:
    """Rows per second of a first import."""
    db = open_database(url, 5)
    settings = Settings(database_url=url, secret_file=template.secret_file)
    served, registers = Services(settings, db, load_keys(template.secret_file)), Registers(db, 3)
    file = write_audience(folder / "audience.zip", PEOPLE).path
    began = time.perf_counter()
    job = await service.prepare_audience(served, registers, file, audience_plan())
    summary = await service.run(served, registers, job)
    took = time.perf_counter() - began
    await db.close()
    return summary.records / took


def _batches(rows: list[Any], *, at_once: bool) -> list[list[Any]]:
    """As many slices as the import had batches; what others refer to comes in the first."""
    count = PEOPLE // service.BATCH
    if at_once:
        return [rows] + [[] for _ in range(count - 1)]
    return [rows[len(rows) * n // count : len(rows) * (n + 1) // count] for n in range(count)]


def _sliced(held: dict[str, list[Any]]) -> list[tuple[list[Any], ...]]:
    return list(zip(*(_batches(held[t], at_once=t in {"customers", "audit_events"}) for t in TABLES), strict=True))


async def sqlite_twin(url: str, empty: str) -> float:
    """Rows per second of executemany on another copy of the file."""
    source = sqlite3.connect(url.removeprefix("sqlite:///"))
    held = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    target = sqlite3.connect(empty.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        target.execute(f"PRAGMA {pragma}")
    slices = _sliced(held)
    began = time.perf_counter()
    for rows in slices:
        target.execute("BEGIN IMMEDIATE")
        for table, some in zip(TABLES, rows, strict=True):
            if some:
                target.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(some[0]))})", some)
        target.execute("COMMIT")
    return PEOPLE / (time.perf_counter() - began)


async def postgres_twin(url: str, _empty: str) -> float:
    """Rows per second of asyncpg's executemany after the tables were emptied."""
    connection = await asyncpg.connect(url)
    held = {table: [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")] for table in TABLES}
    empty_tables(url, keep=("alembic_version", "register_versions", "api_clients", "wordings", "imports"))
    slices = _sliced(held)
    began = time.perf_counter()
    for rows in slices:
        async with connection.transaction():
            for table, some in zip(TABLES, rows, strict=True):
                if some:
                    values = ",".join(f"${n}" for n in range(1, len(some[0]) + 1))
                    await connection.executemany(f"INSERT INTO {table} VALUES ({values})", some)
    took = time.perf_counter() - began
    await connection.close()
    return PEOPLE / took


async def _compare(template: Template, folder: Path, twin: Callable[[str, str], Awaitable[float]]) -> None:
    (folder / "empty").mkdir()
    empty = template.fresh(folder / "empty") if template.dialect == "sqlite" else ""
    url = template.fresh(folder)
    ours = await imported(template, url, folder)
    bare = await twin(url, empty)
    sys.stdout.write(f"{template.dialect}: import {ours:.0f} rows/s, executemany {bare:.0f}, ratio {ours / bare:.2f}\n")


def main() -> None:
    """Measure one database."""
    with tempfile.TemporaryDirectory() as name:
        folder, secret = Path(name), Path(name, "secret")
        if sys.argv[1:] != ["postgresql"]:
            asyncio.run(_compare(make_sqlite_template(folder / "template.db", secret), folder, sqlite_twin))
            return
        server = start_postgres()
        try:
            asyncio.run(_compare(make_postgres_template(server.url, secret), folder, postgres_twin))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
