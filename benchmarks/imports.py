"""Rows per second of an audience import, and of the driver's executemany of the very rows that it left behind.

The twin inserts them table by table, in as many transactions as the import had batches; it reads no file, checks,
hashes and looks up nothing.
"""

import asyncio
import gc
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from app import garbage
from app.db import open_database
from app.demo_story.exports import write_audience
from app.deps import Services
from app.imports import service
from app.imports.schemas import AudiencePlan
from app.keys import load_keys
from app.register.versions import Registers
from app.settings import Settings
from benchmarks.databases import Prepared

GATE, AIM = 0.30, 0.50
TABLES = (
    "customers", "customer_references", "consent_events", "consent_states", "suppression_events", "suppressions",
    "audit_events", "audit_subjects",
)  # fmt: skip
FIRST = {"customers", "audit_events"}
"""Tables that others refer to: their rows go into the first transaction."""
PLAN = AudiencePlan.model_validate(
    {
        "system": "mailchimp", "time_zone": "Europe/Helsinki", "source": "web_form", "purpose": "newsletter",
        "language": "fi", "wording": {"id": "newsletter", "version": 1, "language": "fi"},
    }
)  # fmt: skip

Held = dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True)
class Imports:
    """People per second of both and processor time per row, pair by pair; `faults` say why a run proves nothing."""

    dialect: str
    ours: list[float] = field(default_factory=list)
    base: list[float] = field(default_factory=list)
    ours_cpu_ms: list[float] = field(default_factory=list)
    base_cpu_ms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Our rate over the twin's, pair by pair."""
        return [ours / base for ours, base in zip(self.ours, self.base, strict=True)]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def cpu_ratio(self) -> float:
        """The twin's processor time per row over ours, PostgreSQL's own apart."""
        return median(self.base_cpu_ms) / max(median(self.ours_cpu_ms), 0.0001)


def compare_imports(prepared: Prepared, place: Path, pairs: int, people: int) -> Imports:
    """Import a file of so many rows, then insert what it made, each into a database of its own."""
    found, file = Imports(prepared.dialect), write_audience(place / f"{prepared.dialect}.zip", people).path
    insert = _into_sqlite if prepared.dialect == "sqlite" else _into_postgresql
    hold = _held_by_sqlite if prepared.dialect == "sqlite" else _held_by_postgresql
    gc.collect()
    garbage.seldom()  # as `seloste` does when it has started
    for pair in range(pairs):
        ours, twin = prepared.copy(f"import-{pair}"), prepared.copy(f"executemany-{pair}")
        spent = time.process_time()
        found.ours.append(people / asyncio.run(_import(ours, prepared.secret_file, file, people)))
        found.ours_cpu_ms.append((time.process_time() - spent) * 1000 / people)
        made = asyncio.run(_made(ours, twin, hold))
        transactions, spent = _transactions(made, people), time.process_time()
        found.base.append(people / asyncio.run(insert(twin, transactions)))
        found.base_cpu_ms.append((time.process_time() - spent) * 1000 / people)
        if asyncio.run(hold(twin)).keys() != made.keys() or asyncio.run(_made(ours, twin, hold)) != _nothing():
            found.faults.append("the twin holds other rows than the import made")
    return found


def _nothing() -> Held:
    return {table: [] for table in TABLES}


async def _import(url: str, secret_file: Path, file: Path, people: int) -> float:
    """Seconds of a first import."""
    db = open_database(url, 5)
    settings = Settings(database_url=url, secret_file=secret_file)
    served, registers = Services(settings, db, load_keys(secret_file)), Registers(db, 3)
    began = time.perf_counter()
    job = await service.prepare_audience(served, registers, file, PLAN)
    summary = await service.run(served, registers, job)
    took = time.perf_counter() - began
    await db.close()
    if summary.records != people:
        raise RuntimeError(f"{summary.records} of {people} rows were taken")
    return took


async def _made(ours: str, before: str, hold: Callable[[str], Awaitable[Held]]) -> Held:
    """The rows that one database holds and the other does not."""
    held, old = await hold(ours), await hold(before)
    known = {table: set(rows) for table, rows in old.items()}
    return {table: [row for row in rows if row not in known[table]] for table, rows in held.items()}


def _transactions(made: Held, people: int) -> list[dict[str, list[tuple[Any, ...]]]]:
    count = max(people // service.BATCH, 1)
    return [{table: _slice(table, made[table], n, count) for table in TABLES} for n in range(count)]


def _slice(table: str, rows: list[tuple[Any, ...]], n: int, count: int) -> list[tuple[Any, ...]]:
    if table in FIRST:
        return [] if n else rows
    return rows[len(rows) * n // count : len(rows) * (n + 1) // count]


async def _held_by_sqlite(url: str) -> Held:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


async def _into_sqlite(url: str, transactions: Iterable[Held]) -> float:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as target:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            target.execute(f"PRAGMA {pragma}")
        began = time.perf_counter()
        for by_table in transactions:
            target.execute("BEGIN IMMEDIATE")
            for table, rows in by_table.items():
                if rows:
                    target.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
            target.execute("COMMIT")
        return time.perf_counter() - began


async def _held_by_postgresql(url: str) -> Held:
    connection = await asyncpg.connect(url)
    try:
        return {table: [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")] for table in TABLES}
    finally:
        await connection.close()


async def _into_postgresql(url: str, transactions: Iterable[Held]) -> float:
    connection = await asyncpg.connect(url)
    try:
        began = time.perf_counter()
        for by_table in transactions:
            async with connection.transaction():
                for table, rows in by_table.items():
                    if rows:
                        values = ",".join(f"${n}" for n in range(1, len(rows[0]) + 1))
                        await connection.executemany(f"INSERT INTO {table} VALUES ({values})", rows)
        return time.perf_counter() - began
    finally:
        await connection.close()
