"""What a person has contested about their record (Art. 16), and the purposes objected to (Art. 21(1))."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, Uuid, text

from app.db import Instant, Json, metadata

rectifications = Table(
    "rectifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=True, comment="null until the person is linked"),
    Column("request_id", Uuid, nullable=False, comment="a note outlives the file of its request"),
    Column("case_number", String(20), nullable=False),
    Column("about", String(160), nullable=False, comment="a contact field, attributes.NAME, or KIND:SYSTEM/ID"),
    Column("inaccurate", Boolean, nullable=False, comment="else incomplete"),
    Column("reason", Text, nullable=True),
    Column("held", Json, nullable=True, comment="the version held when it was contested, then when it was settled"),
    Column("proposed", Json, nullable=True),
    Column("state", String(20), nullable=False),
    Column("evidence", Text, nullable=True),
    Column("recorded_at", Instant, nullable=False),
    Column("settled_at", Instant, nullable=True),
    Column("settled_by", Uuid, nullable=True),
    Column("settled_by_name", String(80), nullable=True),
    Index("ix_rectifications_customer_id", "customer_id", "id"),
    Index("ix_rectifications_request_id", "request_id"),
)

objections = Table(
    "objections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("request_id", Uuid, nullable=False),
    Column("purpose", String(60), nullable=False),
    Column("since", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("state", String(20), nullable=False, comment="pending, upheld, rejected or withdrawn"),
    Column("ended_at", Instant, nullable=True),
    Index("ix_objections_request_id", "request_id"),
    Index("ix_objections_customer_id_since", "customer_id", "since"),
    Index(
        "ix_objections_customer_id",
        "customer_id",
        "purpose",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
