"""What the story's integrations send."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo_story.people import Somebody

TRANSFER = {
    "exporter": "Lumicos Oy", "importer": "The Rocket Science Group LLC", "importer_role": "processor", "country": "US",
    "access": "hosting", "purposes": ["newsletter"], "categories": ["contact_details"], "frequency": "regular",
    "valid_from": "2024-01-01", "mechanism": "45",
}  # fmt: skip


def guest(somebody: Somebody, system: str) -> dict[str, Any]:
    """Somebody who booked two days ago, by the booking system's own reference."""
    return {
        "reference": {"system": system, "id": somebody.customer_number}, "name": somebody.name,
        "email": somebody.email, "source": "web_form",
        "interaction": {"kind": "booking", "occurred_at": ago(days=2)},
    }  # fmt: skip


def booking_consent(somebody: Somebody, system: str) -> dict[str, Any]:
    """The consent they gave on the booking form yesterday."""
    return {
        "event_id": f"story-{somebody.seed}-{somebody.number}",
        "customer": {"system": system, "id": somebody.customer_number}, "purpose": "booking_data", "action": "given",
        "wording": {"id": "booking_story", "version": 1}, "collected_via": "booking_form", "occurred_at": ago(days=1),
    }  # fmt: skip


def ago(**delta: float) -> str:
    """An instant of the past, RFC 3339 in UTC."""
    return (datetime.now(UTC) - timedelta(**delta)).isoformat()


def customer(somebody: Somebody, days: float = 1) -> dict[str, Any]:
    """A customer as the webshop upserts one, `days` after they bought."""
    address = {"street": somebody.street, "postal_code": somebody.postal_code, "city": somebody.city}
    return {
        "kind": "customer", "name": somebody.name, "email": somebody.email, "phone": somebody.phone, "address": address,
        "language": "fi", "source": "customer_relationship",
        "interaction": {"kind": "purchase", "occurred_at": ago(days=days)},
    }  # fmt: skip


def purchase(somebody: Somebody, order: str, year: int) -> dict[str, Any]:
    """A paid and delivered purchase of March, with its voucher recorded here."""
    day = f"{year}-03-{10 + year % 10}"
    buyer = {"name": somebody.name, "address": f"{somebody.street}, {somebody.postal_code} {somebody.city}"}
    return {
        "purchased_on": day, "booked_on": day, "total": "49.90", "fulfilled_on": day,
        "lines": [{"title": "Hiuspohjan hoito", "unit_price": "49.90", "vat_rate": "25.5"}],
        "voucher": {"number": f"V-{order}", "record": "here", "material": "voucher", "buyer_as_printed": buyer},
        "payment": {"provider": "Paytrail", "settled_on": day},
    }  # fmt: skip
