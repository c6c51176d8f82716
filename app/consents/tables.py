"""Wordings, consent events, their projection, invitations, and the links by which people leave marketing."""

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Table, Text, Uuid, text

from app.db import Instant, Json, metadata

wordings = Table(
    "wordings",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("language", String(2), primary_key=True),
    Column("purpose", String(60), nullable=False),
    Column("text", Text, nullable=False),
    Column("notice_version", String(60), nullable=True),
    Column("created_at", Instant, nullable=False),
)

consent_events = Table(
    "consent_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Uuid, nullable=False),
    Column("event_id", String(100), nullable=False),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=True, comment="null: an address in no record"),
    Column("purpose", String(60), nullable=False),
    Column("channels", Json, nullable=False),
    Column("action", String(20), nullable=False),
    Column("wording_id", String(60), nullable=True),
    Column("wording_version", Integer, nullable=True),
    Column("wording_language", String(2), nullable=True),
    Column("notice_version", Integer, nullable=True, comment="that was shown when it was given; null: none was out"),
    Column("notice_language", String(2), nullable=True, comment="as the caller said"),
    Column("collected_via", String(40), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("register_version", Integer, nullable=False),
    ForeignKeyConstraint(
        ["wording_id", "wording_version", "wording_language"],
        ["wordings.id", "wordings.version", "wordings.language"],
    ),
    Index("uq_consent_events_client_id_event_id_customer_id", "client_id", "event_id", "customer_id", unique=True),
    Index(
        "uq_consent_events_client_id_event_id",
        "client_id",
        "event_id",
        unique=True,
        sqlite_where=text("customer_id IS NULL"),
        postgresql_where=text("customer_id IS NULL"),
    ),
    Index("ix_consent_events_customer_id_purpose", "customer_id", "purpose", "occurred_at"),
)

consent_states = Table(
    "consent_states",
    metadata,
    Column("customer_id", Uuid, ForeignKey("customers.id"), primary_key=True),
    Column("purpose", String(60), primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("action", String(20), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("event", Uuid, nullable=False),
    Column("wording_id", String(60), nullable=True),
    Column("wording_version", Integer, nullable=True),
    Column("wording_language", String(2), nullable=True),
    Column("notice_version", Integer, nullable=True),
    Column("notice_language", String(2), nullable=True),
    sqlite_with_rowid=False,
)

consent_invitations = Table(
    "consent_invitations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("client_id", Uuid, nullable=False),
    Column("purpose", String(60), nullable=False),
    Column("channels", Json, nullable=False),
    Column("wording_id", String(60), nullable=False),
    Column("wording_version", Integer, nullable=False),
    Column("wording_language", String(2), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("confirmed_at", Instant, nullable=True),
    Index("ix_consent_invitations_customer_id", "customer_id"),
)

unsubscribe_links = Table(
    "unsubscribe_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=True, comment="goes with the person's erasure"),
    Column("address_kind", String(10), nullable=False),
    Column("address_hash", String(64), nullable=False, comment="keyed; the address that the message reached"),
    Column("purpose", String(60), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("language", String(2), nullable=False),
    Column("issued_at", Instant, nullable=False, comment="last; of somebody erased, when that was"),
    Index("ix_unsubscribe_links_customer_id", "customer_id"),
    Index(
        "ix_unsubscribe_links_of_nobody",
        "issued_at",
        sqlite_where=text("customer_id IS NULL"),
        postgresql_where=text("customer_id IS NULL"),
    ),
)
