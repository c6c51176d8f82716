"""Versions of the register definition: immutable, hashed, pinned by decisions and consents."""

from sqlalchemy import Column, Integer, String, Table, Text, Uuid

from app.db import Instant, metadata

register_versions = Table(
    "register_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", Uuid, nullable=True),
)
