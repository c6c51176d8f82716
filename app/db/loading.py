"""Many new rows of one table as the driver takes them: the types of the columns make the values, nothing else looks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, String, Table
from sqlalchemy.dialects import postgresql

Rows = Sequence[Mapping[str, Any]]
RowsByTable = Mapping[Table, Rows]
"""Rows by table, in an order that foreign keys allow; all rows of a table name the same columns, at least two."""


TOGETHER = 512
"""The most rows that one statement gives SQLite, which takes 32 766 values at once; a power of two.

A table with a trigger keeps, for each statement, a copy of every page that it changes: row by row that took five times
as long. And other threads of Python run while a statement does; row by row they would take turns at every row.
"""


MANY = 64
"""From so many rows on, PostgreSQL is given a value that all of them have but once.

asyncpg looks at each value of an array five times as long as at one of a row. With fewer rows, values are alike by
chance, and each combination would be another statement to prepare.
"""


def names_of(rows: Rows) -> list[str]:
    """The columns that are written; the others take their defaults."""
    return list(rows[0])


def records(table: Table, rows: Rows, dialect: Dialect) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples in the order of `names_of`."""
    return zip(*_columns(table, rows, dialect), strict=True)


def _columns(table: Table, rows: Rows, dialect: Dialect) -> Iterator[list[Any]]:
    """The values of each column; one that is the same object in the next row is not made anew."""
    for name in names_of(rows):
        values, binder = [row[name] for row in rows], _binder(table, name, dialect)
        if binder is not None:
            last = made = None
            for n, value in enumerate(values):
                if value is not last:
                    last, made = value, binder(value)
                values[n] = made
        yield values


def insert_all(connection: Connection, table: Table, rows: Rows, conflict: str = "") -> int:
    """Insert the rows in their order, on PostgreSQL in one statement; how many were written.

    `conflict` is the ON CONFLICT clause, if there is one.
    """
    if not rows:
        return 0
    dialect, names = connection.dialect, names_of(rows)
    if dialect.name == "postgresql":
        columns = list(_columns(table, rows, dialect))
        alike = _alike(columns, len(rows))
        values = tuple(column[0] if same else column for column, same in zip(columns, alike, strict=True))
        statement = f"{_unnested(table, tuple(names), alike)} {conflict}"
        return connection.exec_driver_sql(statement, values).rowcount
    made, written = records(table, rows, dialect), 0
    for count in _sizes(len(rows)):
        statement = f"{_listed(table, tuple(names), count)} {conflict}"
        values = tuple(chain.from_iterable(islice(made, count)))
        written += connection.exec_driver_sql(statement, values).rowcount
    return written


def _alike(columns: Sequence[list[Any]], many: int) -> tuple[bool, ...]:
    """Which columns have one value throughout, where that is worth a statement; never all of them."""
    found = tuple(many >= MANY and column.count(column[0]) == many for column in columns)
    return (False, *found[1:]) if all(found) else found


def _sizes(left: int) -> Iterator[int]:
    """How many rows each statement takes: few different numbers, since each is a statement to prepare."""
    while left:
        size = 1 << min(left, TOGETHER).bit_length() - 1
        left -= size
        yield size


@cache
def _listed(table: Table, names: tuple[str, ...], count: int) -> str:
    """An insert of so many rows at once."""
    row, columns = f"({', '.join('?' * len(names))})", ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([row] * count)}"  # noqa: S608 (our own names)


def conflict_clause(statement: Insert, dialect: Dialect) -> str:
    """The ON CONFLICT of an insert, for `insert_all`; its constants are literals."""
    return "ON CONFLICT" + str(statement.compile(dialect=dialect)).partition("ON CONFLICT")[2]


@cache
def _unnested(table: Table, names: tuple[str, ...], alike: tuple[bool, ...]) -> str:
    """An insert of one array for each column, or of one value where all are `alike`: one statement for any number."""
    taken = [
        (f"${n}::{_kind(table, name)}", name, same) for n, (name, same) in enumerate(zip(names, alike, strict=True), 1)
    ]
    arrays = ", ".join(f"{value}[]" for value, _, same in taken if not same)
    each = ", ".join(f'"{name}"' for _, name, same in taken if not same)
    chosen = ", ".join(value if same else f'each."{name}"' for value, name, same in taken)
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({columns}) SELECT {chosen} FROM unnest({arrays}) AS each ({each})"  # noqa: S608 (our own names)


def _kind(table: Table, name: str) -> str:
    """The type of a column on PostgreSQL; a text without its length, which a cast would cut off in silence."""
    kind = table.c[name].type
    return "text" if isinstance(kind, String) else kind.compile(dialect=_POSTGRESQL)


_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's own


def _binder(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    binder: Callable[[Any], Any] | None = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return binder
