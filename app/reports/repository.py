"""Rows that figures are made of: codes, dates and counts, nothing that names a person."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from app.audit.tables import audit_events
from app.breaches.tables import breaches
from app.consents.tables import consent_events
from app.notifications.tables import notifications
from app.processors.tables import agreements, transfer_assessments, transfers
from app.processors.tables_safeguards import adequacy_lapses, sub_processors, transfer_checks
from app.register.tables import notice_versions, register_versions
from app.subject_requests.repository_inactivity import OWN_INITIATIVE
from app.subject_requests.tables import decisions, subject_requests


def requests(connection: Connection, begun: datetime | None, ended: datetime | None) -> Iterator[Row[Any]]:
    """Requests of people that had come in before `ended` and were still open at `begun`; all when both are None.

    Cases that the controller opened itself, when a customership had ended, are nobody's request.
    """
    c, d = subject_requests.c, decisions.c
    standing = and_(d.request_id == c.id, d.cancelled_at.is_(None))
    query: Select[Any] = (
        select(c.right, c.state, c.received_on, c.due_on, c.letter_sent_on, c.closed_at, d.outcome)
        .outerjoin_from(subject_requests, decisions, standing)
        .where(c.channel != OWN_INITIATIVE)
        .order_by(c.id)
    )
    if begun is not None:
        query = query.where(or_(c.closed_at.is_(None), c.closed_at >= begun))
    if ended is not None:
        query = query.where(c.received_at < ended)
    yield from connection.execute(query)


def ended_customerships(connection: Connection, begun: datetime, ended: datetime) -> int:
    """How many people were erased because their customership had ended (N20)."""
    c = subject_requests.c
    within = (c.closed_at >= begun, c.closed_at < ended)
    query = select(func.count()).where(c.channel == OWN_INITIATIVE, c.state == "completed", *within)
    return int(connection.execute(query).scalar_one())


def consents(connection: Connection, edges: Sequence[datetime]) -> Sequence[Row[Any]]:
    """How often consent was given and withdrawn, by purpose and month; of people who are still in the register."""
    c = consent_events.c
    month = case((c.occurred_at < edges[1], 0), (c.occurred_at < edges[2], 1), else_=2).label("month")
    within = (
        select(c.purpose, c.action, month).where(c.occurred_at >= edges[0], c.occurred_at < edges[3]).subquery("within")
    )
    w = (
        within.c
    )  # grouped outside, where the months are columns: binds of the same value are not the same to PostgreSQL
    query = select(w.purpose, w.month, w.action, func.count().label("number"))
    return connection.execute(query.group_by(w.purpose, w.month, w.action)).all()


def swept(connection: Connection, begun: datetime, ended: datetime) -> Mapping[str, int]:
    """How many rows went by each rule of the sweep, as the trail has it: it names every rule, whatever it leaves."""
    c = audit_events.c
    batches = select(c.details).where(c.action == "sweep", c.entity == "retention", c.at >= begun, c.at < ended)
    counted: Counter[str] = Counter()
    for details in connection.execute(batches).scalars():
        counted[details["rule"]] += details["rows"]
    return dict(sorted(counted.items()))


def told(connection: Connection, begun: datetime, ended: datetime) -> Sequence[Row[Any]]:
    """What recipients were told before `ended`, unless it had been answered before `begun`."""
    c = notifications.c
    query: Select[Any] = select(c.recipient, c.state, c.queued_at, c.sent_at, c.closed_at, c.due_on)
    query = query.where(c.queued_at < ended, or_(c.closed_at.is_(None), c.closed_at >= begun))
    return connection.execute(query.order_by(c.id)).all()


def definitions(connection: Connection) -> Iterator[Row[Any]]:
    """Every version of the definition with its document, oldest first, one at a time: they are long."""
    numbers = connection.execute(select(register_versions.c.version).order_by(register_versions.c.version)).scalars()
    for number in numbers.all():
        yield connection.execute(select(register_versions).where(register_versions.c.version == number)).one()


def notices(connection: Connection) -> Iterator[Row[Any]]:
    """Every version of the notice with its words, the same way."""
    numbers = connection.execute(select(notice_versions.c.version).order_by(notice_versions.c.version)).scalars()
    for number in numbers.all():
        yield connection.execute(select(notice_versions).where(notice_versions.c.version == number)).one()


def all_agreements(connection: Connection) -> Sequence[Row[Any]]:
    """Every agreement with a recipient, former ones too."""
    return connection.execute(select(agreements).order_by(agreements.c.processor_id, agreements.c.id)).all()


def all_transfers(connection: Connection) -> Sequence[Row[Any]]:
    """Every transfer outside the EEA, those that have ended too."""
    return connection.execute(select(transfers).order_by(transfers.c.id)).all()


def all_assessments(connection: Connection) -> Sequence[Row[Any]]:
    """What Chapter V said of each transfer over time."""
    c = transfer_assessments.c
    return connection.execute(select(transfer_assessments).order_by(c.transfer_id, c.id)).all()


def all_checks(connection: Connection) -> Sequence[Row[Any]]:
    """Listings looked up again, and impact assessments made anew."""
    return connection.execute(
        select(transfer_checks).order_by(transfer_checks.c.transfer_id, transfer_checks.c.id)
    ).all()


def all_lapses(connection: Connection) -> Sequence[Row[Any]]:
    """Adequacy decisions that were recorded as lapsed."""
    return connection.execute(select(adequacy_lapses).order_by(adequacy_lapses.c.id)).all()


def all_sub_processors(connection: Connection) -> Sequence[Row[Any]]:
    """Whom recipients engage (Art. 28(2), (4))."""
    return connection.execute(select(sub_processors).order_by(sub_processors.c.id)).all()


def all_breaches(connection: Connection) -> Sequence[Row[Any]]:
    """Every breach on record (Art. 33(5)), in the order in which they were reported."""
    return connection.execute(select(breaches).order_by(breaches.c.id)).all()
