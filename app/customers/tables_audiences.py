"""Audiences of mailing services: who was put into which, and what the service says of the address since."""

from typing import Literal

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Uuid

from app.db import Instant, metadata

MemberState = Literal["leaving", "sent", "stopped", "archived", "kept_out", "known"]
"""On the way; there; stopped for good; archived until allowed again; not taken by the service; only known to it."""
Undeliverable = Literal["hard", "abuse"]

audience_members = Table(
    "audience_members",
    metadata,
    Column("customer_id", Uuid, ForeignKey("customers.id"), primary_key=True),
    Column("recipient", String(60), primary_key=True),
    Column("audience", String(100), primary_key=True),
    Column("email_hash", String(64), nullable=False, comment="of the address that the service has"),
    Column("state", String(20), nullable=False, comment="see MemberState"),
    Column("purpose", String(60), nullable=True, comment="for which they were put in; null: not by us"),
    Column("contact_id", String(100), nullable=True, comment="the service's own number, which outlives an address"),
    Column("customer_version", Integer, nullable=True, comment="of the record as it was sent"),
    Column("sent_at", Instant, nullable=True),
    Column("undeliverable_since", Instant, nullable=True),
    Column("undeliverable_reason", String(20), nullable=True),
    Column("changed_at", Instant, nullable=False),
    Index("ix_audience_members_recipient", "recipient", "audience", "state", "customer_id"),
    Index("ix_audience_members_contact_id", "contact_id"),
)
