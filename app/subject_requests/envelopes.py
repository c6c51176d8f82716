"""Sealed envelopes: what the letter still needs of a person who is erased.

Each is encrypted under a key of its own, destroyed when the letter has left; then nobody can open it any more. What
recipients need is sealed with their notifications (`app.notifications`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from app.customers.repository import upsert_into
from app.db import new_id
from app.keys import Keys
from app.sealing import sealed, unsealed
from app.subject_requests.tables import envelopes

LETTER = "letter"


def seal(connection: Connection, keys: Keys, request_id: UUID, content: dict[str, Any], at: datetime) -> None:
    """Seal whom the letter goes to; an envelope that is there already stays as it is."""
    row = {"id": new_id(), "request_id": request_id, "addressee": LETTER, "sealed_at": at}
    row |= sealed(keys, _bound(request_id), content)
    connection.execute(upsert_into(connection, envelopes).on_conflict_do_nothing(), [row])


def _bound(request_id: UUID) -> str:
    return f"{request_id}/{LETTER}"


def note(connection: Connection, keys: Keys, request_id: UUID, at: datetime) -> None:
    """A letter to be sent, without sealed content: the record itself still holds whom it goes to."""
    row = {"id": new_id(), "request_id": request_id, "addressee": LETTER, "key_id": keys.key_id, "sealed_at": at}
    connection.execute(insert(envelopes).values(**row))


def opened(connection: Connection, keys: Keys, request_id: UUID) -> dict[str, Any] | None:
    """The content, or None once the key is destroyed."""
    row = connection.execute(select(envelopes).where(envelopes.c.request_id == request_id)).first()
    return None if row is None else unsealed(keys, _bound(request_id), row.wrapped_key, row.sealed)


def of_request(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """The envelope of a request's letter, if there is one."""
    return connection.execute(select(envelopes).where(envelopes.c.request_id == request_id)).all()


def close(connection: Connection, envelope_id: UUID, outcome: str, reason: str | None, at: datetime) -> None:
    """Record what became of the letter and destroy the key together with what it opens."""
    statement = update(envelopes).where(envelopes.c.id == envelope_id)
    connection.execute(
        statement.values(outcome=outcome, outcome_reason=reason, wrapped_key=None, sealed=None, destroyed_at=at)
    )


def reopen(connection: Connection, envelope_id: UUID) -> None:
    """Take that back: the letter goes out after all, to whom the record names, since nothing sealed is left."""
    statement = update(envelopes).where(envelopes.c.id == envelope_id)
    connection.execute(statement.values(outcome=None, outcome_reason=None, destroyed_at=None))
