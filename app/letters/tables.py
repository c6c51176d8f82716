"""Letters as they were issued, and when each left. Neither holds a name or an address: these join at delivery."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Uuid

from app.db import Instant, Json, metadata

letter_numbers = Table(
    "letter_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("kind", String(30), nullable=False),
    Column("case_number", String(20), nullable=False),
    Column("request_id", Uuid, nullable=True),
    Column("customer_id", Uuid, nullable=True),
    Column("language", String(2), nullable=False),
    Column("content", Json, nullable=True, comment="null: issued before a restore, known from the ledger only"),
    Column("template_version", Integer, nullable=False),
    Column("register_version", Integer, nullable=False),
    Column("notice_version", Integer, nullable=False, comment="in force that day; 0: none was"),
    Column("issued_at", Instant, nullable=False),
    Column("issued_by", Uuid, nullable=False),
    Index("ix_letters_request_id", "request_id", "id"),
    Index("ix_letters_customer_id", "customer_id", "id"),
)

letter_deliveries = Table(
    "letter_deliveries",
    metadata,
    Column("letter_id", Uuid, ForeignKey("letters.id"), primary_key=True),
    Column("sent_on", Date, nullable=False),
    Column("means", String(20), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
)
