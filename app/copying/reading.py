"""Rows of any table in pages, and a digest of all of them that is the same on both databases."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, func, select, tuple_

PAGE = 5000
WHOLE = 1 << 256


@dataclass(frozen=True, slots=True)
class Digest:
    """The number of rows of a table, and the sum of their hashes, in which the order plays no part."""

    rows: int = 0
    total: int = 0

    def and_these(self, rows: Sequence[Row[Any]]) -> "Digest":
        """With these rows added."""
        total = sum(int.from_bytes(hashlib.sha256(_written(row)).digest(), "big") for row in rows)
        return Digest(self.rows + len(rows), (self.total + total) % WHOLE)

    def __str__(self) -> str:
        return f"{self.total:064x}"[:16]


def page(connection: Connection, table: Table, after: Sequence[Any] | None) -> Sequence[Row[Any]]:
    """The next rows in the order of the primary key, as this database sorts it."""
    key = list(table.primary_key.columns)
    query = select(table).order_by(*key).limit(PAGE)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return connection.execute(query).all()


def last_key(table: Table, rows: Sequence[Row[Any]]) -> Sequence[Any] | None:
    """Where the next page begins; None after the last page."""
    if len(rows) < PAGE:
        return None
    return [rows[-1]._mapping[column] for column in table.primary_key.columns]


def pages(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    """All rows, page by page, on one connection."""
    after: Sequence[Any] | None = None
    while rows := page(connection, table, after):
        yield rows
        after = last_key(table, rows)
        if after is None:
            return


def digest(connection: Connection, table: Table) -> Digest:
    """The digest of a whole table."""
    found = Digest()
    for rows in pages(connection, table):
        found = found.and_these(rows)
    return found


def count(connection: Connection, table: Table) -> int:
    """How many rows the table has."""
    number: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return number


def _written(row: Row[Any]) -> bytes:
    """A row in words that do not depend on the database: instants in UTC, JSON with its members in order."""
    return json.dumps(list(row), sort_keys=True, default=_plain, separators=(",", ":")).encode()


def _plain(value: Any) -> str:
    match value:
        case UUID():
            return value.hex
        case datetime() | date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            raise TypeError(f"a column of type {type(value).__name__} cannot be compared")
