"""Versions of the register definition and of the notice made from it: immutable, hashed, pinned by what follows."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, Uuid

from app.db import Instant, Json, metadata

register_versions = Table(
    "register_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", Uuid, nullable=True),
)

notice_versions = Table(
    "notice_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False, comment="of the content: the same words have the same"),
    Column("content", Json, nullable=False, comment="the whole notice by language, as it was shown"),
    Column("languages", Json, nullable=False),
    Column("register_version", Integer, nullable=False),
    Column("published_at", Instant, nullable=False),
    Index("ix_notice_versions_published_at", "published_at", "version"),  # what was in force when, past the words
    comment="append-only; a row is written when the words change",
)
