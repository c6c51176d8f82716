"""What erasures may have left in the files, until the step has cleared it."""

from sqlalchemy import Column, Index, Table, Uuid, text

from app.db import Instant, Json, metadata

erasure_traces = Table(
    "erasure_traces",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=True, comment="the erasure that was carried out; null for anything else"),
    Column("tables", Json, nullable=False, comment="whose files may still hold what was erased"),
    Column("left_at", Instant, nullable=False),
    Column("gone_at", Instant, nullable=True),
    Index(
        "ix_erasure_traces_left_at",
        "left_at",
        sqlite_where=text("gone_at IS NULL"),
        postgresql_where=text("gone_at IS NULL"),
    ),
    Index("ix_erasure_traces_request_id", "request_id"),
)
