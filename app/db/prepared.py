"""What an operation does in the ordinary case, compiled once and then handed to the driver as it is.

SQLAlchemy builds the statements and knows their types; running them costs what the driver costs. Measured on the
read of one customer with its audit row on PostgreSQL: 0.47 ms of processor time through `Connection.execute`,
0.21 ms this way.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Dialect, TypeDecorator, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import JSON, String, Uuid

Processor = Callable[[Any], Any]


class Undone(Exception):
    """A statement found nothing to go on with, or the driver refused it: all of them are taken back."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for the driver, how its arguments are made, and how its rows are read."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    binders: tuple[tuple[str, Processor], ...]
    row: Callable[[Any], Any] | None
    readers: tuple[tuple[int, Processor], ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the driver's order and types."""
        binds = {**self.constants, **values}
        for name, processor in self.binders:
            binds[name] = processor(binds[name])
        return [binds[name] for name in self.names]

    def read(self, record: Sequence[Any]) -> Any:
        """The driver's record with the columns as attributes and the values that their types make of it."""
        found = list(record)
        for n, processor in self.readers:
            if found[n] is not None:
                found[n] = processor(found[n])
        return self.row(found) if self.row else found


class Prepared:
    """One chained statement for PostgreSQL, and for SQLite, which cannot chain, several in turn.

    Both are made at import with named binds. In turn, the columns of a row that a statement returns are binds of
    those after it, and one that should return a row and does not ends it all with nothing done.
    """

    def __init__(self, postgresql: Any, sqlite: Sequence[Any]) -> None:
        self._statements = {"postgresql": (postgresql,), "sqlite": tuple(sqlite)}
        self._compiled: dict[str, list[_Compiled]] = {}

    def _for(self, dialect: Dialect) -> list[_Compiled]:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = [_compile(statement, dialect) for statement in self._statements[dialect.name]]
            self._compiled[dialect.name] = found
        return found

    async def fetch(self, connection: Any, dialect: Dialect, values: Mapping[str, Any]) -> list[Any]:
        """Run the chained statement on an asyncpg connection; its rows."""
        (compiled,) = self._for(dialect)
        records = await connection.fetch(compiled.text, *compiled.arguments(values))
        return [compiled.read(record.values()) for record in records]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Run the statements in turn on a SQLite connection; the rows of the last that returns any.

        Raises `Undone` when the caller must take back what was done.
        """
        driver: Any = connection.connection.driver_connection
        rows: list[Any] = []
        try:
            for compiled in self._for(connection.dialect):
                records = driver.execute(compiled.text, compiled.arguments(values)).fetchall()
                if compiled.row is None:
                    continue
                if not records:
                    raise Undone
                rows = [compiled.read(record) for record in records]
                values = {**values, **rows[0]._asdict()}
        except sqlite3.Error:
            raise Undone from None
        return rows


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    binds = compiled.binds
    required = {name: None for name, bind in binds.items() if bind.required}
    expanded = compiled.construct_expanded_state(required)
    names = tuple(expanded.positiontup or ())
    binders = ((name, _impl(binds[name].type, dialect).bind_processor(dialect)) for name in dict.fromkeys(names))
    columns = list(statement.exported_columns)
    readers = ((n, _impl(c.type, dialect).result_processor(dialect, None)) for n, c in enumerate(columns))
    row: Any = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc] # each has its own columns
    return _Compiled(
        text=expanded.statement,
        names=names,
        constants={name: expanded.parameters[name] for name in names if name not in required},
        binders=tuple((name, processor) for name, processor in binders if processor),
        row=row._make if columns else None,
        readers=tuple((n, processor) for n, processor in readers if processor),
    )


def _impl(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)


def among(dialect: str, column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """SQL that holds for the texts of the list bound as `name`; unlike IN, it is one statement for every length."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(String)))
    return column.in_(select(each(dialect, name)))


def one_of(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """SQL that holds for rows whose column is one of many values.

    They are bound as one array or list: a long IN is another statement for every length, and makes PostgreSQL scan a
    table that has grown since its statistics.
    """
    if connection.dialect.name != "postgresql":
        kind = _Hexes() if isinstance(column.type, Uuid) else JSON()
        listed: ColumnElement[Any] = (
            func.json_each(bindparam(None, list(values), type_=kind)).table_valued("value").c.value
        )
        return column.in_(select(listed))
    array = bindparam(None, list(values), type_=ARRAY(column.type))
    return column.in_(select(func.unnest(array).column_valued("wanted")))


def among_ids(dialect: str, column: ColumnElement[UUID], name: str) -> ColumnElement[bool]:
    """The same for identifiers, which are bound as texts with their hyphens."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(Uuid())))
    value: ColumnElement[Any] = func.json_each(bindparam(name, type_=_Hexes())).table_valued("value").c.value
    return column.in_(select(value))


def each(dialect: str, name: str) -> ColumnElement[str]:
    """The texts of the list bound as `name`, as a column of rows."""
    if dialect == "postgresql":
        return func.unnest(bindparam(name, type_=ARRAY(String))).column_valued("one")
    value: ColumnElement[str] = func.json_each(bindparam(name, type_=JSON())).table_valued("value").c.value
    return value


class _Hexes(TypeDecorator[Sequence[str]]):
    """A list of identifiers as SQLite keeps them."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> list[str]:
        return [str(one).replace("-", "") for one in value]


class TextOfId(TypeDecorator[str]):
    """An identifier as text with its hyphens, whatever the database keeps."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)
