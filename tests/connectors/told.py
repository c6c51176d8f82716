"""What connectors are told in these tests, and the world they are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.connectors.instruction import Instruction, Subject
from app.connectors.outside import Outside, new_client
from app.mail import Relay
from app.policy.notifications import Act

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
PERSON = Subject(
    name="Maija Meikäläinen",
    email="maija@example.fi",
    phone="+358401234567",
    address="Hämeenkatu 1, 33100 Tampere, FI",
    references={"mycashflow": "4711"},
)
PERSONAL = ("Maija", "maija@example.fi", "+358401234567", "Hämeenkatu", "4711")
"""What may stand in no thin payload, no default mail and no name of a file."""


def told(act: Act = Act.ERASURE, **given: Any) -> Instruction:
    """An instruction about `PERSON`."""
    values: dict[str, Any] = {
        "id": UUID("0198c5a0-0000-7000-8000-000000000001"),
        "act": act,
        "recipient": "takk",
        "subject": PERSON,
        "queued_at": NOW,
        "due_on": date(2026, 4, 1),
        "case_number": "2026-00042",
        "acknowledge_url": "https://register.example.com/recipients/AbC",
        "controller": "Lumicos Oy",
        "reply_to": "tietosuoja@example.com",
    }
    return Instruction(**{**values, **given})


@asynccontextmanager
async def on_loopback(**given: Any) -> AsyncIterator[Outside]:
    """A world that ends at this machine."""
    async with new_client(given.pop("verify", False), may_reach_private=True) as client:
        yield Outside(client, may_reach_private=True, **given)


def relay_at(port: int) -> Relay:
    """The tests' SMTP server."""
    return Relay("localhost", port, None, None, "none")
