"""The balancing tests of objections (Art. 21(1)): kept with the request's file, without the person's situation."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, Uuid

from app.db import Instant, metadata

balancing_tests = Table(
    "balancing_tests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("decision_id", Uuid, nullable=False),
    Column("purpose", String(60), nullable=False),
    Column("interest", Text, nullable=False),
    Column("necessity", Text, nullable=False),
    Column("situation", Text, nullable=True, comment="the person's own; goes with the person and with the open case"),
    Column("compelling_grounds", Text, nullable=True),
    Column("legal_claims", Text, nullable=True),
    Column("outcome", String(20), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_by_name", String(80), nullable=False),
    Index("ix_balancing_tests_request_id", "request_id", "id"),
)
