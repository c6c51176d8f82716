"""Consent rows of a person who is erased."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, delete, select

from app.consents.tables import consent_events, consent_invitations, consent_states


def given_marketing(connection: Connection, customer_id: UUID, marketing: Collection[str]) -> dict[str, list[str]]:
    """The marketing purposes for which a consent stands, with their channels."""
    c = consent_states.c
    query = select(c.purpose, c.channel).where(
        c.customer_id == customer_id, c.action == "given", c.purpose.in_(sorted(marketing))
    )
    found: dict[str, list[str]] = {}
    for purpose, channel in connection.execute(query):
        found.setdefault(purpose, []).append(channel)
    return found


def erase_states(connection: Connection, customer_id: UUID) -> None:
    """Delete states and open invitations."""
    for table in (consent_states, consent_invitations):
        connection.execute(delete(table).where(table.c.customer_id == customer_id))


def erase_events(connection: Connection, customer_id: UUID) -> None:
    """Delete the events that proved consents, once nothing needs the proof."""
    connection.execute(delete(consent_events).where(consent_events.c.customer_id == customer_id))
