"""Consent rows of a person who is erased."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, delete, select

from app.consents.tables import consent_events, consent_invitations, consent_states
from app.customers.erasing import delete_owned


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
    delete_owned(connection, customer_id, (consent_states, consent_invitations))


def erase_events(connection: Connection, customer_id: UUID) -> None:
    """Delete the events that proved consents, once nothing needs the proof."""
    connection.execute(delete(consent_events).where(consent_events.c.customer_id == customer_id))
