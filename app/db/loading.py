"""Many new rows of one table as the driver takes them: the types of the columns make the values, nothing else looks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, String, Table
from sqlalchemy.dialects import postgresql

Rows = Sequence[Mapping[str, Any]]
RowsByTable = Mapping[Table, Rows]
"""Rows by table, in an order that foreign keys allow; all rows of a table name the same columns, at least two."""


def names_of(rows: Rows) -> list[str]:
    """The columns that are written; the others take their defaults."""
    return list(rows[0])


def records(table: Table, rows: Rows, dialect: Dialect) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples in the order of `names_of`."""
    names = names_of(rows)
    values = itemgetter(*names)
    binders = [(n, binder) for n, name in enumerate(names) if (binder := _binder(table, name, dialect))]
    for row in rows:
        record = list(values(row))
        for n, binder in binders:
            record[n] = binder(record[n])
        yield tuple(record)


def insert_all(connection: Connection, table: Table, rows: Rows, conflict: str = "") -> int:
    """Insert the rows in their order, on PostgreSQL in one statement; how many were written.

    `conflict` is the ON CONFLICT clause, if there is one.
    """
    if not rows:
        return 0
    dialect, names = connection.dialect, names_of(rows)
    made = list(records(table, rows, dialect))
    if dialect.name == "postgresql":
        statement = f"{_unnested(table, tuple(names))} {conflict}"
        return connection.exec_driver_sql(statement, tuple(map(list, zip(*made, strict=True)))).rowcount
    marks, columns = ", ".join("?" * len(names)), ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks}) {conflict}"  # noqa: S608 (our own names)
    return connection.exec_driver_sql(statement, made).rowcount


@cache
def _unnested(table: Table, names: tuple[str, ...]) -> str:
    """An insert of one array for each column: one statement for any number of rows, prepared once."""
    arrays = ", ".join(f"${n}::{_kind(table, name)}[]" for n, name in enumerate(names, start=1))
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608 (our own names)


def _kind(table: Table, name: str) -> str:
    """The type of a column on PostgreSQL; a text without its length, which a cast would cut off in silence."""
    kind = table.c[name].type
    return "text" if isinstance(kind, String) else kind.compile(dialect=_POSTGRESQL)


_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's own


def _binder(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    binder: Callable[[Any], Any] | None = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return binder
