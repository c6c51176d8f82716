"""The private pages of cases in the database."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from app.subject_requests.tables import subject_requests


def give_page(connection: Connection, request_id: UUID, token_hash: str) -> None:
    """Let a case be read by a link; nothing about the case itself has changed."""
    c = subject_requests.c
    connection.execute(update(subject_requests).where(c.id == request_id).values(page_token_hash=token_hash))


def by_page_token(connection: Connection, token_hash: str) -> Row[Any] | None:
    """The case behind a link."""
    c = subject_requests.c
    query = select(subject_requests).where(c.page_token_hash == token_hash, c.page_token_hash.is_not(None))
    return connection.execute(query).first()
