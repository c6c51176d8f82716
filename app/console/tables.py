"""Sessions of the console: who is signed in, by the hash of a cookie; the API token itself is stored nowhere."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Uuid

from app.db import Instant, metadata

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Uuid, ForeignKey("api_clients.id"), nullable=False),
    Column("cookie_hash", String(64), nullable=False, unique=True),
    Column("acting_token", String(64), nullable=False, comment="hash of the API token; the session ends with it"),
    Column("language", String(2), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_console_sessions_client_id", "client_id"),
    Index("ix_console_sessions_expires_at", "expires_at"),
)
