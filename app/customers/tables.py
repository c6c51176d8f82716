"""Customers and what they own. Every table carries `customer_id` and leads an index with it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from app.db import Instant, Json, metadata

_ERASED = "erased_at IS NOT NULL"
_ANY = "CAST(attributes AS TEXT) <> '{}'"
_PRINTED = "buyer_name IS NOT NULL"
_UNDATED = "restricted_at IS NOT NULL AND retain_until IS NULL"
"""Conditions of partial indexes; a query that says the same, in constants, is answered from them."""


def _owner(*, nullable: bool = False) -> Column[object]:
    return Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=nullable)


customers = Table(
    "customers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(20), nullable=True),
    Column("name", String(200), nullable=True),
    Column("name_search", String(200), nullable=True),
    Column("email", String(254), nullable=True),
    Column("email_normal", String(254), nullable=True),
    Column("email_hash", String(64), nullable=True),
    Column("phone", String(40), nullable=True),
    Column("phone_e164", String(20), nullable=True),
    Column("phone_hash", String(64), nullable=True),
    Column("street", String(200), nullable=True),
    Column("postal_code", String(20), nullable=True),
    Column("city", String(100), nullable=True),
    Column("country", String(2), nullable=True),
    Column("postal_hash", String(64), nullable=True),
    Column("language", String(2), nullable=True),
    Column("attributes", Json, nullable=True),
    Column("source", String(60), nullable=True),
    Column("source_reason", String(2000), nullable=True),
    Column("inform_by_on", Date, nullable=True, comment="Art. 14(3): when data came from elsewhere"),
    Column("interaction_kind", String(20), nullable=True),
    Column("interaction_reference", String(100), nullable=True),
    Column("interaction_at", Instant, nullable=True),
    Column("last_interaction_at", Instant, nullable=True),
    Column("audit_key", Uuid, nullable=True, comment="the deletable link from audit rows to the person"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("erased_at", Instant, nullable=True),
    Column("erasure_request_id", Uuid, nullable=True, comment="executed, but something had to stay"),
    Index(
        "ix_customers_erasure_request_id",
        "erasure_request_id",
        sqlite_where=text("erasure_request_id IS NOT NULL"),
        postgresql_where=text("erasure_request_id IS NOT NULL"),
    ),
    Index("ix_customers_email_hash", "email_hash"),
    Index("ix_customers_phone_hash", "phone_hash"),
    Index("ix_customers_postal_hash", "postal_hash"),
    Index("ix_customers_attributes", "created_at", sqlite_where=text(_ANY), postgresql_where=text(_ANY)),
    Index("ix_customers_erased_id", "id", sqlite_where=text(_ERASED), postgresql_where=text(_ERASED)),
    Index("ix_customers_name_begins", "name_search", postgresql_ops={"name_search": "text_pattern_ops"}),
)

LAST_NAME = func.substr(
    customers.c.name_search,
    func.length(func.rtrim(customers.c.name_search, func.replace(customers.c.name_search, " ", ""))) + 1,
)
"""The last word of a name, as both databases compute it; indexed, so that people are found by it."""
Index(
    "ix_customers_last_name",
    LAST_NAME.label("last_name"),
    postgresql_ops={"last_name": "text_pattern_ops"},
)

customer_references = Table(
    "customer_references",
    metadata,
    Column("system", String(40), primary_key=True),
    Column("external_id", String(100), primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_said", Json, nullable=True, comment="keyed hashes of what the system last said, by field"),
    Index("ix_customer_references_customer_id", "customer_id", "system"),
)

customer_changes = Table(
    "customer_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("system", String(40), nullable=False, comment="who is told: the system that knew the person"),
    Column("external_id", String(100), nullable=True),
    Column("kind", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_customer_changes_system", "system", "id"),
    Index("ix_customer_changes_customer_id", "customer_id"),
    Index("ix_customer_changes_at", "at"),
)

customer_proposals = Table(
    "customer_proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("client_id", Uuid, nullable=False),
    Column("proposed", Json, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Index("ix_customer_proposals_customer_id", "customer_id"),
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("ground", String(20), nullable=False),
    Column("request_id", Uuid, nullable=True),
    Column("began_at", Instant, nullable=False),
    Column("lifted_at", Instant, nullable=True),
    Column("told_on", Date, nullable=True, comment="Art. 18(3): the person is told before it is lifted"),
    Column("told_how", String(20), nullable=True),
    Column("lift_reason", Text, nullable=True),
    Column("lifted_by", Uuid, nullable=True),
    Index("ix_restrictions_customer_id_began_at", "customer_id", "began_at"),
    Index(
        "ix_restrictions_customer_id",
        "customer_id",
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)

deaths = Table(
    "deaths",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("reported_on", Date, nullable=False),
    Column("reported_by_role", String(20), nullable=False),
    Column("evidence_seen", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("withdrawn_at", Instant, nullable=True),
    Column("withdrawn_by", Uuid, nullable=True),
    Column("withdrawal_reason", Text, nullable=True),
    Index("ix_deaths_customer_id_recorded_at", "customer_id", "recorded_at"),
    Index(
        "uq_deaths_customer_id_standing",
        "customer_id",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("key_id", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("customer_id", Uuid, nullable=True, comment="the shell, while proof of consent is kept beside it"),
    Index("ix_tombstones_erased_at", "erased_at"),
)

purchases = Table(
    "purchases",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("system", String(40), nullable=False),
    Column("order_id", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("purchased_on", Date, nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("lines", Json, nullable=False),
    Column("product_group", String(60), nullable=True),
    Column("fulfilled_on", Date, nullable=True),
    Column("cancelled_on", Date, nullable=True),
    Column("payment_provider", String(60), nullable=True),
    Column("payment_method", String(200), nullable=True),
    Column("settled_on", Date, nullable=True),
    Column("marketing_refusal_offered", Boolean, nullable=True, comment="soft opt-in: SVPL 200 §(3)"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_purchases_customer_id_system_order_id", "customer_id", "system", "order_id"),
    Index("uq_purchases_system_order_id", "system", "order_id", unique=True),
)

vouchers = Table(
    "vouchers",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(nullable=True),
    Column("system", String(40), nullable=False),
    Column("number", String(100), nullable=False),
    Column("order_id", String(100), nullable=False),
    Column("record", String(10), nullable=False),
    Column("holder", String(200), nullable=True),
    Column("material", String(20), nullable=False),
    Column("classified_by", Uuid, nullable=True),
    Column("classified_at", Instant, nullable=True),
    Column("corrects", String(100), nullable=True),
    Column("buyer_name", String(200), nullable=True),
    Column("buyer_address", Text, nullable=True),
    Column("booked_on", Date, nullable=False),
    Column("transaction_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("lines", Json, nullable=False),
    Column("restricted_at", Instant, nullable=True),
    Column("retain_until", Date, nullable=True),
    Column("created_at", Instant, nullable=False),
    Index("ix_vouchers_customer_id", "customer_id"),
    Index("ix_vouchers_material", "material", "id"),
    Index("ix_vouchers_booked_on_printed", "booked_on", sqlite_where=text(_PRINTED), postgresql_where=text(_PRINTED)),
    Index("ix_vouchers_undated", "customer_id", sqlite_where=text(_UNDATED), postgresql_where=text(_UNDATED)),
    Index("uq_vouchers_system_number", "system", "number", unique=True),
    Index(
        "ix_vouchers_retain_until",
        "retain_until",
        sqlite_where=text("retain_until IS NOT NULL"),
        postgresql_where=text("retain_until IS NOT NULL"),
    ),
)

bookings = Table(
    "bookings",
    metadata,
    Column("id", Uuid, primary_key=True),
    _owner(),
    Column("system", String(40), nullable=False),
    Column("booking_id", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("service", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_bookings_customer_id_system_booking_id", "customer_id", "system", "booking_id"),
    Index("uq_bookings_system_booking_id", "system", "booking_id", unique=True),
)

suppression_events = Table(
    "suppression_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("address_hash", String(64), nullable=False),
    Column("key_id", String(20), nullable=False),
    Column("purpose", String(60), nullable=False, comment="'*' for a ban on all direct marketing"),
    Column("channel", String(10), nullable=False),
    Column("state", String(20), nullable=False),
    Column("origin", String(30), nullable=False),
    Column("since", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client_id", Uuid, nullable=False),
    Column("cause_id", Uuid, nullable=True, comment="the request, consent event or death report it comes from"),
    Index("ix_suppression_events_address_hash", "address_hash"),
    Index(
        "ix_suppression_events_cause_id",
        "cause_id",
        sqlite_where=text("cause_id IS NOT NULL"),
        postgresql_where=text("cause_id IS NOT NULL"),
    ),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("purpose", String(60), primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("key_id", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("origin", String(30), nullable=False),
    Column("since", Instant, nullable=False),
    Column("review_on", Date, nullable=True),
)
