"""A human marks what belongs to somebody else, with a reason, before the reply is released (Art. 15(4), 20(4))."""

from copy import deepcopy
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.access import gate, repository, repository_marks
from app.access.errors import NothingToRedact, RedactionNotFound, Released
from app.access.redacted import WHOLE, without
from app.access.repository import Person
from app.access.schemas import RedactionIn, RedactionOut
from app.access.sections import BY_RECORD, Section
from app.db import new_id
from app.pagination import Page, Window
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import replies
from app.subject_requests.handling import audit, find


def mark(connection: Connection, op: Operation, name: str, sent: RedactionIn) -> RedactionOut:
    """Withhold a field or a record; the newest reason for a place is the one that is shown."""
    op.actor.must_be_person()
    case = _unreleased(connection, op, name)
    _must_be_there(connection, case, sent)
    field = sent.field or WHOLE
    if (same := repository_marks.same(connection, case.id, sent.record, field)) is not None:
        repository_marks.take_mark_back(connection, case.id, same.id)
    values = {"id": new_id(), "request_id": case.id, "record": sent.record, "field": field, "reason": sent.reason}
    repository_marks.add_mark(connection, {**values, "marked_at": op.at, "marked_by": op.actor.id})
    audit(connection, op, case, "redact", mark=str(values["id"]))
    return reread_mark(connection, values["id"])


def reread(connection: Connection, op: Operation, mark_id: UUID) -> RedactionOut:
    """The mark again, for a repeated Idempotency-Key."""
    op.audit(connection, "read", "redaction", mark_id)
    return reread_mark(connection, mark_id)


def reread_mark(connection: Connection, mark_id: UUID) -> RedactionOut:
    """One mark; raises `RedactionNotFound`."""
    row = repository_marks.mark(connection, mark_id)
    if row is None:
        raise RedactionNotFound
    return _out(row)


def listed(connection: Connection, op: Operation, name: str, window: Window) -> Page[RedactionOut]:
    """The marks on the reply, oldest first."""
    case = find(connection, name)
    audit(connection, op, case, "read_redactions")
    marks = window.rest([_out(row) for row in repository_marks.of(connection, case.id)])
    return window.page(marks, [(str(one.id),) for one in marks])


def undo(connection: Connection, op: Operation, name: str, mark_id: UUID) -> None:
    """Take a mark back."""
    op.actor.must_be_person()
    case = _unreleased(connection, op, name)
    if not repository_marks.take_mark_back(connection, case.id, mark_id):
        raise RedactionNotFound
    audit(connection, op, case, "unredact", mark=str(mark_id))


def _unreleased(connection: Connection, op: Operation, name: str) -> Row[Any]:
    """The case, while nothing of it has been given out that the mark would not be on."""
    case = gate.locked(connection, op, name)
    if replies.DOWNLOAD in replies.waiting(connection, case.id, op.at):
        raise Released
    return case


def _must_be_there(connection: Connection, case: Row[Any], sent: RedactionIn) -> None:
    """Raise `NothingToRedact` unless the reply has that record and field."""
    who = gate.answerable(connection, case)
    section = BY_RECORD.get(sent.record.partition(":")[0])
    values = None if section is None else _values(connection, section, who, sent.record)
    if section is None or values is None:
        raise NothingToRedact(errors=[{"detail": "the reply has no such record", "pointer": "#/record"}])
    shown = section.portable if Right(case.right) is Right.PORTABILITY else section.fields
    if sent.field is not None:
        known = sent.field.partition("/")[0] in shown
        if not (known and without(deepcopy(values), sent.field)):
            raise NothingToRedact(errors=[{"detail": "the record has no such field", "pointer": "#/field"}])


def _values(connection: Connection, section: Section, who: Person, record: str) -> dict[str, Any] | None:
    if section.code == "attributes":
        value = (who.row.attributes or {}).get(record.partition(":")[2])
        return None if value is None else {"name": record, "value": value}
    row = repository.one(connection, section, who, record)
    return None if row is None else section.values_of(row._mapping)


def _out(row: Row[Any]) -> RedactionOut:
    named = ("id", "record", "reason", "marked_at", "marked_by")
    return RedactionOut(field=row.field or None, **{name: getattr(row, name) for name in named})
