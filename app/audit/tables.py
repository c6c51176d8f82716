"""The append-only audit trail. Rows hold identifiers only, never personal data."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid

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
)

audit_subjects = Table(
    "audit_subjects",
    metadata,
    Column("audit_key", Uuid, primary_key=True),
    Column("event_id", Uuid, ForeignKey("audit_events.id"), primary_key=True),
)
