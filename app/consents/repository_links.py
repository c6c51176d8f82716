"""Unsubscribe links in the database, and what a consent is asked again with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from app.consents.tables import consent_invitations, unsubscribe_links, wordings
from app.db import insert_all


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert links; one that was made before stays, and is issued anew in the person's present language."""
    clause = "ON CONFLICT (token_hash) DO UPDATE SET language = excluded.language, issued_at = excluded.issued_at"
    # In one order everywhere, so that two mailings to the same people cannot wait for each other.
    ordered = sorted({row["token_hash"]: row for row in rows}.values(), key=lambda row: str(row["token_hash"]))
    insert_all(connection, unsubscribe_links, ordered, clause)


def by_token(connection: Connection, token_hash: str, *, lock: bool = False) -> Row[Any] | None:
    """The link behind a token, optionally locked until the transaction ends."""
    query = select(unsubscribe_links).where(unsubscribe_links.c.token_hash == token_hash)
    return connection.execute(query.with_for_update() if lock else query).first()


def unlink(connection: Connection, customer_id: UUID, at: datetime) -> None:
    """Forget whose the links were; the keyed hash of the address stays, so that they go on working for some years."""
    whose = update(unsubscribe_links).where(unsubscribe_links.c.customer_id == customer_id)
    connection.execute(whose.values(customer_id=None, issued_at=at))


def newest_wordings(connection: Connection, language: str) -> dict[str, Row[Any]]:
    """For each purpose the wording in that language that was made last."""
    c = wordings.c
    query = select(wordings).where(c.language == language).order_by(c.created_at, c.id, c.version)
    return {row.purpose: row for row in connection.execute(query)}


def invited_since(connection: Connection, customer_id: UUID, purpose: str, since: datetime) -> bool:
    """Whether the person has been asked for this consent since then."""
    c = consent_invitations.c
    query = select(c.id).where(c.customer_id == customer_id, c.purpose == purpose, c.created_at > since).limit(1)
    return connection.execute(query).first() is not None
