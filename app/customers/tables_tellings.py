"""Who has been told what: the notice, a purpose before it starts (Art. 13(3)), the right to object (Art. 21(4))."""

from typing import Literal

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.db import Instant, metadata

TellingChannel = Literal["email", "sms", "phone", "post", "form", "portal", "in_person"]

tellings = Table(
    "tellings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("what", String(20), nullable=False, comment="notice, purpose or right_to_object"),
    Column("purpose", String(60), nullable=False, comment="empty for the notice"),
    Column("notice_version", Integer, nullable=False, comment="the version that says what they were told"),
    Column("channel", String(20), nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("client_id", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_tellings_customer_id", "customer_id", "id"),
    Index(
        "uq_tellings_customer_id_what_purpose_notice_version",
        *("customer_id", "what", "purpose", "notice_version"),
        unique=True,
    ),
    comment="the first telling of each version; goes with the person",
)
