"""The register: every table of the first release, append-only trails, the service's own clients."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0001"
down_revision = None

APPEND_ONLY = ("audit_events", "audit_subjects", "verdicts", "transfer_assessments")
"""Tables whose rows may be neither changed nor deleted."""
IMMUTABLE = ("register_versions", "wordings", "consent_events", "suppression_events", "request_events", "disclosures")
"""Tables whose rows may not be changed; some may be deleted by an erasure."""


def upgrade() -> None:
    op.create_table(
        "api_clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("employment", sa.String(length=20), nullable=True),
        sa.Column("systems", Json, nullable=False),
        sa.Column("default_purpose", sa.String(length=60), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("bootstrap", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_clients")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_clients_token_hash")),
    )
    op.create_index(
        "uq_api_clients_name_active",
        "api_clients",
        ["name"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.String(length=80), nullable=True),
        sa.Column("subject_key", sa.Uuid(), nullable=True),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_subject_key", "audit_events", ["subject_key"], unique=False)
    op.create_table(
        "case_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_case_numbers")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("name_search", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_normal", sa.String(length=254), nullable=True),
        sa.Column("email_hash", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("phone_e164", sa.String(length=20), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("street", sa.String(length=200), nullable=True),
        sa.Column("postal_code", sa.String(length=20), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("postal_hash", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("attributes", Json, nullable=True),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("source_reason", sa.String(length=2000), nullable=True),
        sa.Column("inform_by_on", sa.Date(), nullable=True, comment="Art. 14(3): when data came from elsewhere"),
        sa.Column("interaction_kind", sa.String(length=20), nullable=True),
        sa.Column("interaction_reference", sa.String(length=100), nullable=True),
        sa.Column("interaction_at", Instant(), nullable=True),
        sa.Column("last_interaction_at", Instant(), nullable=True),
        sa.Column("audit_key", sa.Uuid(), nullable=True, comment="the deletable link from audit rows to the person"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column("erasure_request_id", sa.Uuid(), nullable=True, comment="executed, but something had to stay"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_index("ix_customers_email_hash", "customers", ["email_hash"], unique=False)
    op.create_index("ix_customers_email_normal", "customers", ["email_normal"], unique=False)
    op.create_index(
        "ix_customers_erasure_request_id",
        "customers",
        ["erasure_request_id"],
        unique=False,
        sqlite_where=sa.text("erasure_request_id IS NOT NULL"),
        postgresql_where=sa.text("erasure_request_id IS NOT NULL"),
    )
    op.create_index("ix_customers_name_search", "customers", ["name_search"], unique=False)
    op.create_index("ix_customers_phone_e164", "customers", ["phone_e164"], unique=False)
    op.create_index("ix_customers_phone_hash", "customers", ["phone_hash"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("resource_ids", Json, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "route", "key_hash", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "fingerprint",
            sa.String(length=64),
            nullable=False,
            comment="of the file and of the options that decide the result",
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="records settled, in the order of reading"),
        sa.Column("counts", Json, nullable=False, comment="settled records by outcome and reason code"),
        sa.Column("began_at", Instant(), nullable=False, comment="when the present run read its first record"),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("lease_holder", sa.Uuid(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("uq_imports_fingerprint", "imports", ["fingerprint"], unique=True)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "processors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=True),
        sa.Column("legal_name_confirmed", sa.Boolean(), nullable=False),
        sa.Column("aliases", Json, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=10), nullable=False, comment="ISO 3166, or 'unknown'"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("purposes", Json, nullable=False),
        sa.Column("categories", Json, nullable=False),
        sa.Column("fields", Json, nullable=False, comment="narrows the fields of the categories; empty: all of them"),
        sa.Column("always_notified", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("edited", Json, nullable=False, comment="columns set by hand, which the definition leaves alone"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processors")),
    )
    op.create_index("uq_processors_code", "processors", ["code"], unique=True)
    op.create_table(
        "register_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("applied_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_register_versions")),
    )
    op.create_table(
        "suppression_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False, comment="'*' for a ban on all direct marketing"),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=30), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_events")),
    )
    op.create_index("ix_suppression_events_address_hash", "suppression_events", ["address_hash"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=30), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("address_hash", "purpose", "channel", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("erased_at", Instant(), nullable=False),
        sa.Column(
            "customer_id", sa.Uuid(), nullable=True, comment="the shell, while proof of consent is kept beside it"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True, comment="null for a verdict of the sweep"),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("holding", sa.String(length=120), nullable=False),
        sa.Column("holding_kind", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.String(length=30), nullable=True),
        sa.Column("law", sa.String(length=200), nullable=True),
        sa.Column("section", sa.String(length=200), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("statutory_until", sa.Date(), nullable=True),
        sa.Column("kept_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("overridden", sa.Boolean(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    op.create_index("ix_verdicts_customer_id", "verdicts", ["customer_id"], unique=False)
    op.create_index("ix_verdicts_request_id", "verdicts", ["request_id", "id"], unique=False)
    op.create_table(
        "wordings",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("notice_version", sa.String(length=60), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "language", name=op.f("pk_wordings")),
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("processor_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("header", Json, nullable=False),
        sa.Column("clauses", Json, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_agreements_processor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index("ix_agreements_processor_id", "agreements", ["processor_id", "id"], unique=False)
    op.create_table(
        "audit_subjects",
        sa.Column("audit_key", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_events.id"], name=op.f("fk_audit_subjects_event_id")),
        sa.PrimaryKeyConstraint("audit_key", "event_id", name=op.f("pk_audit_subjects")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("booking_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("service", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_bookings_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(
        "uq_bookings_customer_id_system_booking_id", "bookings", ["customer_id", "system", "booking_id"], unique=True
    )
    op.create_index("uq_bookings_system_booking_id", "bookings", ["system", "booking_id"], unique=True)
    op.create_table(
        "consent_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True, comment="null: an address in no record"),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("wording_id", sa.String(length=60), nullable=True),
        sa.Column("wording_version", sa.Integer(), nullable=True),
        sa.Column("wording_language", sa.String(length=2), nullable=True),
        sa.Column("collected_via", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consent_events_customer_id")),
        sa.ForeignKeyConstraint(
            ["wording_id", "wording_version", "wording_language"],
            ["wordings.id", "wordings.version", "wordings.language"],
            name=op.f("fk_consent_events_wording_id_wording_version_wording_language"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_events")),
    )
    op.create_index("ix_consent_events_client_id_event_id", "consent_events", ["client_id", "event_id"], unique=False)
    op.create_index(
        "ix_consent_events_customer_id_purpose",
        "consent_events",
        ["customer_id", "purpose", "occurred_at"],
        unique=False,
    )
    op.create_index(
        "uq_consent_events_client_id_event_id",
        "consent_events",
        ["client_id", "event_id"],
        unique=True,
        sqlite_where=sa.text("customer_id IS NULL"),
        postgresql_where=sa.text("customer_id IS NULL"),
    )
    op.create_index(
        "uq_consent_events_customer_id_client_id_event_id",
        "consent_events",
        ["customer_id", "client_id", "event_id"],
        unique=True,
    )
    op.create_table(
        "consent_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("wording_id", sa.String(length=60), nullable=False),
        sa.Column("wording_version", sa.Integer(), nullable=False),
        sa.Column("wording_language", sa.String(length=2), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consent_invitations_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_consent_invitations_token_hash")),
    )
    op.create_index("ix_consent_invitations_customer_id", "consent_invitations", ["customer_id"], unique=False)
    op.create_table(
        "consent_states",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("wording_id", sa.String(length=60), nullable=True),
        sa.Column("wording_version", sa.Integer(), nullable=True),
        sa.Column("wording_language", sa.String(length=2), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consent_states_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", "purpose", "channel", name=op.f("pk_consent_states")),
    )
    op.create_table(
        "customer_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "system", sa.String(length=40), nullable=False, comment="who is told: the system that knew the person"
        ),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_changes_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_changes")),
    )
    op.create_index("ix_customer_changes_system", "customer_changes", ["system", "id"], unique=False)
    op.create_table(
        "customer_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("proposed", Json, nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_proposals_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_proposals")),
    )
    op.create_index("ix_customer_proposals_customer_id", "customer_proposals", ["customer_id"], unique=False)
    op.create_table(
        "customer_references",
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_references_customer_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("system", "external_id", name=op.f("pk_customer_references")),
    )
    op.create_index(
        "ix_customer_references_customer_id", "customer_references", ["customer_id", "system"], unique=False
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="dispute or legal_hold"),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_legal_holds_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index("ix_legal_holds_customer_id", "legal_holds", ["customer_id"], unique=False)
    op.create_table(
        "processor_names",
        sa.Column("name", sa.String(length=600), nullable=False, comment="case-folded"),
        sa.Column("processor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_processor_names_processor_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_processor_names")),
    )
    op.create_index("ix_processor_names_processor_id", "processor_names", ["processor_id"], unique=False)
    op.create_table(
        "purchases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purchased_on", sa.Date(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("product_group", sa.String(length=60), nullable=True),
        sa.Column("fulfilled_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("payment_provider", sa.String(length=60), nullable=True),
        sa.Column("payment_method", sa.String(length=60), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("marketing_refusal_offered", sa.Boolean(), nullable=True, comment="soft opt-in: SVPL 200 §(3)"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_purchases_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
    )
    op.create_index(
        "uq_purchases_customer_id_system_order_id", "purchases", ["customer_id", "system", "order_id"], unique=True
    )
    op.create_index("uq_purchases_system_order_id", "purchases", ["system", "order_id"], unique=True)
    op.create_table(
        "restrictions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_restrictions_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    op.create_index(
        "ix_restrictions_customer_id",
        "restrictions",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "subject_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("right", sa.String(length=30), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=True, comment="Art. 17(1)"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_identity", Json, nullable=True),
        sa.Column("representative", Json, nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("purposes", Json, nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extension_sent_on", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=True),
        sa.Column("person_in_charge", sa.String(length=200), nullable=False),
        sa.Column("execute_after", Instant(), nullable=True),
        sa.Column("executed_at", Instant(), nullable=True),
        sa.Column("letter_sent_on", sa.Date(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_subject_requests_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_requests")),
        sa.UniqueConstraint("case_number", name=op.f("uq_subject_requests_case_number")),
    )
    op.create_index("ix_subject_requests_customer_id", "subject_requests", ["customer_id"], unique=False)
    op.create_index(
        "ix_subject_requests_execute_after",
        "subject_requests",
        ["execute_after"],
        unique=False,
        sqlite_where=sa.text("state = 'decided'"),
        postgresql_where=sa.text("state = 'decided'"),
    )
    op.create_index("ix_subject_requests_state_due_on", "subject_requests", ["state", "due_on"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("processor_id", sa.Uuid(), nullable=False),
        sa.Column("exporter", sa.String(length=200), nullable=False),
        sa.Column("importer", sa.String(length=200), nullable=False),
        sa.Column("importer_address", sa.String(length=200), nullable=True),
        sa.Column("importer_role", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("access", sa.String(length=20), nullable=False),
        sa.Column("purposes", Json, nullable=False),
        sa.Column("categories", Json, nullable=False),
        sa.Column("person_categories", Json, nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("mechanism", sa.String(length=40), nullable=True),
        sa.Column("evidence", Json, nullable=False, comment="DPF entry, SCC, TIA, instrument"),
        sa.Column("supplementary_measures", Json, nullable=False),
        sa.Column("onward", Json, nullable=False),
        sa.Column("copy_of_safeguards", sa.String(length=2000), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.String(length=2000), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False, comment="the definition that discloses it"),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_transfers_processor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index("ix_transfers_processor_id", "transfers", ["processor_id", "id"], unique=False)
    op.create_table(
        "vouchers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("order_id", sa.String(length=100), nullable=False),
        sa.Column("record", sa.String(length=10), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=True),
        sa.Column("material", sa.String(length=20), nullable=False),
        sa.Column("classified_by", sa.Uuid(), nullable=True),
        sa.Column("classified_at", Instant(), nullable=True),
        sa.Column("corrects", sa.String(length=100), nullable=True),
        sa.Column("buyer_name", sa.String(length=200), nullable=True),
        sa.Column("buyer_address", sa.Text(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("transaction_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("restricted_at", Instant(), nullable=True),
        sa.Column("retain_until", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_vouchers_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
    )
    op.create_index("ix_vouchers_customer_id", "vouchers", ["customer_id"], unique=False)
    op.create_index(
        "ix_vouchers_retain_until",
        "vouchers",
        ["retain_until"],
        unique=False,
        sqlite_where=sa.text("retain_until IS NOT NULL"),
        postgresql_where=sa.text("retain_until IS NOT NULL"),
    )
    op.create_index("uq_vouchers_system_number", "vouchers", ["system", "number"], unique=True)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("refusal_ground", sa.String(length=40), nullable=True),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("identity_level", sa.String(length=20), nullable=False),
        sa.Column("identity_how", sa.Text(), nullable=False),
        sa.Column("overrides", Json, nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by_name", sa.String(length=80), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name=op.f("fk_decisions_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(
        "uq_decisions_request_id_standing",
        "decisions",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("processor_id", sa.Uuid(), nullable=True, comment="none: not listed"),
        sa.Column("recipient_name", sa.String(length=200), nullable=False, comment="as known that day (C-154/21)"),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("categories", Json, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("disclosed_at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False, comment="permitted, or reported after the fact"),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_disclosures_customer_id")),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_disclosures_processor_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_disclosures_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
        comment="append-only, and erased with the person",
    )
    op.create_index("ix_disclosures_customer_id", "disclosures", ["customer_id", "id"], unique=False)
    op.create_table(
        "envelopes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("addressee", sa.String(length=80), nullable=False, comment="a recipient's code, or 'letter'"),
        sa.Column("key_id", sa.String(length=20), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("outcome_reason", sa.Text(), nullable=True),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.Column("destroyed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name=op.f("fk_envelopes_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
    )
    op.create_index("uq_envelopes_request_id_addressee", "envelopes", ["request_id", "addressee"], unique=True)
    op.create_table(
        "identity_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_for", sa.Text(), nullable=False),
        sa.Column("sufficient_on", sa.Date(), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name=op.f("fk_identity_checks_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_checks")),
    )
    op.create_index("ix_identity_checks_request_id", "identity_checks", ["request_id"], unique=False)
    op.create_table(
        "request_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name=op.f("fk_request_events_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_events")),
    )
    op.create_index("ix_request_events_request_id", "request_events", ["request_id", "id"], unique=False)
    op.create_table(
        "transfer_assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=True),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("cautions", Json, nullable=False),
        sa.Column("adequacy_decision", sa.String(length=60), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("assessed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_assessments_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_assessments")),
        comment="append-only",
    )
    op.create_index("ix_transfer_assessments_transfer_id", "transfer_assessments", ["transfer_id", "id"], unique=False)

    for table in APPEND_ONLY:
        _refuse(table, "UPDATE")
        _refuse(table, "DELETE")
    for table in IMMUTABLE:
        _refuse(table, "UPDATE")
    _own_clients()


def _refuse(table: str, action: str) -> None:
    """A trigger by which the database itself refuses the action."""
    name = f"{table}_no_{action.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION seloste_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % may not be changed', TG_TABLE_NAME; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION seloste_refuse()")
        if action == "DELETE":
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION seloste_refuse()"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} may not be changed'); END"
        )


def _own_clients() -> None:
    """The clients that act for public pages and for work in the background; neither has a token."""
    table = sa.table(
        "api_clients",
        *(sa.column(name) for name in ("name", "kind", "role", "token_hash")),
        sa.column("id", sa.Uuid()),
        sa.column("systems", Json),
        sa.column("created_at", Instant()),
    )
    for number, name in ((1, "public-pages"), (2, "background")):
        op.execute(
            table.insert().values(
                id=UUID(int=number),
                name=name,
                kind="builtin",
                role="builtin",
                token_hash=f"none:{name}",
                systems=[],
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )


def downgrade() -> None:
    op.drop_index("ix_transfer_assessments_transfer_id", table_name="transfer_assessments")
    op.drop_table("transfer_assessments")
    op.drop_index("ix_request_events_request_id", table_name="request_events")
    op.drop_table("request_events")
    op.drop_index("ix_identity_checks_request_id", table_name="identity_checks")
    op.drop_table("identity_checks")
    op.drop_index("uq_envelopes_request_id_addressee", table_name="envelopes")
    op.drop_table("envelopes")
    op.drop_index("ix_disclosures_customer_id", table_name="disclosures")
    op.drop_table("disclosures")
    op.drop_index(
        "uq_decisions_request_id_standing",
        table_name="decisions",
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.drop_table("decisions")
    op.drop_index("uq_vouchers_system_number", table_name="vouchers")
    op.drop_index(
        "ix_vouchers_retain_until",
        table_name="vouchers",
        sqlite_where=sa.text("retain_until IS NOT NULL"),
        postgresql_where=sa.text("retain_until IS NOT NULL"),
    )
    op.drop_index("ix_vouchers_customer_id", table_name="vouchers")
    op.drop_table("vouchers")
    op.drop_index("ix_transfers_processor_id", table_name="transfers")
    op.drop_table("transfers")
    op.drop_index("ix_subject_requests_state_due_on", table_name="subject_requests")
    op.drop_index(
        "ix_subject_requests_execute_after",
        table_name="subject_requests",
        sqlite_where=sa.text("state = 'decided'"),
        postgresql_where=sa.text("state = 'decided'"),
    )
    op.drop_index("ix_subject_requests_customer_id", table_name="subject_requests")
    op.drop_table("subject_requests")
    op.drop_index(
        "ix_restrictions_customer_id",
        table_name="restrictions",
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_table("restrictions")
    op.drop_index("uq_purchases_system_order_id", table_name="purchases")
    op.drop_index("uq_purchases_customer_id_system_order_id", table_name="purchases")
    op.drop_table("purchases")
    op.drop_index("ix_processor_names_processor_id", table_name="processor_names")
    op.drop_table("processor_names")
    op.drop_index("ix_legal_holds_customer_id", table_name="legal_holds")
    op.drop_table("legal_holds")
    op.drop_index("ix_customer_references_customer_id", table_name="customer_references")
    op.drop_table("customer_references")
    op.drop_index("ix_customer_proposals_customer_id", table_name="customer_proposals")
    op.drop_table("customer_proposals")
    op.drop_index("ix_customer_changes_system", table_name="customer_changes")
    op.drop_table("customer_changes")
    op.drop_table("consent_states")
    op.drop_index("ix_consent_invitations_customer_id", table_name="consent_invitations")
    op.drop_table("consent_invitations")
    op.drop_index("uq_consent_events_customer_id_client_id_event_id", table_name="consent_events")
    op.drop_index(
        "uq_consent_events_client_id_event_id",
        table_name="consent_events",
        sqlite_where=sa.text("customer_id IS NULL"),
        postgresql_where=sa.text("customer_id IS NULL"),
    )
    op.drop_index("ix_consent_events_customer_id_purpose", table_name="consent_events")
    op.drop_index("ix_consent_events_client_id_event_id", table_name="consent_events")
    op.drop_table("consent_events")
    op.drop_index("uq_bookings_system_booking_id", table_name="bookings")
    op.drop_index("uq_bookings_customer_id_system_booking_id", table_name="bookings")
    op.drop_table("bookings")
    op.drop_table("audit_subjects")
    op.drop_index("ix_agreements_processor_id", table_name="agreements")
    op.drop_table("agreements")
    op.drop_table("wordings")
    op.drop_index("ix_verdicts_request_id", table_name="verdicts")
    op.drop_index("ix_verdicts_customer_id", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_table("tombstones")
    op.drop_table("suppressions")
    op.drop_index("ix_suppression_events_address_hash", table_name="suppression_events")
    op.drop_table("suppression_events")
    op.drop_table("register_versions")
    op.drop_index("uq_processors_code", table_name="processors")
    op.drop_table("processors")
    op.drop_table("leases")
    op.drop_index("uq_imports_fingerprint", table_name="imports")
    op.drop_table("imports")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_customers_phone_hash", table_name="customers")
    op.drop_index("ix_customers_phone_e164", table_name="customers")
    op.drop_index("ix_customers_name_search", table_name="customers")
    op.drop_index(
        "ix_customers_erasure_request_id",
        table_name="customers",
        sqlite_where=sa.text("erasure_request_id IS NOT NULL"),
        postgresql_where=sa.text("erasure_request_id IS NOT NULL"),
    )
    op.drop_index("ix_customers_email_normal", table_name="customers")
    op.drop_index("ix_customers_email_hash", table_name="customers")
    op.drop_table("customers")
    op.drop_table("case_numbers")
    op.drop_index("ix_audit_events_subject_key", table_name="audit_events")
    op.drop_table("audit_events")
    op.drop_index(
        "uq_api_clients_name_active",
        table_name="api_clients",
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("api_clients")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION seloste_refuse()")
