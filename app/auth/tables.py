"""API clients and the idempotency keys they have used."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Uuid, false, text

from app.db import Instant, Json, metadata

api_clients = Table(
    "api_clients",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("role", String(20), nullable=False),
    Column("employment", String(20), nullable=True),
    Column("email", String(254), nullable=True),
    Column("systems", Json, nullable=False),
    Column("default_purpose", String(60), nullable=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("bootstrap", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
    Column("withdrawn_at", Instant, nullable=True),
    Column("expires_at", Instant, nullable=True),
    Column("last_used_at", Instant, nullable=True),
    Column("former_token_hash", String(64), nullable=True),
    Column("former_until", Instant, nullable=True),
    Column("former_used_at", Instant, nullable=True),
    Index("uq_api_clients_former_token_hash", "former_token_hash", unique=True),
    Index(
        "uq_api_clients_name_active",
        "name",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("client_id", Uuid, primary_key=True),
    Column("route", String(120), primary_key=True),
    Column("key_hash", String(64), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("status", Integer, nullable=True),
    Column("resource_ids", Json, nullable=True),
    Column("created_at", Instant, nullable=False, index=True),
)
