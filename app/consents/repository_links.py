"""Unsubscribe links in the database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from app.consents.tables import unsubscribe_links
from app.db import insert_all


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert links; one that was made before stays, in the person's present language."""
    clause = "ON CONFLICT (token_hash) DO UPDATE SET language = excluded.language"
    # In one order everywhere, so that two mailings to the same people cannot wait for each other.
    ordered = sorted({row["token_hash"]: row for row in rows}.values(), key=lambda row: str(row["token_hash"]))
    insert_all(connection, unsubscribe_links, ordered, clause)


def by_token(connection: Connection, token_hash: str, *, lock: bool = False) -> Row[Any] | None:
    """The link behind a token, optionally locked until the transaction ends."""
    query = select(unsubscribe_links).where(unsubscribe_links.c.token_hash == token_hash)
    return connection.execute(query.with_for_update() if lock else query).first()


def unlink(connection: Connection, customer_id: UUID) -> None:
    """Forget whose the links were; the keyed hash of the address stays, so that they go on working."""
    c = unsubscribe_links.c
    connection.execute(update(unsubscribe_links).where(c.customer_id == customer_id).values(customer_id=None))
