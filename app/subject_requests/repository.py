"""Requests, events, checks, decisions and verdicts in the database."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, exists, insert, or_, select, text, update

from app.customers.repository import upsert_into
from app.customers.tables import customers
from app.db import new_id
from app.subject_requests.tables import (
    case_numbers,
    decisions,
    identity_checks,
    legal_holds,
    request_events,
    subject_requests,
    sweep_batches,
    verdicts,
)

FINAL = ("completed", "withdrawn")
OPEN = text("state <> 'completed' AND state <> 'withdrawn'")
"""In constants, as partial indexes know it."""


def next_case_number(connection: Connection, year: int) -> str:
    """The next case number of the year, without gaps among what is committed."""
    statement = upsert_into(connection, case_numbers).values(year=year, last=1)
    statement = statement.on_conflict_do_update(index_elements=["year"], set_={"last": case_numbers.c.last + 1})
    last = connection.execute(statement.returning(case_numbers.c.last)).scalar_one()
    return f"{year}-{last:05d}"


def add_request(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a request."""
    connection.execute(insert(subject_requests).values(**values))


def request(connection: Connection, name: UUID | str, *, lock: bool = False) -> Row[Any] | None:
    """One request by id or case number, optionally locked until the transaction ends."""
    c = subject_requests.c
    query = select(subject_requests).where(c.id == name if isinstance(name, UUID) else c.case_number == name)
    return connection.execute(query.with_for_update() if lock else query).first()


def change_request(connection: Connection, request_id: UUID, values: dict[str, Any]) -> None:
    """Change a request and count its version up."""
    c = subject_requests.c
    statement = update(subject_requests).where(c.id == request_id)
    connection.execute(statement.values(version=c.version + 1, **values))


def open_requests_of(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """The person's requests that are neither completed nor withdrawn."""
    c = subject_requests.c
    return connection.execute(select(subject_requests).where(c.customer_id == customer_id, c.state.not_in(FINAL))).all()


def due_executions(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """Decided requests whose delay has run out."""
    c = subject_requests.c
    query = select(c.id).where(text("state = 'decided'"), c.execute_after <= now).order_by(c.execute_after).limit(limit)
    return list(connection.execute(query).scalars())


def add_event(connection: Connection, values: dict[str, Any]) -> None:
    """Append to the timeline."""
    connection.execute(insert(request_events).values(id=new_id(), **values))


def events(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """The timeline, oldest first."""
    c = request_events.c
    return connection.execute(select(request_events).where(c.request_id == request_id).order_by(c.id)).all()


def add_check(connection: Connection, values: dict[str, Any]) -> None:
    """Record that something was asked for."""
    connection.execute(insert(identity_checks).values(**values))


def checks(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """What was asked for, oldest first."""
    c = identity_checks.c
    return connection.execute(select(identity_checks).where(c.request_id == request_id).order_by(c.id)).all()


def checks_of(connection: Connection, request_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The same for several requests."""
    found: dict[UUID, list[Row[Any]]] = {}
    c = identity_checks.c
    for row in connection.execute(select(identity_checks).where(c.request_id.in_(list(request_ids))).order_by(c.id)):
        found.setdefault(row.request_id, []).append(row)
    return found


def add_decision(connection: Connection, values: dict[str, Any]) -> None:
    """Record a decision."""
    connection.execute(insert(decisions).values(**values))


def standing_decision(connection: Connection, request_id: UUID) -> Row[Any] | None:
    """The decision that has not been cancelled."""
    c = decisions.c
    return connection.execute(select(decisions).where(c.request_id == request_id, c.cancelled_at.is_(None))).first()


def cancel_decision(connection: Connection, decision_id: UUID, at: datetime) -> None:
    """Cancel a decision within its delay."""
    connection.execute(update(decisions).where(decisions.c.id == decision_id).values(cancelled_at=at, proposal=None))


def add_verdicts(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Append verdicts."""
    values = [{"id": new_id(), **row} for row in rows]
    if values:
        connection.execute(insert(verdicts), values)


_TOLD = (
    *("holding", "holding_kind", "purpose", "verdict", "ground", "law", "section", "until", "statutory_until"),
    *("kept_by", "reason", "overridden"),
)
"""Of a verdict, what is told of it."""


def verdicts_of(connection: Connection, decision: Row[Any]) -> Sequence[Row[Any]]:
    """The binding verdicts of one decision and of the sweeps after it, in the order in which they were made."""
    c = verdicts.c
    later = or_(c.decision_id.is_(None), exists().where(sweep_batches.c.id == c.decision_id))
    query = select(*(c[name] for name in _TOLD)).where(c.request_id == decision.request_id, c.purpose == "")
    return connection.execute(query.where(or_(c.decision_id == decision.id, later)).order_by(c.id)).all()


def judged(connection: Connection, decision: Row[Any]) -> dict[str, tuple[str, date | None]]:
    """What the decision's binding verdicts come to, by holding; the newest where facts had changed."""
    c = verdicts.c
    query = select(c.holding, c.verdict, c.until).where(c.request_id == decision.request_id, c.purpose == "")
    of_decision = query.where(c.decision_id == decision.id).order_by(c.id)
    return {holding: (verdict, until) for holding, verdict, until in connection.execute(of_decision)}


def similar(connection: Connection, customer: Row[Any]) -> dict[UUID, list[str]]:
    """Other living people who share an address or the name, and which."""
    c = customers.c
    columns = {"email": "email_hash", "phone": "phone_hash", "address": "postal_hash", "name": "name_search"}
    found: dict[UUID, list[str]] = {}
    for label, column in columns.items():
        value = getattr(customer, column)
        if value is None:
            continue
        query = select(c.id).where(getattr(c, column) == value, c.id != customer.id, c.erased_at.is_(None)).limit(50)
        for other in connection.execute(query).scalars():
            found.setdefault(other, []).append(label)
    return found


def holds_of(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """Disputes and legal holds that have not been released."""
    c = legal_holds.c
    return connection.execute(
        select(legal_holds).where(c.customer_id == customer_id, c.released_on.is_(None)).order_by(c.id)
    ).all()


def add_hold(connection: Connection, values: dict[str, Any]) -> None:
    """Set a hold."""
    connection.execute(insert(legal_holds).values(**values))


def hold(connection: Connection, hold_id: UUID) -> Row[Any] | None:
    """One hold."""
    return connection.execute(select(legal_holds).where(legal_holds.c.id == hold_id)).first()


def release_hold(connection: Connection, customer_id: UUID, hold_id: UUID, on: date) -> bool:
    """Release a hold; False when the person has no such hold in force."""
    c = legal_holds.c
    statement = update(legal_holds).where(c.id == hold_id, c.customer_id == customer_id, c.released_on.is_(None))
    return connection.execute(statement.values(released_on=on)).rowcount == 1
