"""What the ledger still has to be told, and how far the database knows that it has followed."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Uuid

from app.db import Instant, metadata

ledger_outbox = Table(
    "ledger_outbox",
    metadata,
    Column("id", Uuid, primary_key=True, comment="random, so that a restored database never makes it again"),
    Column("kind", String(20), nullable=False),
    Column("row_id", Uuid, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_ledger_outbox_at", "at", "id"),
)

ledger_state = Table(
    "ledger_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ledger_id", Uuid, nullable=True),
    Column("entries", BigInteger, nullable=False),
    Column("mac", String(64), nullable=True, comment="of the last of these entries"),
    Column("blocked", String(200), nullable=True, comment="why the service must not be ready"),
)
