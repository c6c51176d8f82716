"""State and history of a person's consents, now or at a past instant, and the consent record."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository, repository_notices
from app.consents.errors import ConsentInvalid, NoSuchConsent
from app.consents.receipt import receipt
from app.consents.rules import NO_CHANNEL
from app.consents.schemas import ConsentEventOut, ConsentsOut, ConsentState, NoticeShown, WordingShown
from app.consents.signing import receipt_of
from app.customers import suppression
from app.customers.errors import Restricted
from app.customers.record import addresses, may_use
from app.customers.service import find
from app.customers.suppression import CHANNELS_OF
from app.register.operation import Operation


def read(connection: Connection, op: Operation, customer_id: UUID, as_of: datetime | None) -> ConsentsOut:
    """State and history as known at `as_of` (what had occurred and been recorded by then), or now."""
    if as_of is not None and as_of > op.at:
        raise ConsentInvalid(errors=[{"detail": "lies in the future", "pointer": "as_of"}])
    person = _person(connection, op, customer_id)
    events = repository.history(connection, customer_id, as_of)
    held = suppression.of(connection, [a.hash for a in addresses(person)], as_of)
    op.audit(connection, "read", "consent", None, person.audit_key)
    return ConsentsOut(
        as_of=as_of,
        states=[
            _state(person, purpose, channel, event, held) for (purpose, channel), event in standing(events).items()
        ],
        history=[event_out(event) for event in events],
    )


def _person(connection: Connection, op: Operation, customer_id: UUID) -> Row[Any]:
    person = find(connection, op, customer_id)
    if not may_use(op, person):
        raise Restricted
    return person


def standing(events: Iterable[Row[Any]]) -> dict[tuple[str, str], Row[Any]]:
    """The event that stands for each purpose and channel; events come in deciding order."""
    found = {(event.purpose, channel): event for event in events for channel in event.channels}
    return dict(sorted(found.items()))


def _state(person: Row[Any], purpose: str, channel: str, event: Row[Any], held: Sequence[Row[Any]]) -> ConsentState:
    hashes = {a.hash for a in addresses(person) if channel in CHANNELS_OF[a.kind]}
    suppressed = suppression.since([row for row in held if row.address_hash in hashes], purpose, channel)
    return ConsentState(
        purpose=purpose,
        channel=None if channel == NO_CHANNEL else channel,
        action=event.action,
        occurred_at=event.occurred_at,
        wording=wording_shown(event),
        notice=notice_shown(event),
        suppressed_since=None if suppressed is None else suppressed[0],
    )


def wording_shown(row: Row[Any]) -> WordingShown | None:
    """The wording that an event names."""
    if row.wording_id is None:
        return None
    return WordingShown(id=row.wording_id, version=row.wording_version, language=row.wording_language)


def notice_shown(row: Row[Any]) -> NoticeShown | None:
    """The notice that an event pins."""
    if row.notice_version is None:
        return None
    return NoticeShown(version=row.notice_version, language=row.notice_language)


def event_out(event: Row[Any]) -> ConsentEventOut:
    """The answer of an event row."""
    return ConsentEventOut(
        id=event.id,
        event_id=event.event_id,
        purpose=event.purpose,
        channels=[c for c in event.channels if c != NO_CHANNEL],
        action=event.action,
        wording=wording_shown(event),
        notice=notice_shown(event),
        collected_via=event.collected_via,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        evidence=event.evidence,
    )


def read_receipt(
    connection: Connection, op: Operation, customer_id: UUID, purpose: str, base_url: str
) -> dict[str, Any]:
    """The consent record of one purpose (ISO/IEC TS 27560 in DPV); raises `NoSuchConsent`."""
    person = _person(connection, op, customer_id)
    events = [e for e in repository.history(connection, customer_id, None) if e.purpose == purpose]
    if not events:
        raise NoSuchConsent
    notices = {row.version: row.published_at for row in repository_notices.published(connection, spoken=False)}
    op.audit(connection, "read_receipt", "consent", None, person.audit_key)
    return receipt(op, person, events, notices, base_url)


def read_signed_receipt(
    connection: Connection, op: Operation, customer_id: UUID, purpose: str, base_url: str
) -> dict[str, Any]:
    """The receipt of that record for the person to keep, signed; raises `NoSuchConsent`."""
    return receipt_of(op, read_receipt(connection, op, customer_id, purpose, base_url))
