"""The append-only audit trail and its seals. Rows hold identifiers only, never personal data."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Uuid

from app.db import Instant, Json, metadata

audit_events = Table(
    "audit_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("client_id", Uuid, nullable=False),
    Column("role", String(20), nullable=False),
    Column("purpose", String(60), nullable=False),
    Column("action", String(60), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("entity", String(40), nullable=False),
    Column("entity_id", String(80), nullable=True),
    Column("subject_key", Uuid, nullable=True),
    Column("register_version", Integer, nullable=False),
    Column("details", Json, nullable=True),
    Index("ix_audit_events_subject_key", "subject_key"),
    Index("ix_audit_events_client_id", "client_id", "id"),
    Index("ix_audit_events_action", "action", "id"),
)

audit_subjects = Table(
    "audit_subjects",
    metadata,
    Column("audit_key", Uuid, primary_key=True),
    Column("event_id", Uuid, ForeignKey("audit_events.id"), primary_key=True),
    Index("ix_audit_subjects_event_id", "event_id"),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed_at", Instant, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("late_count", Integer, nullable=False, comment="rows that appeared behind what was sealed before"),
    Column("up_to", Uuid, nullable=False, comment="highest identifier sealed so far"),
    Column("oldest_at", Instant, nullable=False),
    Column("newest_at", Instant, nullable=False),
    Column("expired_through", Integer, nullable=False, comment="batches up to here have been deleted; 0 is none"),
    Column("root", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", String(128), nullable=False),
)

audit_seal_members = Table(
    "audit_seal_members",
    metadata,
    Column("number", Integer, ForeignKey("audit_seals.number"), primary_key=True, autoincrement=False),
    Column("members", LargeBinary, nullable=False, comment="of each row its identifier and the start of its hash"),
)
