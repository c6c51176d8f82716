"""Sealed envelopes: what recipients and the letter still need of a person who is erased.

Each is encrypted under a key of its own (AES-256-GCM), which is wrapped by the installation's key and destroyed
when the addressee has answered or the letter has left; then nobody can open it any more.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, insert, select, update

from app.customers.repository import upsert_into
from app.db import new_id
from app.keys import Keys
from app.subject_requests.tables import envelopes

LETTER = "letter"


def seal(
    connection: Connection, keys: Keys, request_id: UUID, contents: Mapping[str, dict[str, Any]], at: datetime
) -> None:
    """Seal for each addressee the content it may have; an envelope that is there already stays as it is."""
    rows = [_sealed(keys, request_id, addressee, content, at) for addressee, content in contents.items()]
    if rows:
        connection.execute(upsert_into(connection, envelopes).on_conflict_do_nothing(), rows)


def _sealed(keys: Keys, request_id: UUID, addressee: str, content: dict[str, Any], at: datetime) -> dict[str, Any]:
    key = AESGCM.generate_key(256)
    bound = f"{request_id}/{addressee}".encode()
    return {
        "id": new_id(),
        "request_id": request_id,
        "addressee": addressee,
        "key_id": keys.key_id,
        "wrapped_key": _encrypt(_wrapping(keys), key, bound),
        "sealed": _encrypt(key, json.dumps(content, ensure_ascii=False).encode(), bound),
        "sealed_at": at,
    }


def note(connection: Connection, keys: Keys, request_id: UUID, addressee: str, at: datetime) -> None:
    """An addressee to be told, without sealed content: the record itself still holds what is needed."""
    row = {"id": new_id(), "request_id": request_id, "addressee": addressee, "key_id": keys.key_id, "sealed_at": at}
    connection.execute(insert(envelopes).values(**row))


def opened(connection: Connection, keys: Keys, request_id: UUID, addressee: str) -> dict[str, Any] | None:
    """The content, or None once the key is destroyed; for the letters and notifications of the request."""
    c = envelopes.c
    row = connection.execute(select(envelopes).where(c.request_id == request_id, c.addressee == addressee)).first()
    if row is None or row.wrapped_key is None:
        return None
    bound = f"{request_id}/{addressee}".encode()
    key = _decrypt(_wrapping(keys), row.wrapped_key, bound)
    content: dict[str, Any] = json.loads(_decrypt(key, row.sealed, bound))
    return content


def of_request(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """All addressees of a request."""
    c = envelopes.c
    return connection.execute(select(envelopes).where(c.request_id == request_id).order_by(c.addressee)).all()


def close(connection: Connection, envelope_id: UUID, outcome: str, reason: str | None, at: datetime) -> None:
    """Record the addressee's answer and destroy the key together with what it opens."""
    statement = update(envelopes).where(envelopes.c.id == envelope_id)
    connection.execute(
        statement.values(outcome=outcome, outcome_reason=reason, wrapped_key=None, sealed=None, destroyed_at=at)
    )


def reopen(connection: Connection, envelope_id: UUID) -> None:
    """Take an answer back: the addressee must be told after all, from the record, since nothing sealed is left."""
    statement = update(envelopes).where(envelopes.c.id == envelope_id)
    connection.execute(statement.values(outcome=None, outcome_reason=None, destroyed_at=None))


def minimal(content: dict[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """Only what the addressee may have (Art. 5(1)(c); F70)."""
    return {name: value for name, value in content.items() if name in fields and value is not None}


def _wrapping(keys: Keys) -> bytes:
    return keys.mac("envelope")


def _encrypt(key: bytes, content: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, content, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound)
