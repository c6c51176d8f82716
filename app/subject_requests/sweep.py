"""The sweep: erase what reaches its date, with the same verdicts and trail; leave open requests' data alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, exists, or_, select

from app.consents.tables import consent_events
from app.customers.tables import customer_changes, customers, vouchers
from app.policy.deadlines import nominal
from app.policy.erasure import Erase
from app.register.operation import Operation
from app.subject_requests import repository
from app.subject_requests.assessment import judge, rows_of
from app.subject_requests.execution import carry_out
from app.subject_requests.tables import (
    decisions,
    envelopes,
    identity_checks,
    request_events,
    subject_requests,
)

FEED_DAYS = 90
"""How long integrations have to read that a person was erased."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch did, or with `dry` would do."""

    people: int
    holdings: int
    request_files: int
    feed_rows: int
    more_after: UUID | None


def sweep(connection: Connection, op: Operation, as_of: date, after: UUID | None, *, dry: bool = False) -> Swept:
    """One batch of people whose kept rows may have reached their date; call again with `more_after`."""
    people = _candidates(connection, op, as_of, after)
    holdings = sum(_person(connection, op, person, as_of, dry=dry) for person in people)
    last = after is None
    files = _request_files(connection, op, as_of, dry=dry) if last else 0
    feed = _feed(connection, as_of, dry=dry) if last else 0
    details = {"people": len(people), "holdings": holdings, "request_files": files, "dry": dry}
    op.audit(connection, "sweep", "retention", as_of.isoformat(), details=details)
    return Swept(len(people), holdings, files, feed, people[-1] if len(people) == BATCH else None)


def _candidates(connection: Connection, op: Operation, as_of: date, after: UUID | None) -> list[UUID]:
    """Erased people with rows left, and people whose erasure an open contract held up; none with open requests."""
    open_request = exists().where(
        subject_requests.c.customer_id == customers.c.id,
        subject_requests.c.state.not_in(("completed", "withdrawn", "executing")),
    )
    v = vouchers.c
    due = exists().where(v.customer_id == customers.c.id, or_(v.retain_until < as_of, v.retain_until.is_(None)))
    proof = exists().where(
        consent_events.c.customer_id == customers.c.id,
        customers.c.erased_at < op.start_of(_years_before(as_of, op.definition.retention.consent_evidence_years)),
    )
    held_up = customers.c.erased_at.is_(None) & customers.c.erasure_request_id.is_not(None)
    query = select(customers.c.id).where(
        or_(held_up, customers.c.erased_at.is_not(None) & or_(due, proof)), ~open_request
    )
    if after is not None:
        query = query.where(customers.c.id > after)
    return list(connection.execute(query.order_by(customers.c.id).limit(BATCH)).scalars())


def _years_before(day: date, years: int) -> date:
    return nominal(day, -12 * years)


def _person(connection: Connection, op: Operation, customer_id: UUID, as_of: date, *, dry: bool) -> int:
    """Judge one person anew and carry out what has become an erasure; how many holdings went."""
    found = judge(connection, op.definition, customer_id, as_of, _first_request(connection, customer_id))
    going = [holding.id for holding in found.held.holdings if isinstance(found.outcome[holding.id], Erase)]
    if going and not dry:
        request_id = found.held.customer.erasure_request_id
        verdicts = rows_of(op, found, found.outcome, request_id, None)
        repository.add_verdicts(connection, [row for row in verdicts if row["holding"] in going])
        carry_out(connection, op, found, found.outcome, request_id)
    return len(going)


def _first_request(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    c = subject_requests.c
    query = select(subject_requests).where(c.customer_id == customer_id, c.right == "erasure").order_by(c.id.desc())
    return connection.execute(query).first()


def _request_files(connection: Connection, op: Operation, as_of: date, *, dry: bool) -> int:
    """Files of requests closed longer ago than the definition keeps them (Art. 5(2))."""
    c = subject_requests.c
    limit = op.start_of(_years_before(as_of, op.definition.retention.request_file_years))
    old = list(connection.execute(select(c.id).where(c.closed_at < limit).limit(BATCH)).scalars())
    if not dry:
        _forget(connection, old)
    return len(old)


def _forget(connection: Connection, request_ids: Iterable[UUID]) -> None:
    ids = list(request_ids)
    for table in (request_events, identity_checks, decisions, envelopes):
        connection.execute(delete(table).where(table.c.request_id.in_(ids)))
    connection.execute(delete(subject_requests).where(subject_requests.c.id.in_(ids)))


def _feed(connection: Connection, as_of: date, *, dry: bool) -> int:
    c = customer_changes.c
    limit = datetime.combine(as_of - timedelta(days=FEED_DAYS), time.min, tzinfo=UTC)
    if dry:
        return len(connection.execute(select(c.id).where(c.at < limit)).all())
    return connection.execute(delete(customer_changes).where(c.at < limit)).rowcount
