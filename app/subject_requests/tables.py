"""Requests, their clocks, decisions, verdicts and sealed envelopes; leases for work done in the background."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, Uuid, text

from app.db import Instant, Json, metadata

_OPEN = "state <> 'completed' AND state <> 'withdrawn'"

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

subject_requests = Table(
    "subject_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_number", String(20), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("right", String(30), nullable=False),
    Column("ground", String(20), nullable=True, comment="Art. 17(1)"),
    Column("state", String(20), nullable=False),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=True),
    Column("claimed_identity", Json, nullable=True),
    Column("representative", Json, nullable=True),
    Column("channel", String(20), nullable=False),
    Column("details", Text, nullable=True),
    Column("purposes", Json, nullable=False),
    Column("channels", Json, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("extension_sent_on", Date, nullable=True),
    Column("extension_reason", Text, nullable=True),
    Column("person_in_charge", String(200), nullable=False),
    Column("execute_after", Instant, nullable=True),
    Column("executed_at", Instant, nullable=True),
    Column("letter_sent_on", Date, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Column("register_version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Index("ix_subject_requests_customer_id", "customer_id"),
    Index("ix_subject_requests_state_due_on", "state", "due_on"),
    Index("ix_subject_requests_open", "due_on", "id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    Index("ix_subject_requests_closed_at", "closed_at"),
    Index(
        "ix_subject_requests_execute_after",
        "execute_after",
        sqlite_where=text("state = 'decided'"),
        postgresql_where=text("state = 'decided'"),
    ),
)

request_events = Table(
    "request_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("state", String(20), nullable=False),
    Column("client_id", Uuid, nullable=False),
    Column("details", Json, nullable=True),
    Index("ix_request_events_request_id", "request_id", "id"),
)

identity_checks = Table(
    "identity_checks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_for", Text, nullable=False),
    Column("sufficient_on", Date, nullable=True),
    Column("level", String(20), nullable=True),
    Column("how", Text, nullable=True),
    Index("ix_identity_checks_request_id", "request_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("refusal_ground", String(40), nullable=True),
    Column("reasoning", Text, nullable=False),
    Column("identity_level", String(20), nullable=False),
    Column("identity_how", Text, nullable=False),
    Column("overrides", Json, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_by_name", String(80), nullable=False),
    Column("register_version", Integer, nullable=False),
    Column("cancelled_at", Instant, nullable=True),
    Index(
        "uq_decisions_request_id_standing",
        "request_id",
        unique=True,
        sqlite_where=text("cancelled_at IS NULL"),
        postgresql_where=text("cancelled_at IS NULL"),
    ),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=True, comment="null for a verdict of the sweep"),
    Column("decision_id", Uuid, nullable=True),
    Column("customer_id", Uuid, nullable=False),
    Column("holding", String(120), nullable=False),
    Column("holding_kind", String(30), nullable=False),
    Column("purpose", String(60), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("ground", String(30), nullable=True),
    Column("law", String(200), nullable=True),
    Column("section", String(200), nullable=True),
    Column("until", Date, nullable=True),
    Column("statutory_until", Date, nullable=True),
    Column("kept_by", String(200), nullable=True),
    Column("reason", Text, nullable=False),
    Column("overridden", Boolean, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("register_version", Integer, nullable=False),
    Index("ix_verdicts_request_id", "request_id", "id"),
    Index("ix_verdicts_customer_id", "customer_id"),
)

envelopes = Table(
    "envelopes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("subject_requests.id"), nullable=False),
    Column("addressee", String(80), nullable=False, comment="a recipient's code, or 'letter'"),
    Column("key_id", String(20), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=True),
    Column("sealed", LargeBinary, nullable=True),
    Column("outcome", String(20), nullable=True),
    Column("outcome_reason", Text, nullable=True),
    Column("sealed_at", Instant, nullable=False),
    Column("destroyed_at", Instant, nullable=True),
    Index("uq_envelopes_request_id_addressee", "request_id", "addressee", unique=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("kind", String(20), nullable=False, comment="dispute or legal_hold"),
    Column("claim", Text, nullable=False),
    Column("set_on", Date, nullable=False),
    Column("set_by", Uuid, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("released_on", Date, nullable=True),
    Index("ix_legal_holds_customer_id", "customer_id"),
)
