"""A human releases the reply: it is frozen as it is now, and a link lets the person fetch it once.

The frozen copy is encrypted under a key made from the link itself, of which only a hash is stored: neither the
database nor a backup of it can be opened without the link.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row

from app.access import gate, repository_marks
from app.access.errors import ChangedMeanwhile, ReleaseNotFound
from app.access.making import Archive, archive
from app.access.schemas import ReleaseOut
from app.db import new_id
from app.letters.facts import AccessCover
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.settings import Settings
from app.subject_requests import replies
from app.subject_requests.handling import audit, find, move
from app.subject_requests.writing import write_letter

PART = 1 << 18
"""Bytes of the archive in one row."""


async def release(op: Operation, name: str, settings: Settings) -> ReleaseOut:
    """Make the archive, then store it and its link, unless something was marked meanwhile."""
    op.actor.must_be_person()
    asked = await op.write(gate.opened, name, "release")
    made = await archive(op.db, asked)
    try:
        return await op.create(_store, reread, name, made, settings.base_url, settings.access_link_days)
    finally:
        made.spool.close()


def _store(connection: Connection, op: Operation, name: str, made: Archive, base_url: str, days: int) -> ReleaseOut:
    case = gate.locked(connection, op, name)
    if made.marks != frozenset(row.id for row in repository_marks.of(connection, case.id)):
        raise ChangedMeanwhile
    replies.end(connection, [case.id], "replaced", op.at)
    token, release_id = secrets.token_urlsafe(32), new_id()
    last = op.today + timedelta(days=days)
    values = {
        "id": release_id,
        "request_id": case.id,
        "token_hash": token_hash(token),
        "language": made.language,
        "size": made.spool.size,
        "sha256": made.spool.sha256,
        "records": made.records,
        "withheld": made.withheld,
        "released_at": op.at,
        "released_by": op.actor.id,
        "expires_on": last,
        "expires_at": op.start_of(last + timedelta(days=1)),
    }
    repository_marks.add_release(connection, values, _sealed(made, token, release_id))
    move(connection, op, case, State(case.state), "data_released", details={"expires_on": last.isoformat()})
    write_letter(connection, op, case, _cover(case, made, last))
    audit(connection, op, case, "release_data", release=str(release_id))
    row = repository_marks.release(connection, release_id)
    assert row is not None  # noqa: S101 (it was written a moment ago)
    return _out(row, f"{base_url}/data/{token}")


def _cover(case: Row[Any], made: Archive, last: date) -> AccessCover:
    """The letter that answers the request; the link itself is in none, and goes by a way of its own."""
    common = {"right": Right(case.right), "received_on": case.received_on}
    return AccessCover(**common, fetch_until=last, records=made.records, left_out=made.withheld)


def _sealed(made: Archive, token: str, release_id: UUID) -> Iterator[bytes]:
    cipher = AESGCM(_key(token))
    for number, piece in enumerate(made.spool.pieces(PART)):
        yield cipher.encrypt(number.to_bytes(12, "big"), piece, release_id.bytes)


def opened_part(token: str, release_id: UUID, number: int, content: bytes) -> bytes:
    """The bytes that an encrypted part holds; each key seals one release, and each part has a nonce of its own."""
    return AESGCM(_key(token)).decrypt(number.to_bytes(12, "big"), content, release_id.bytes)


def token_hash(token: str) -> str:
    """What is stored of a link."""
    return sha256(token.encode()).hexdigest()


def _key(token: str) -> bytes:
    """The key of a link; its stored hash does not lead to it."""
    return hmac.digest(token.encode(), b"seloste access release", "sha256")


def reread(connection: Connection, op: Operation, release_id: UUID) -> ReleaseOut:
    """The release again, for a repeated Idempotency-Key; the link is not shown twice."""
    row = repository_marks.release(connection, release_id)
    if row is None:
        raise ReleaseNotFound
    op.audit(connection, "read", "release", release_id)
    return _out(row, None)


def read(connection: Connection, op: Operation, name: str) -> ReleaseOut:
    """The newest release of a case."""
    case = find(connection, name)
    audit(connection, op, case, "read_release")
    return _out(_newest(connection, case), None)


def withdraw(connection: Connection, op: Operation, name: str) -> None:
    """End the link before it is used."""
    op.actor.must_be_person()
    case = find(connection, name, lock=True)
    if not replies.end(connection, [case.id], "withdrawn", op.at):
        raise ReleaseNotFound
    move(connection, op, case, State(case.state), "release_withdrawn")
    audit(connection, op, case, "withdraw_release")


def _newest(connection: Connection, case: Row[Any]) -> Row[Any]:
    row = repository_marks.newest_release(connection, case.id)
    if row is None:
        raise ReleaseNotFound
    return row


def _out(row: Row[Any], link: str | None) -> ReleaseOut:
    named = ("id", "language", "size", "sha256", "records", "withheld", "released_at", "expires_on")
    ended = {"ended_at": row.ended_at, "ended_because": row.ended_because}
    return ReleaseOut(link=link, **ended, **{name: getattr(row, name) for name in named})
