"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a retried POST makes nothing twice.

Only a keyed hash of the body, the status and the ids of what was made are kept, for 24 hours, so that a
replay re-reads what was created and no personal data is stored with the key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.auth.errors import KeyInFlight, KeyInvalid, KeyReused
from app.auth.tables import idempotency_keys
from app.keys import Keys

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """One use of a key: by whom, on which route, with which body (hashed)."""

    client_id: UUID
    route: str
    key_hash: str
    body_hash: str


def parse_key(keys: Keys, header: str | None, client_id: UUID, route: str, body: bytes) -> IdempotencyKey | None:
    """Read the header, quoted (RFC 8941 string) or bare; raises `KeyInvalid`."""
    if header is None:
        return None
    value = header[1:-1] if len(header) >= 2 and header[0] == header[-1] == '"' else header
    if not 1 <= len(value) <= 255 or not all("!" <= c <= "~" for c in value):
        raise KeyInvalid
    digest = keys.mac("idempotency-body", body.hex()).hex()
    return IdempotencyKey(client_id, route, keys.hash("idempotency-key", value), digest)


def claim(connection: Connection, key: IdempotencyKey, now: datetime) -> list[str] | None:
    """Take the key for this transaction, or answer the ids that its first use made.

    Raises `KeyReused` for another body and `KeyInFlight` while the first use has not ended.
    """
    _wait_not(connection, key)
    connection.execute(delete(idempotency_keys).where(*_is(key), idempotency_keys.c.created_at < now - KEPT))
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    values: dict[str, Any] = {
        "client_id": key.client_id,
        "route": key.route,
        "key_hash": key.key_hash,
        "body_hash": key.body_hash,
        "created_at": now,
    }
    taken = connection.execute(insert(idempotency_keys).values(**values).on_conflict_do_nothing())
    if taken.rowcount == 1:
        return None
    stored = connection.execute(select(idempotency_keys).where(*_is(key))).one()
    if stored.body_hash != key.body_hash:
        raise KeyReused
    ids: list[str] = stored.resource_ids
    return ids


def complete(connection: Connection, key: IdempotencyKey, status: int, resource_ids: list[str]) -> None:
    """Remember what the request made; part of the same transaction."""
    connection.execute(update(idempotency_keys).where(*_is(key)).values(status=status, resource_ids=resource_ids))


def expire_keys(connection: Connection, now: datetime) -> int:
    """Forget keys older than 24 hours."""
    return connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now - KEPT)).rowcount


def _wait_not(connection: Connection, key: IdempotencyKey) -> None:
    """Answer 409 at once, instead of waiting, while another transaction holds the key (PostgreSQL)."""
    if connection.dialect.name != "postgresql":
        return
    use = f"{key.client_id} {key.route} {key.key_hash}"
    number = int.from_bytes(hashlib.sha256(use.encode()).digest()[:8], "big", signed=True)
    if not connection.execute(select(func.pg_try_advisory_xact_lock(number))).scalar_one():
        raise KeyInFlight


def _is(key: IdempotencyKey) -> tuple[Any, ...]:
    c = idempotency_keys.c
    return c.client_id == key.client_id, c.route == key.route, c.key_hash == key.key_hash
