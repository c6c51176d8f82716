"""Deaths, findings of abuse, confirmations and candidates in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, exists, insert, or_, select, update

from app.customers.identity import Address
from app.customers.suppression import HASH_COLUMN
from app.customers.tables import bookings, customers, deaths
from app.subject_requests.repository import FINAL
from app.subject_requests.tables import decisions, request_events, subject_requests
from app.subject_requests.tables_people import abuse_findings


def standing_death(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The report of the person's death that has not been withdrawn."""
    c = deaths.c
    query = select(deaths).where(c.customer_id == customer_id, c.withdrawn_at.is_(None))
    return connection.execute(query).first()


def death(connection: Connection, death_id: UUID) -> Row[Any] | None:
    """One report."""
    return connection.execute(select(deaths).where(deaths.c.id == death_id)).first()


def add_death(connection: Connection, values: dict[str, Any]) -> None:
    """Record a report."""
    connection.execute(insert(deaths).values(**values))


def withdraw_death(connection: Connection, death_id: UUID, values: dict[str, Any]) -> None:
    """Record that a report was mistaken."""
    connection.execute(update(deaths).where(deaths.c.id == death_id).values(**values))


def shared_kinds(connection: Connection, customer_id: UUID, held: Collection[Address]) -> set[str]:
    """The kinds of these addresses that somebody else holds, who is neither erased nor reported dead."""
    c, d = customers.c, deaths.c
    dead = exists().where(d.customer_id == c.id, d.withdrawn_at.is_(None))
    found: set[str] = set()
    for address in held:
        same = c[HASH_COLUMN[address.kind]] == address.hash
        query = select(c.id).where(same, c.id != customer_id, c.erased_at.is_(None), ~dead).limit(1)
        if connection.execute(query).first() is not None:
            found.add(address.kind)
    return found


def bookings_ahead(connection: Connection, customer_id: UUID, now: datetime) -> Sequence[Row[Any]]:
    """What the person had booked and has not been to."""
    c = bookings.c
    query = select(bookings).where(c.customer_id == customer_id, c.state == "booked", c.ends_at > now)
    return connection.execute(query.order_by(c.starts_at, c.id)).all()


def lock_open_requests(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """The person's open requests, locked in a fixed order, before the person: as a decision and its execution do."""
    c = subject_requests.c
    query = select(subject_requests).where(c.customer_id == customer_id, c.state.not_in(FINAL))
    return connection.execute(query.order_by(c.id).with_for_update()).all()


def ended_requests(connection: Connection, customer_id: UUID, kind: str, since: datetime) -> Sequence[Row[Any]]:
    """The person's requests with an event of this kind since then, with the state before it; the newest each."""
    r, e = subject_requests.c, request_events.c
    query = (
        select(r.id, r.case_number, r.right, r.state, e.details)
        .join(request_events, e.request_id == r.id)
        .where(r.customer_id == customer_id, e.kind == kind, e.at >= since)
        .order_by(r.case_number, e.id)
    )
    newest: dict[UUID, Any] = {row.id: row for row in connection.execute(query)}
    return list(newest.values())


def findings(connection: Connection, request_id: UUID, decision_id: UUID | None) -> Sequence[Row[Any]]:
    """Fees, which are no decision's, and the finding of this decision; oldest first."""
    c = abuse_findings.c
    query = select(abuse_findings).where(c.request_id == request_id)
    query = query.where(or_(c.decision_id.is_(None), c.decision_id == decision_id))
    return connection.execute(query.order_by(c.id)).all()


def open_fee(connection: Connection, request_id: UUID) -> Row[Any] | None:
    """The fee that is neither paid nor waived."""
    c = abuse_findings.c
    query = select(abuse_findings).where(c.request_id == request_id, c.measure == "fee", c.fee_outcome.is_(None))
    return connection.execute(query).first()


def add_finding(connection: Connection, values: dict[str, Any]) -> None:
    """Record a finding."""
    connection.execute(insert(abuse_findings).values(**values))


def change_finding(connection: Connection, finding_id: UUID, values: dict[str, Any]) -> None:
    """Record what became of a fee."""
    connection.execute(update(abuse_findings).where(abuse_findings.c.id == finding_id).values(**values))


def approve_finding(connection: Connection, decision_id: UUID, by: UUID, name: str) -> None:
    """Record who approved the finding of a decision."""
    statement = update(abuse_findings).where(abuse_findings.c.decision_id == decision_id)
    connection.execute(statement.values(approved_by=by, approved_by_name=name))


def earlier_cases(connection: Connection, request: Row[Any], named: Collection[str]) -> set[str]:
    """Which of the named cases are earlier ones of the same person."""
    c = subject_requests.c
    if request.customer_id is None or not named:
        return set()
    query = select(c.case_number).where(
        c.case_number.in_(sorted(named)),
        c.customer_id == request.customer_id,
        c.id != request.id,
        c.received_at <= request.received_at,
    )
    return set(connection.execute(query).scalars())


def last_decision(connection: Connection, request_id: UUID) -> Row[Any] | None:
    """The newest decision, cancelled or not."""
    query = select(decisions).where(decisions.c.request_id == request_id).order_by(decisions.c.id.desc()).limit(1)
    return connection.execute(query).first()


def change_decision(connection: Connection, decision_id: UUID, values: dict[str, Any]) -> None:
    """Record what a second person said of it."""
    connection.execute(update(decisions).where(decisions.c.id == decision_id).values(**values))


def candidates(connection: Connection, held: Collection[Address], name: str, limit: int) -> dict[UUID, list[str]]:
    """Living people who hold one of the addresses or the name, and which."""
    c = customers.c
    sought = [(a.kind, c[HASH_COLUMN[a.kind]] == a.hash) for a in held] + [("name", c.name_search == name)]
    found: dict[UUID, list[str]] = {}
    for label, condition in sought:
        query = select(c.id).where(condition, c.erased_at.is_(None)).order_by(c.id).limit(limit)
        for customer_id in connection.execute(query).scalars():
            found.setdefault(customer_id, []).append(label)
    return found
