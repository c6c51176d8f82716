"""Calendar feeds in the database, and the deadlines that they show."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from app.auth.tables import api_clients
from app.subject_requests.tables import request_events
from app.subject_requests.tables_calendar import calendar_feeds


def add_feed(connection: Connection, values: dict[str, Any]) -> None:
    """Insert a feed."""
    connection.execute(insert(calendar_feeds).values(**values))


def feed(connection: Connection, feed_id: UUID) -> Row[Any] | None:
    """One feed, withdrawn ones too."""
    return connection.execute(select(calendar_feeds).where(calendar_feeds.c.id == feed_id)).first()


def feeds(connection: Connection, client_id: UUID | None, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Feeds in the order they were made: a client's own, or everybody's."""
    c = calendar_feeds.c
    query = select(calendar_feeds).order_by(c.id).limit(limit)
    if client_id is not None:
        query = query.where(c.client_id == client_id)
    if after is not None:
        query = query.where(c.id > after)
    return connection.execute(query).all()


def feed_by_token_hash(connection: Connection, token_hash: str, at: datetime) -> Row[Any] | None:
    """The feed at an address, while it stands and whoever made it may still sign in."""
    f, c = calendar_feeds.c, api_clients.c
    lasting = or_(c.expires_at.is_(None), c.expires_at > at)
    query = select(calendar_feeds).join(api_clients, c.id == f.client_id)
    query = query.where(f.token_hash == token_hash, f.withdrawn_at.is_(None), c.withdrawn_at.is_(None), lasting)
    return connection.execute(query).first()


def withdraw_feed(connection: Connection, feed_id: UUID, at: datetime) -> None:
    """End a feed; one that has ended keeps its instant."""
    c = calendar_feeds.c
    connection.execute(update(calendar_feeds).where(c.id == feed_id, c.withdrawn_at.is_(None)).values(withdrawn_at=at))


def last_events(connection: Connection, request_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When something last happened to each of these requests."""
    c = request_events.c
    query = select(c.request_id, func.max(c.at)).where(c.request_id.in_(list(request_ids))).group_by(c.request_id)
    return {row[0]: row[1] for row in connection.execute(query)}
