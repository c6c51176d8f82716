"""Statements as the service really sent them, and what the databases plan to do for each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from app.db import metadata, prepared

SMALL = frozenset(
    {
        *("alembic_version", "api_clients", "case_numbers", "leases", "processor_names"),
        *("notice_versions", "processors", "register_versions", "transfer_assessments", "transfers", "wordings"),
        *("adequacy_lapses", "transfer_checks", "sub_processors", "suppression_reviews"),
        *("agreements", "audit_seals", "calendar_feeds", "imports", "ledger_state"),
    }
)
"""Tables that do not grow with the number of people; a scan of them costs nothing."""
FREE = (
    *("EXPLAIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SHOW", "SET", "RESET", "LOCK"),
    *("VACUUM", "ANALYZE", "REINDEX", "CHECKPOINT"),
)
"""What has no plan."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement with its parameters, as the driver got them."""

    text: str
    parameters: Any


class Watch:
    """Notes every statement sent meanwhile, whichever way it takes to the driver."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: dict[str, Sent] = {}
        self._note_prepared(monkeypatch)

    def _note_prepared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        arguments = prepared._Compiled.arguments

        def noted(compiled: Any, values: Mapping[str, Any]) -> list[Any]:
            found = arguments(compiled, values)
            self._note(compiled.text, tuple(found))
            return found

        monkeypatch.setattr(prepared._Compiled, "arguments", noted)

    def _note(self, text: str, parameters: Any) -> None:
        if not text.lstrip().upper().startswith(FREE):
            self.sent.setdefault(text, Sent(text, parameters))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Listens to SQLAlchemy's engines."""

        def note(_c: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
            self._note(text, parameters[0] if many else parameters)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", note)


def scanned(connection: Connection, sent: Sent) -> list[str]:
    """The growing tables that the database would read from end to end for this statement."""
    find = _scanned_by_sqlite if connection.dialect.name == "sqlite" else _scanned_by_postgresql
    return [table for table in find(connection, sent) if table in metadata.tables and table not in SMALL]


def _scanned_by_sqlite(connection: Connection, sent: Sent) -> list[str]:
    """A scan in the order of an index is the walk of a page, which ends with its limit."""
    driver: Any = connection.connection.driver_connection
    steps = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {sent.text}", sent.parameters)]
    names = {alias: table for table in metadata.tables for alias in (table, *_aliases(sent.text, table))}
    found = [step.split()[1] for step in steps if step.startswith("SCAN ") and "USING" not in step]
    found += [step.split()[1] for step in steps if "USING COVERING INDEX" in step and step.startswith("SCAN ")]
    return [table for name in found if (table := names.get(name, name)) not in _children_of_inserted(sent.text)]


def _children_of_inserted(text: str) -> set[str]:
    """SQLite's plan of an insert names the tables that refer to it; it looks there only while a key is violated."""
    words = text.split()
    parent = words[2] if words[:2] == ["INSERT", "INTO"] else ""
    tables = metadata.tables.values()
    return {table.name for table in tables for key in table.foreign_keys if key.column.table.name == parent}


def _aliases(text: str, table: str) -> list[str]:
    words = text.replace("(", " ").replace(",", " ").split()
    return [words[n + 2] for n, word in enumerate(words[:-2]) if word == table and words[n + 1].upper() == "AS"]


def _scanned_by_postgresql(connection: Connection, sent: Sent) -> list[str]:
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sent.text}", sent.parameters).scalar_one()
    plan = json.loads(found) if isinstance(found, str) else found
    return [node["Relation Name"] for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"]


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)


def judged(connection: Connection, statements: Sequence[Sent]) -> list[str]:
    """What is wrong with each statement that scans; on PostgreSQL with sequential scans made dear.

    A register that a test can make is so small that PostgreSQL rightly reads some tables whole. With the scan made dear
    it takes an index wherever one can answer; a scan that is left is one that no index can spare.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET enable_seqscan = off")
    faults = []
    for sent in statements:
        tables = scanned(connection, sent)
        if tables:
            faults.append(f"scans {', '.join(sorted(set(tables)))}: {' '.join(sent.text.split())}")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("RESET enable_seqscan")
    return faults
