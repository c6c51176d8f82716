"""Imports: how far each one has come, and who runs it now. No row holds anything about a person."""

from sqlalchemy import Column, Index, Integer, String, Table, Uuid

from app.db import Instant, Json, metadata

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("fingerprint", String(64), nullable=False, comment="of the file and of the options that decide the result"),
    Column("kind", String(20), nullable=False),
    Column("system", String(40), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("position", Integer, nullable=False, comment="records settled, in the order of reading"),
    Column("counts", Json, nullable=False, comment="settled records by outcome and reason code"),
    Column("began_at", Instant, nullable=False, comment="when the present run read its first record"),
    Column("changed_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True),
    Column("lease_holder", Uuid, nullable=True),
    Column("lease_until", Instant, nullable=True),
    Index("uq_imports_fingerprint", "fingerprint", unique=True),
)
