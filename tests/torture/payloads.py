"""What the integrations and the people at the desk send."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

DECISION: Json = {
    "outcome": "as_assessed",
    "reasoning": "Nothing is open and nobody objects.",
    "identity": {"level": "substantial", "how": "Answered from the address held."},
}
LONG_AGO = "2024-03-01T10:00:00Z"


def now() -> str:
    """This instant as callers write it."""
    return datetime.now(UTC).isoformat()


def customer(number: int, dice: random.Random) -> Json:
    """A person; each call brings another telephone number, so that a lost update shows."""
    when = dice.choice((LONG_AGO, now()))
    return {
        "name": f"Testi Henkilö {number}",
        "email": f"testi{number}@example.com",
        "phone": f"040 {dice.randrange(10**6, 10**7)}",
        "address": {"street": f"Koetie {number}", "postal_code": "33200", "city": "Tampere"},
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "reference": f"o-{number}", "occurred_at": when},
    }


def purchase(order: str, dice: random.Random) -> Json:
    """An old order with its voucher; one in six is not delivered yet and holds an erasure up."""
    day = "2024-05-10"
    sent: Json = {
        "purchased_on": day,
        "booked_on": day,
        "total": "49.90",
        "lines": [{"title": "Hoito", "unit_price": "49.90", "vat_rate": "24"}],
        "voucher": {
            "number": order,
            "record": "here",
            "material": "voucher",
            "buyer_as_printed": {"name": "Testi Henkilö", "address": "Koetie 1, 33200 Tampere"},
        },
        "payment": {"provider": "Paytrail", "method": "verkkopankki", "settled_on": day},
    }
    return sent if dice.random() < 1 / 6 else {**sent, "fulfilled_on": day}


def booking(dice: random.Random) -> Json:
    """A visit that has been; one in six lies ahead."""
    year = 2040 if dice.random() < 1 / 6 else 2025
    return {
        "starts_at": f"{year}-05-02T10:00:00Z",
        "ends_at": f"{year}-05-02T11:00:00Z",
        "service": "Hoito",
        "state": "booked" if year == 2040 else "done",
    }


def consent(event_id: str, who: Json, dice: random.Random) -> Json:
    """A consent given or withdrawn some time in the last hour, in any order of arrival."""
    withdrawn = dice.random() < 1 / 3
    purpose = dice.choice(("newsletter", "marketing"))
    event: Json = {
        "event_id": event_id,
        "customer": who,
        "purpose": purpose,
        "channels": dice.choice((["email"], ["email", "sms"])) if purpose == "marketing" else ["email"],
        "action": "withdrawn" if withdrawn else "given",
        "collected_via": "unsubscribe_link" if withdrawn else "web_form",
        "occurred_at": (datetime.now(UTC) - timedelta(seconds=dice.randrange(3600))).isoformat(),
    }
    return event if withdrawn else {**event, "wording": {"id": purpose, "version": 1}}


def request(right: str, customer_id: str) -> Json:
    """A person asks for a right."""
    return {"right": right, "channel": "email", "received_at": now(), "customer": {"id": customer_id}}


def disclosure(customer_id: str) -> Json:
    """Data for a recipient outside the EEA without any recorded ground: refused, and the refusal recorded."""
    return {
        "recipient": "mailchimp",
        "purpose": "newsletter",
        "categories": ["contact_details"],
        "customer": {"id": customer_id},
        "channel": "api",
    }
