"""The only writer of the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Insert, bindparam, insert, select

from app.audit.tables import audit_events, audit_subjects
from app.db import insert_all

_COLUMNS = tuple(audit_events.c)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One operation: who, in which role, for which purpose, did what to which record, with which outcome."""

    id: UUID
    at: datetime
    client_id: UUID
    role: str
    purpose: str
    action: str
    outcome: str
    entity: str
    entity_id: str | None
    subject_key: UUID | None
    register_version: int
    details: dict[str, Any] | None

    def values(self) -> dict[str, Any]:
        """Bind parameters of `guarded_insert`."""
        return {bind: getattr(self, name) for bind, name in _BINDS}


_BINDS = tuple((f"audit_{field.name}", field.name) for field in fields(AuditEvent))


def guarded_insert(*guards: ColumnElement[bool], **expressions: ColumnElement[Any]) -> Insert:
    """The insert that writes a row only while every guard holds in the database.

    Binds are named `audit_<column>`; a column may be given as an expression instead.
    """
    values = [
        expressions[column.name]
        if column.name in expressions
        else bindparam(f"audit_{column.name}", type_=column.type).label(column.name)
        for column in _COLUMNS
    ]
    return insert(audit_events).from_select([c.name for c in _COLUMNS], select(*values).where(*guards))


def insert_subjects(
    key: ColumnElement[Any], event_id: ColumnElement[Any], people: FromClause, *conditions: ColumnElement[bool]
) -> Insert:
    """The insert that names all these people in an audit row; shells, which have no key, are left out."""
    rows = select(key, event_id).select_from(people).where(key.is_not(None), *conditions).distinct()
    return insert(audit_subjects).from_select(["audit_key", "event_id"], rows)


def append(connection: Connection, statement: Insert, event: AuditEvent, **binds: Any) -> bool:
    """Write one row; False when a guard, whose own binds are given, did not hold and nothing was written."""
    return connection.execute(statement, {**event.values(), **binds}).rowcount == 1


def append_subjects(connection: Connection, event_id: UUID, audit_keys: Iterable[UUID]) -> None:
    """Name every person that an operation on several people touched."""
    insert_all(
        connection, audit_subjects, [{"audit_key": key, "event_id": event_id} for key in dict.fromkeys(audit_keys)]
    )
