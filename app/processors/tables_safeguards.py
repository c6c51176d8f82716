"""What became of what a transfer rests on: lapsed decisions, checks, and the chain behind a processor."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Uuid, text

from app.db import Instant, Json, metadata

_OPEN = text("taken_back_at IS NULL")

adequacy_lapses = Table(
    "adequacy_lapses",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("decision", String(60), nullable=False),
    Column("country", String(2), nullable=False),
    Column("lapsed_on", Date, nullable=False, comment="the first day on which it holds no more"),
    Column("reason", String(2000), nullable=False),
    Column("source", String(200), nullable=True, comment="the judgment or the act that ended it"),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("taken_back_by", Uuid, nullable=True),
    Column("taken_back_at", Instant, nullable=True),
    Column("taken_back_because", String(2000), nullable=True),
    Index("uq_adequacy_lapses_decision", "decision", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

transfer_checks = Table(
    "transfer_checks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("transfer_id", Uuid, ForeignKey("transfers.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("checked_on", Date, nullable=False),
    Column("finding", String(2000), nullable=False),
    Column("evidence", Json, nullable=False, comment="what takes the place of that part of the record"),
    Column("client_id", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_transfer_checks_transfer_id", "transfer_id", "id"),
    comment="append-only",
)

sub_processors = Table(
    "sub_processors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("processor_id", Uuid, ForeignKey("processors.id"), nullable=False),
    Column("parent_id", Uuid, nullable=True, comment="the sub-processor that engages it"),
    Column("version", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("legal_entity", String(200), nullable=True),
    Column("country", String(10), nullable=False, comment="ISO 3166, or 'unknown'"),
    Column("purpose", String(200), nullable=False, comment="what it does for the processor"),
    Column("categories", Json, nullable=False),
    Column("authorisation", String(10), nullable=False, comment="general or specific (Art. 28(2))"),
    Column("announced_on", Date, nullable=False),
    Column("objection_until", Date, nullable=True),
    Column("in_use_from", Date, nullable=True),
    Column("duties_reference", String(200), nullable=True, comment="Art. 28(4)"),
    Column("decision", String(20), nullable=True, comment="authorised or objected"),
    Column("decision_reason", String(2000), nullable=True),
    Column("decided_on", Date, nullable=True),
    Column("decided_by", Uuid, nullable=True),
    Column("ended_on", Date, nullable=True),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_sub_processors_processor_id", "processor_id", "id"),
)
