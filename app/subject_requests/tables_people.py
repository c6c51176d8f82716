"""Findings of abuse and fees, and the ids of what was undone for the wrong person."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table, Text, Uuid, text

from app.db import Instant, Json, metadata

abuse_findings = Table(
    "abuse_findings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("decision_id", Uuid, nullable=True, comment="of a refusal; null for a fee"),
    Column("measure", String(10), nullable=False, comment="refusal or fee"),
    Column("finding", String(30), nullable=False, comment="Art. 12(5), or a further copy: 15(3)"),
    Column("facts", Json, nullable=False),
    Column("intention", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("found_by", Uuid, nullable=False),
    Column("approved_by", Uuid, nullable=True),
    Column("approved_by_name", String(80), nullable=True),
    Column("amount_minor", BigInteger, nullable=True),
    Column("currency", String(3), nullable=True),
    Column("costs", Text, nullable=True, comment="the administrative costs that make up the fee"),
    Column("fee_outcome", String(10), nullable=True, comment="paid or waived"),
    Column("fee_outcome_on", Date, nullable=True),
    Column("fee_outcome_reason", Text, nullable=True),
    Index("ix_abuse_findings_request_id", "request_id", "id"),
    Index(
        "uq_abuse_findings_request_id_fee_open",
        "request_id",
        unique=True,
        sqlite_where=text("measure = 'fee' AND fee_outcome IS NULL"),
        postgresql_where=text("measure = 'fee' AND fee_outcome IS NULL"),
    ),
)

undoings = Table(
    "undoings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cause_id", Uuid, nullable=False, comment="the case or the report that was mistaken"),
    Column("kind", String(20), nullable=False, comment="of the row that is gone"),
    Column("row_id", Uuid, nullable=False),
    Column("at", Instant, nullable=False),
    Column("client_id", Uuid, nullable=False),
    Index("ix_undoings_row_id", "row_id"),
)
