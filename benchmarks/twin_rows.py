"""What the twins write, ready for either database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.consents.schemas import ConsentIn, WordingRef
from app.customers.schemas_purchases import PurchaseFields
from app.db import new_id

CLIENT = UUID(int=1)


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Consent:
    """One consent event with its audit row."""

    sent: ConsentIn
    wording: WordingRef
    system: str
    reference: str
    channels: list[str]
    evidence: dict[str, Any]
    content_hash: str
    id: UUID
    audit: UUID
    at: datetime
    client: UUID = CLIENT


@dataclass(slots=True)
class Purchase:
    """One purchase with its voucher and its audit row."""

    sent: PurchaseFields
    customer: UUID
    system: str
    order: str
    id: UUID
    voucher: UUID
    audit: UUID
    at: datetime
    day: datetime
    client: UUID = CLIENT


def consent(sent: ConsentIn, content_hash: str) -> Consent:
    """The rows of a consent."""
    reference, wording = sent.customer.reference, sent.wording
    assert reference is not None
    assert wording is not None
    evidence = sent.evidence.model_dump(mode="json", exclude_defaults=True)
    channels = [channel.value for channel in sent.channels]
    return Consent(sent, wording, *reference, channels, evidence, content_hash, new_id(), new_id(), now())


def purchase(sent: PurchaseFields, customer: UUID, system: str, order: str) -> Purchase:
    """The rows of a purchase."""
    day = datetime(sent.purchased_on.year, sent.purchased_on.month, sent.purchased_on.day, tzinfo=UTC)
    return Purchase(sent, customer, system, order, new_id(), new_id(), new_id(), now(), day)
