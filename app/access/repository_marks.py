"""Marks on a reply, and its releases, in the database."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.subject_requests.replies import USED
from app.subject_requests.tables_replies import access_redactions, access_release_parts, access_releases


def of(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """The marks on a reply, oldest first."""
    c = access_redactions.c
    return connection.execute(select(access_redactions).where(c.request_id == request_id).order_by(c.id)).all()


def same(connection: Connection, request_id: UUID, record: str, field: str) -> Row[Any] | None:
    """The mark on this very place."""
    c = access_redactions.c
    query = select(access_redactions).where(c.request_id == request_id, c.record == record, c.field == field)
    return connection.execute(query).first()


def mark(connection: Connection, mark_id: UUID) -> Row[Any] | None:
    """One mark."""
    return connection.execute(select(access_redactions).where(access_redactions.c.id == mark_id)).first()


def add_mark(connection: Connection, values: dict[str, Any]) -> None:
    """Set a mark."""
    connection.execute(insert(access_redactions).values(**values))


def take_mark_back(connection: Connection, request_id: UUID, mark_id: UUID) -> bool:
    """Undo a mark; False when the reply has no such mark."""
    c = access_redactions.c
    return (
        connection.execute(delete(access_redactions).where(c.request_id == request_id, c.id == mark_id)).rowcount == 1
    )


def add_release(connection: Connection, values: dict[str, Any], parts: Iterator[bytes]) -> None:
    """Store a release with its encrypted parts, one at a time."""
    connection.execute(insert(access_releases).values(**values))
    for number, content in enumerate(parts):
        row = {"release_id": values["id"], "number": number, "content": content}
        connection.execute(insert(access_release_parts).values(**row))


def newest_release(connection: Connection, request_id: UUID) -> Row[Any] | None:
    """The release made last, whether its link still works or not."""
    c = access_releases.c
    query = select(access_releases).where(c.request_id == request_id).order_by(c.id.desc()).limit(1)
    return connection.execute(query).first()


def release(connection: Connection, release_id: UUID) -> Row[Any] | None:
    """One release."""
    return connection.execute(select(access_releases).where(access_releases.c.id == release_id)).first()


def by_token(connection: Connection, token_hash: str) -> Row[Any] | None:
    """The release behind a link."""
    return connection.execute(select(access_releases).where(access_releases.c.token_hash == token_hash)).first()


def claim(connection: Connection, release_id: UUID, at: datetime) -> bool:
    """Use a link up; False when somebody else has, or its time is over."""
    c = access_releases.c
    usable = (c.id == release_id, c.ended_at.is_(None), c.expires_at > at)
    return (
        connection.execute(update(access_releases).where(*usable).values(ended_at=at, ended_because=USED)).rowcount == 1
    )


def part(connection: Connection, release_id: UUID, number: int) -> bytes | None:
    """One encrypted part; None after the last."""
    c = access_release_parts.c
    query = select(c.content).where(c.release_id == release_id, c.number == number)
    found = connection.execute(query).scalar()
    return None if found is None else bytes(found)


def delete_parts(connection: Connection, release_id: UUID) -> None:
    """Delete what a used link has opened."""
    connection.execute(delete(access_release_parts).where(access_release_parts.c.release_id == release_id))
