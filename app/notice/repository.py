"""What is on record and in store, as far as the notice must agree with it. No value of a person is read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Text,
    cast,
    exists,
    func,
    literal_column,
    select,
)

from app.auth.tables import api_clients
from app.consents.tables import consent_events, wordings
from app.customers.tables import bookings, customers, purchases, suppressions, vouchers
from app.processors.tables import disclosures, processors
from app.subject_requests.tables import subject_requests, suppression_reviews

RECORDS: dict[str, FromClause] = {
    "purchases": purchases,
    "vouchers": vouchers,
    "bookings": bookings,
    "consents": consent_events,
    "suppressions": suppressions,
    "requests": subject_requests,
}
"""Where each kind of record is kept that a category may declare."""
FIELDS = {
    "name": customers.c.name.is_not(None),
    "email": customers.c.email.is_not(None),
    "phone": customers.c.phone.is_not(None),
    "address": customers.c.street.is_not(None) | customers.c.city.is_not(None),
}


def recipients(connection: Connection) -> Sequence[Row[Any]]:
    """Every recipient on record, former ones too, in the order in which they came."""
    return connection.execute(select(processors).order_by(processors.c.id)).all()


def reached(connection: Connection) -> set[UUID]:
    """The recipients on record to whom data were sent: one step into the log's index for each, however long it is."""
    c = disclosures.c
    first = select(c.customer_id).where(c.processor_id == processors.c.id, c.sent)
    in_order = first.order_by(c.processor_id, c.sent, c.customer_id).limit(1).scalar_subquery()
    return set(connection.execute(select(processors.c.id).where(in_order.is_not(None))).scalars())


def strangers(connection: Connection) -> Sequence[str]:
    """To whom else data were sent, by the names that were reported."""
    c = disclosures.c
    return connection.execute(_each(c.recipient_name, c.sent, c.processor_id.is_(None))).scalars().all()


def disclosed_for(connection: Connection) -> frozenset[str]:
    """The purposes for which data were sent."""
    return frozenset(connection.execute(_each(disclosures.c.purpose, disclosures.c.sent)).scalars())


def _each(column: Column[str], *where: ColumnElement[bool]) -> Select[Any]:
    """The different values of an indexed column in order: from each the index leads to the next, past all its rows."""
    found = select(func.min(column).label("value")).where(*where).cte("found", recursive=True)
    following = select(func.min(column)).where(*where, column > found.c.value).scalar_subquery()
    found = found.union_all(select(following).select_from(found).where(found.c.value.is_not(None)))
    return select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value)


def stored_records(connection: Connection, kinds: Sequence[str]) -> frozenset[str]:
    """Those of the kinds of which there is at least one."""
    return _present(connection, {kind: exists(select(1).select_from(RECORDS[kind])) for kind in kinds})


def stored_fields(connection: Connection, names: Sequence[str]) -> frozenset[str]:
    """Those of the contact fields that somebody's row holds."""
    return _present(connection, {name: exists(select(1).where(FIELDS[name])) for name in names})


def has_attributes(connection: Connection) -> bool:
    """Whether somebody's row holds attributes; an erasure of each leaves an empty list of them."""
    c, kept = customers.c, cast(customers.c.attributes, Text)
    held = select(c.id).where(kept != literal_column("'{}'"), kept != "null")
    # In the order of the index: PostgreSQL believes that nearly everybody has some, and would look for one in them all.
    return connection.execute(held.order_by(c.created_at).limit(1)).first() is not None


def _present(connection: Connection, questions: dict[str, Any]) -> frozenset[str]:
    if not questions:
        return frozenset()
    row = connection.execute(select(*(question.label(name) for name, question in questions.items()))).one()
    return frozenset(name for name, held in row._mapping.items() if held)


def asked_for(connection: Connection) -> frozenset[str]:
    """The purposes for which wordings ask consent."""
    return frozenset(connection.execute(select(wordings.c.purpose).distinct()).scalars())


def employments(connection: Connection, at: datetime) -> frozenset[str]:
    """How the people are employed who have access now (F85)."""
    c = api_clients.c
    active: ColumnElement[bool] = c.withdrawn_at.is_(None) & (c.expires_at.is_(None) | (c.expires_at > at))
    return frozenset(connection.execute(select(c.employment).where(active, c.employment.is_not(None))).scalars())


def suppressions_reviewed_on(connection: Connection) -> date | None:
    """When it was last asked whether the bans are still needed."""
    found: date | None = connection.execute(select(func.max(suppression_reviews.c.reviewed_on))).scalar_one()
    return found
