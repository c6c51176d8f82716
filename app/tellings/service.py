"""Record whom one has told what, and say it of one person (Art. 5(2), 13(3), 21(4))."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.customers.errors import CustomerErased, Restricted
from app.customers.record import may_use
from app.customers.service import find
from app.db import new_id
from app.errors import Problem
from app.pagination import Page, Window
from app.processors.disclosure_people import Person, people
from app.register.operation import Operation
from app.register.repository import newest_notice
from app.tellings import repository
from app.tellings.errors import TellingInvalid
from app.tellings.schemas import TellingBatch, TellingBatchOut, TellingOut, TellingResult

AHEAD = timedelta(minutes=5)
"""How far a caller's clock may be ahead."""
NOTICE = "notice"


def tell(connection: Connection, op: Operation, batch: TellingBatch) -> TellingBatchOut:
    """Record it of each person; sent again, it changes nothing. An unknown person does not hinder the others.

    Being told is the person's own right, so a restriction (Art. 18) does not stand against it.
    """
    version = _checked(connection, op, batch)
    found = people(connection, op, batch.customers, op.at)
    alive = repository.living(connection, (one.id for one in found if isinstance(one, Person)))
    rows = {one.id: _row(op, batch, version, one.id) for one in found if isinstance(one, Person) and one.id in alive}
    new = repository.add(connection, list(rows.values()))
    keys = [one.audit_key for one in found if isinstance(one, Person) and one.id in alive and one.audit_key]
    details = {"what": batch.what, "told_purpose": batch.purpose, "notice_version": version, "recorded": len(new)}
    op.audit(connection, "tell", "telling", details=details, subjects=keys)
    results = [_result(index, one, alive, new) for index, one in enumerate(found)]
    return TellingBatchOut(notice_version=version, recorded=len(new), results=results)


def _checked(connection: Connection, op: Operation, batch: TellingBatch) -> int:
    """The version of the notice that says what they were told; raises `TellingInvalid`."""
    if (batch.what == NOTICE) != (batch.purpose is None):
        raise _invalid("purpose", "is named unless it is the notice as a whole")
    if batch.purpose is not None and op.definition.purpose(batch.purpose) is None:
        raise _invalid("purpose", "is not declared")
    if batch.told_at is not None and batch.told_at > op.at + AHEAD:
        raise _invalid("told_at", "lies in the future")
    version = newest_notice(connection) if batch.notice_version is None else batch.notice_version
    if version is None or not repository.notice_exists(connection, version):
        raise _invalid("notice_version", "has not been published")
    return version


def _invalid(member: str, detail: str) -> TellingInvalid:
    return TellingInvalid(errors=[{"detail": detail, "pointer": f"#/{member}"}])


def _row(op: Operation, batch: TellingBatch, version: int, customer_id: UUID) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "what": batch.what,
        "purpose": batch.purpose or "",
        "notice_version": version,
        "channel": batch.channel,
        "told_at": min(batch.told_at or op.at, op.at),
        "client_id": op.actor.id,
        "recorded_at": op.at,
    }


def _result(index: int, one: Person | Problem, alive: set[UUID], new: set[UUID]) -> TellingResult:
    if isinstance(one, Person) and one.id in alive:
        return TellingResult(index=index, status=201 if one.id in new else 200, problem=None)
    problem = one if isinstance(one, Problem) else CustomerErased()
    return TellingResult(index=index, status=problem.status, problem=problem.body())


def listed(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[TellingOut]:
    """What one person has been told, oldest first."""
    person = find(connection, op, customer_id)
    if not may_use(op, person):
        raise Restricted
    after = UUID(window.after[0]) if window.after else None
    rows = repository.after(connection, customer_id, after, window.limit + 1)
    op.audit(connection, "read", "telling", None, person.audit_key)
    shown = [TellingOut.model_validate({**row._asdict(), "purpose": row.purpose or None}) for row in rows]
    return window.page(shown, [(str(row.id),) for row in rows])
