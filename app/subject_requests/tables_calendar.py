"""Private addresses at which calendar programs read the deadlines; of the address only a hash is stored."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid

from app.db import Instant, metadata

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Uuid, ForeignKey("api_clients.id"), nullable=False),
    Column("person", String(200), nullable=True, comment="in charge or substitute; null for every open request"),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant, nullable=True),
    Index("ix_calendar_feeds_client_id", "client_id", "id"),
)
