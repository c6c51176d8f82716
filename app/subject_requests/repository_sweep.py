"""What the sweep looks for: people and files of whom something may have reached its date."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, select, union_all

from app.consents.tables import consent_events
from app.customers.tables import customer_changes, customers, vouchers
from app.subject_requests.repository import FINAL
from app.subject_requests.tables import (
    decisions,
    envelopes,
    identity_checks,
    request_events,
    subject_requests,
)
from app.upkeep import repository as upkeep


def candidates(
    connection: Connection, as_of: date, booked_before: date, erased_before: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """People of whom something may have reached its date; none whom an open request concerns.

    `booked_before`: living customers' accounting material; `erased_before`: proof kept of people erased.
    """
    c, v = customers.c, vouchers.c
    living, shell = c.erased_at.is_(None), c.erased_at.is_not(None)
    of_person = v.customer_id == c.id
    # One query for each cause, so that each is answered from an index of its own.
    causes = (
        select(c.id).where(living, c.erasure_request_id.is_not(None)),
        select(c.id).where(living, of_person, v.buyer_name.is_not(None), v.booked_on < booked_before),
        select(c.id).where(shell, of_person, v.retain_until < as_of),
        select(c.id).where(shell, of_person, v.restricted_at.is_not(None), v.retain_until.is_(None)),
        select(c.id).where(shell, c.erased_at < erased_before, exists().where(consent_events.c.customer_id == c.id)),
    )
    due = union_all(*(_after(query.where(~_open_request()), after) for query in causes)).subquery()
    return list(connection.execute(select(due.c.id).distinct().order_by(due.c.id).limit(limit)).scalars())


def _after(query: Select[Any], after: UUID | None) -> Select[Any]:
    return query if after is None else query.where(customers.c.id > after)


def _open_request() -> ColumnElement[bool]:
    """SQL that holds for people whom a request still concerns; an erasure that is carried out does not count."""
    r = subject_requests.c
    carried_out = (r.right == "erasure") & (r.state == "executing")
    return exists().where(r.customer_id == customers.c.id, r.state.not_in(FINAL), ~carried_out)


def has_open_request(connection: Connection, customer_id: UUID) -> bool:
    """Whether a request still concerns the person."""
    query = select(customers.c.id).where(customers.c.id == customer_id, _open_request())
    return connection.execute(query).first() is not None


def newest_erasure(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The person's newest erasure request."""
    c = subject_requests.c
    query = select(subject_requests).where(c.customer_id == customer_id, c.right == "erasure").order_by(c.id.desc())
    return connection.execute(query).first()


def closed_before(connection: Connection, limit: datetime, most: int) -> list[UUID]:
    """Requests closed before the instant."""
    c = subject_requests.c
    return list(connection.execute(select(c.id).where(c.closed_at < limit).limit(most)).scalars())


def forget_requests(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Delete the files of these requests with all that belongs to them."""
    ids = list(request_ids)
    if not ids:
        return
    for table in (identity_checks, decisions, envelopes, request_events):
        connection.execute(delete(table).where(table.c.request_id.in_(ids)))
    upkeep.forget(connection, ids)
    connection.execute(delete(subject_requests).where(subject_requests.c.id.in_(ids)))


def forget_withdrawals_of_nobody(connection: Connection, limit: datetime) -> int:
    """Delete withdrawals for addresses in no record once their proof has run out, and count them; suppressions stay."""
    c = consent_events.c
    return connection.execute(delete(consent_events).where(c.customer_id.is_(None), c.recorded_at < limit)).rowcount


def feed_rows_before(connection: Connection, limit: datetime) -> int:
    """How many rows of the changes feed are older."""
    query = select(func.count()).where(customer_changes.c.at < limit)
    count: int = connection.execute(query).scalar_one()
    return count


def forget_feed(connection: Connection, limit: datetime) -> None:
    """Delete the older rows of the changes feed."""
    connection.execute(delete(customer_changes).where(customer_changes.c.at < limit))
