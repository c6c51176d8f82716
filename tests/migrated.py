"""Migrating empty databases: what Alembic sent to the first one is sent to the others, without working it out again.

A hundred tests begin with an empty database, and what takes time is to write each statement anew. On one that holds
nothing, the statements up to a revision are always the same; on any other, and on the way back, Alembic does the work.
`tests/migrations` shows that the result is what the code declares.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, inspect
from sqlalchemy.util import await_only

Statement = tuple[str, Any]
"""What the driver was given: text and values."""
REACHED = re.compile(r"(?:INSERT INTO|UPDATE) alembic_version .*?'(\w+)'")
ASKS = re.compile(r"\s*(SELECT\b|PRAGMA [^=]+$)", re.IGNORECASE)
"""Of an empty database nothing that was answered made a difference."""

_alembic = command.upgrade
_known: dict[str, list[Statement]] = {}
"""By dialect, from nothing to the newest revision that a test has asked for."""


def upgrade(config: Config, revision: str) -> None:
    """As `alembic.command.upgrade`."""
    connection: Connection = config.attributes["connection"]
    if inspect(connection).get_table_names():
        _alembic(config, revision)
        return
    dialect = connection.dialect.name
    wanted = list(_up_to(revision, _known.get(dialect, [])))
    if wanted:
        _send(connection, wanted)
        return
    sent = _listened(connection, lambda: _alembic(config, revision))
    if revision == "head":
        _known[dialect] = sent


def _up_to(revision: str, sent: list[Statement]) -> Iterator[Statement]:
    """Everything until the revision is noted as reached; nothing, if it never was."""
    ends = [n for n, (sql, _) in enumerate(sent) if (at := REACHED.match(sql)) and at[1] == revision]
    yield from sent if revision == "head" else sent[: ends[0] + 1] if ends else []


def _listened(connection: Connection, work: Callable[[], None]) -> list[Statement]:
    sent: list[Statement] = []

    def hear(_: Any, __: Any, sql: str, values: Any, ___: Any, many: bool) -> None:
        assert not many, sql
        if not ASKS.match(sql):
            sent.append((sql, values))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        work()
    finally:
        event.remove(connection, "before_cursor_execute", hear)
    return sent


def _send(connection: Connection, statements: list[Statement]) -> None:
    """On PostgreSQL those without values go in one message."""
    driver: Any = connection.connection.driver_connection
    for bare, group in groupby(statements, lambda statement: not statement[1]):
        if bare and connection.dialect.name == "postgresql":
            await_only(driver.execute(";\n".join(sql for sql, _ in group)))
        else:
            for sql, values in group:
                connection.exec_driver_sql(sql, values)
