"""What is on record and in store, as far as the notice must agree with it. No value of a person is read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, String, cast, exists, func, select

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


def sent(connection: Connection) -> Sequence[Row[Any]]:
    """To whom data were sent and for what; recipients that are not on record by the name that was reported."""
    c = disclosures.c
    query: Select[Any] = select(c.processor_id, c.recipient_name, c.purpose).where(c.sent).distinct()
    return connection.execute(query).all()


def stored_records(connection: Connection, kinds: Sequence[str]) -> frozenset[str]:
    """Those of the kinds of which there is at least one."""
    return _present(connection, {kind: exists(select(1).select_from(RECORDS[kind])) for kind in kinds})


def stored_fields(connection: Connection, names: Sequence[str]) -> frozenset[str]:
    """Those of the contact fields that somebody's row holds."""
    return _present(connection, {name: exists(select(1).where(FIELDS[name])) for name in names})


def has_attributes(connection: Connection) -> bool:
    """Whether somebody's row holds attributes; an erasure of each leaves an empty list of them."""
    kept = customers.c.attributes
    held = select(1).where(kept.is_not(None), cast(kept, String).not_in(["{}", "null"]))
    found: bool = connection.execute(select(exists(held))).scalar_one()
    return found


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
