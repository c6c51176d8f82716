"""All that a database holds, read by plain SQL past the service, in one form for both kinds."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg

Row = dict[str, Any]

TABLES = (
    "api_clients", "audit_events", "audit_subjects", "bookings", "case_numbers", "consent_events", "consent_states",
    "customer_proposals", "customer_references", "customers", "decisions", "disclosures", "envelopes",
    "notifications", "notification_attempts",
    "idempotency_keys", "letter_numbers", "letters", "purchases", "request_events", "restrictions",
    "subject_requests", "suppression_events", "suppressions", "tombstones", "verdicts", "vouchers",
)  # fmt: skip
JSON = frozenset({"channels", "details", "resource_ids", "reasons"})


@dataclass
class Facts:
    """The rows of each table; ids as 32 hex digits, instants as UTC text, dates as ISO text."""

    tables: dict[str, list[Row]]
    broken: list[str] = field(default_factory=list)

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]


def plain(value: object) -> str:
    """An id as both databases are read."""
    return str(value).replace("-", "")


def from_dead_sqlite(file: Path) -> Facts:
    """The rows of a file that no process holds, from a copy with its write-ahead log: recovery is the service's."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(file, copy)
        log = file.with_name(file.name + "-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name("copy.db-wal"))
        return from_sqlite(copy)


def from_sqlite(file: Path) -> Facts:
    """The rows of a file at one moment, beside whoever works on it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        found = {t: [_row(dict(r)) for r in connection.execute(f"SELECT * FROM {t}")] for t in TABLES}
        return Facts(found, list(_faults(connection)))


def _faults(connection: sqlite3.Connection) -> Iterator[str]:
    """What SQLite itself says of the file."""
    for (told,) in connection.execute("PRAGMA integrity_check"):
        if told != "ok":
            yield f"integrity check: {told}"
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {row[0]} leads to no row of {row[2]}"


async def from_postgres(url: str) -> Facts:
    """The rows of a PostgreSQL database at one moment."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = {t: [_row(dict(r)) for r in await connection.fetch(f"SELECT * FROM {t}")] for t in TABLES}
    finally:
        await connection.close()
    return Facts(found)


def _row(row: Row) -> Row:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        case date():
            return value.isoformat()
        case str() if name in JSON:
            return json.loads(value)
        case _:
            return value
