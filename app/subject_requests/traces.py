"""What an erasure may leave in the files of the database: which tables the maintenance step must clear."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.consents.tables import consent_events
from app.customers.tables import (
    bookings,
    customer_changes,
    customer_proposals,
    customer_references,
    customers,
    deaths,
    purchases,
    vouchers,
)
from app.customers.tables_audiences import audience_members
from app.customers.tables_rights import objections, rectifications
from app.customers.tables_tellings import tellings
from app.letters.tables import letters
from app.notifications.tables import notification_attempts, notifications
from app.policy.holdings import Holding, HoldingKind
from app.processors.tables import disclosures
from app.subject_requests.tables import (
    decisions,
    envelopes,
    identity_checks,
    inactivity_proposals,
    legal_holds,
    request_events,
    subject_requests,
)
from app.subject_requests.tables_people import abuse_findings
from app.subject_requests.tables_replies import access_redactions, access_release_parts, access_releases
from app.subject_requests.tables_rights import balancing_tests
from app.upkeep.repository import leave

ALWAYS = (
    *(customers, customer_references, customer_changes, customer_proposals, objections, deaths, legal_holds),
    *(inactivity_proposals, audience_members, tellings),
)
"""Earlier versions of a person's rows lie here even if the erasure itself finds nothing left to delete."""
IF_THERE = {
    HoldingKind.PURCHASE: purchases,
    HoldingKind.VOUCHER: vouchers,
    HoldingKind.BOOKING: bookings,
    HoldingKind.CONSENT_EVIDENCE: consent_events,
    HoldingKind.DISCLOSURE_LOG: disclosures,
}
"""The large ones, cleared only when the person has rows in them."""
OF_A_REQUEST = (
    *(subject_requests, request_events, identity_checks, decisions, abuse_findings, envelopes),
    *(notifications, notification_attempts),
    *(access_redactions, access_releases, access_release_parts),
    *(balancing_tests, rectifications),
)
"""Where what a person wrote, and the keys of what is sealed, stand."""


def of_person(connection: Connection, holdings: Iterable[Holding], request_id: UUID | None, at: datetime) -> None:
    """Leave a trace for a person of whom something is about to be erased: what was held says which tables."""
    kinds = {holding.kind for holding in holdings}
    there = [table for kind, table in IF_THERE.items() if kind in kinds]
    leave(connection, at, (*ALWAYS, *OF_A_REQUEST, *there), request_id)


def of_files(connection: Connection, at: datetime) -> None:
    """Leave a trace for files that are forgotten, with the letters in them."""
    leave(connection, at, (*OF_A_REQUEST, letters))


def of_content(connection: Connection, at: datetime) -> None:
    """Leave a trace for the content of a request or an envelope that is closed."""
    leave(connection, at, OF_A_REQUEST)
