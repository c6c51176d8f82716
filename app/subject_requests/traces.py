"""What an erasure may leave in the files of the database: which tables the maintenance step must clear."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, exists, select

from app.consents.tables import consent_events
from app.customers.tables import (
    bookings,
    customer_changes,
    customer_proposals,
    customer_references,
    customers,
    purchases,
    vouchers,
)
from app.subject_requests.tables import (
    decisions,
    envelopes,
    identity_checks,
    legal_holds,
    request_events,
    subject_requests,
)
from app.upkeep.repository import leave

ALWAYS = (customers, customer_references, customer_changes, customer_proposals, legal_holds)
"""Earlier versions of a person's rows lie here even if the erasure itself finds nothing left to delete."""
IF_THERE = (purchases, vouchers, bookings, consent_events)
"""The large ones, cleared only when the person has rows in them."""
OF_A_REQUEST = (subject_requests, request_events, identity_checks, decisions, envelopes)
"""Where what a person wrote, and the keys of envelopes, stand."""


def of_person(connection: Connection, customer_id: UUID, request_id: UUID | None, at: datetime) -> None:
    """Leave a trace for a person of whom something is about to be erased; before, while the rows are there."""
    has = [exists().where(table.c.customer_id == customer_id) for table in IF_THERE]
    found = connection.execute(select(*has)).one()
    there = [table for table, holds in zip(IF_THERE, found, strict=True) if holds]
    leave(connection, at, (*ALWAYS, *OF_A_REQUEST, *there), request_id)


def of_content(connection: Connection, at: datetime) -> None:
    """Leave a trace for the content of a request or an envelope that is closed, or of files that are forgotten."""
    leave(connection, at, OF_A_REQUEST)
