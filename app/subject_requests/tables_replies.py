"""What is withheld from the reply to an access request, and the frozen copy that a one-time link opens.

All of it belongs to a request and goes when that closes or the person is erased (`replies.forget`).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from app.db import Instant, metadata

_LIVE = "ended_at IS NULL"

access_redactions = Table(
    "access_redactions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("record", String(200), nullable=False),
    Column("field", String(200), nullable=False, comment="empty: the whole record"),
    Column("reason", Text, nullable=False),
    Column("marked_at", Instant, nullable=False),
    Column("marked_by", Uuid, nullable=False),
    Index("uq_access_redactions_request_id_record_field", "request_id", "record", "field", unique=True),
)

access_releases = Table(
    "access_releases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("language", String(2), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("records", Integer, nullable=False),
    Column("withheld", Integer, nullable=False),
    Column("released_at", Instant, nullable=False),
    Column("released_by", Uuid, nullable=False),
    Column("expires_on", Date, nullable=False, comment="the last day, in the controller's time zone"),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Column("ended_because", String(20), nullable=True),
    Index(
        "uq_access_releases_request_id_live",
        "request_id",
        unique=True,
        sqlite_where=text(_LIVE),
        postgresql_where=text(_LIVE),
    ),
    Index("ix_access_releases_expires_at", "expires_at", sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
    Index("ix_access_releases_request_id", "request_id", "id"),
)

access_release_parts = Table(
    "access_release_parts",
    metadata,
    Column("release_id", Uuid, ForeignKey("access_releases.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False, comment="encrypted under a key that only the link holds"),
)
