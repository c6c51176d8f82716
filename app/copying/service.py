"""Copy every table into an empty database in one transaction of the target, compare, and only then commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, delete, insert, inspect, select, text
from sqlalchemy.util import await_only

from app.auth.tables import api_clients
from app.copying.reading import Digest, count, digest, last_key, page
from app.db import Database, metadata
from app.ledger.tables import ledger_outbox
from app.migrating import current_revision, head_revision, upgrade
from app.tables import TABLES

T = TypeVar("T")
Wait = Callable[[Awaitable[T]], T]

FILLED_BY_TRIGGERS = (ledger_outbox,)
"""Tables into which the target's own triggers write while others are filled: emptied again and copied last."""


class NotEmpty(Exception):
    """The target holds something already, or is at another revision; nothing was changed."""


class Differs(Exception):
    """Source and target are not the same, row by row; a copy that has just been made was taken back."""

    def __init__(self, compared: "Sequence[Compared]") -> None:
        super().__init__("source and target differ")
        self.compared = compared


@dataclass(frozen=True, slots=True)
class Compared:
    """One table on both sides."""

    table: str
    source: Digest
    target: Digest

    @property
    def same(self) -> bool:
        """Whether both hold the same rows."""
        return self.source == self.target


def tables() -> list[Table]:
    """Every table, a table after those that its foreign keys name, and last those that triggers fill."""
    assert TABLES  # noqa: S101 (importing them has filled the metadata)
    ordered = [table for table in metadata.sorted_tables if table not in FILLED_BY_TRIGGERS]
    return [*ordered, *FILLED_BY_TRIGGERS]


async def copy(source: Database, target: Database) -> list[Compared]:
    """Copy the register; raises `NotEmpty` and `Differs`, after either of which the target is as it was."""
    done: list[Compared] = await target.write(_copy, source, _waiter(target))
    if target.dialect == "postgresql":
        await target.apart(lambda connection: connection.execute(text("ANALYZE")))
    return done


async def compare(source: Database, target: Database) -> list[Compared]:
    """Compare two registers without changing either; raises `Differs`."""
    if await target.read(current_revision) != head_revision():
        raise NotEmpty("the target is not at this release's revision")
    compared = [Compared(t.name, await source.read(digest, t), await target.read(digest, t)) for t in tables()]
    return _same(compared)


def _same(compared: list[Compared]) -> list[Compared]:
    if not all(one.same for one in compared):
        raise Differs(compared)
    return compared


def _waiter(target: Database) -> "Wait[Any]":
    """How a function in a transaction of the target waits for the source: they run on the loop or on a thread of it."""
    if target.dialect == "postgresql":
        return await_only
    loop = asyncio.get_running_loop()
    return lambda coming: asyncio.run_coroutine_threadsafe(_awaited(coming), loop).result()


async def _awaited(coming: Awaitable[T]) -> T:
    return await coming


def _copy(connection: Connection, source: Database, wait: "Wait[Any]") -> list[Compared]:
    if connection.dialect.name == "postgresql":  # it is idle while large tables of the source are read
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    _prepare(connection)
    for table in tables():
        if count(connection, table):
            connection.execute(delete(table))
        after: Sequence[Any] | None = None
        while rows := wait(source.read(page, table, after)):
            _add(connection, table, rows, wait)
            after = last_key(table, rows)
            if after is None:
                break
    return _same([Compared(t.name, wait(source.read(digest, t)), digest(connection, t)) for t in tables()])


def _prepare(connection: Connection) -> None:
    """Migrate an empty target; refuse one that holds more than a migration puts there."""
    revision = current_revision(connection)
    if revision is None:
        if inspect(connection).get_table_names():
            raise NotEmpty("the target holds tables that are not Seloste's")
        upgrade(connection)
    elif revision != head_revision():
        raise NotEmpty(f"the target is at revision {revision}, not at {head_revision()}")
    held = [table.name for table in tables() if table is not api_clients and count(connection, table)]
    own = api_clients.c.kind != "builtin"
    if held or connection.execute(select(api_clients.c.id).where(own).limit(1)).first():
        raise NotEmpty(f"the target is not empty: it holds rows in {', '.join(held) or api_clients.name}")


def _add(connection: Connection, table: Table, rows: Sequence[Row[Any]], wait: "Wait[Any]") -> None:
    """Insert a page, on PostgreSQL by COPY."""
    names = [column.name for column in table.columns]
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    dialect = connection.dialect
    binders = [column.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is for column in table.columns]
    records = [tuple(bind(value) for bind, value in zip(binders, row, strict=True)) for row in rows]
    driver: Any = connection.connection.driver_connection
    wait(driver.copy_records_to_table(table.name, records=records, columns=names))


def _as_it_is(value: Any) -> Any:
    return value
