"""Many new rows of one table as the driver takes them: the types of the columns make the values, nothing else looks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Table

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


def _binder(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    binder: Callable[[Any], Any] | None = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return binder
