"""Notifications to recipients (Art. 19) leave the envelopes of requests and get an outbox of their own."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True, comment="the case behind it, if any"),
        sa.Column("customer_id", sa.Uuid(), nullable=True, comment="none: an address in no record"),
        sa.Column(
            "recipient",
            sa.String(length=80),
            nullable=False,
            comment="its code, or the name it was disclosed to by",
        ),
        sa.Column("processor_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=30), nullable=False),
        sa.Column("purposes", Json, nullable=False, comment="that a withdrawal, ban or objection reaches; empty: all"),
        sa.Column("channels", Json, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=True, comment="who it is about; none: the record itself says it"
        ),
        sa.Column("queued_at", Instant(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False, comment="by when the recipient should have answered"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True, comment="when a worker takes it up; none: it waits for a human"),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column(
            "waiting", sa.String(length=60), nullable=True, comment="a code: why it has not been sent, or failed"
        ),
        sa.Column("task", sa.String(length=60), nullable=True, comment="a code: what a human has to do"),
        sa.Column("reference", sa.String(length=200), nullable=True, comment="the recipient's own"),
        sa.Column("memory", Json, nullable=False, comment="what the connector needs for a later act; nothing personal"),
        sa.Column("shown_at", Instant(), nullable=True, comment="the page showed the recipient, once, who it is about"),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("ground", sa.String(length=200), nullable=True, comment="on which a recipient keeps the data"),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="a human's, or why nobody need be told"),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name=op.f("fk_notifications_request_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_notifications_customer_id")),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_notifications_processor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("uq_notifications_request_id", "notifications", ["request_id", "recipient", "act"], unique=True)
    op.create_index("ix_notifications_customer_id", "notifications", ["customer_id", "id"])
    op.create_index("ix_notifications_state", "notifications", ["state", "id"])
    partial = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_notifications_next_at", "notifications", ["next_at", "id"], sqlite_where=partial, postgresql_where=partial
    )
    _attempts()
    _move()
    with op.batch_alter_table("envelopes") as batch:
        batch.alter_column(
            "addressee",
            existing_type=sa.String(length=80),
            existing_nullable=False,
            existing_comment="a recipient's code, or 'letter'",
            comment="'letter'; recipients are told by notifications",
        )


def _attempts() -> None:
    op.create_table(
        "notification_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False, comment="written before anything leaves"),
        sa.Column(
            "recipient_name",
            sa.String(length=200),
            nullable=False,
            comment="the legal entity, as known that day (C-154/21)",
        ),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("categories", Json, nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name=op.f("fk_notification_attempts_notification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_attempts")),
    )
    op.create_index("ix_notification_attempts_notification_id", "notification_attempts", ["notification_id", "id"])


def _move() -> None:
    """Recipients' envelopes become notifications under the same ids; what waits is told by a human, as it was."""
    op.execute(
        """
        INSERT INTO notifications (
            id, request_id, customer_id, recipient, processor_id, act, purposes, channels, state, key_id, wrapped_key,
            sealed, queued_at, due_on, attempts, memory, closed_at, reason, register_version, task
        )
        SELECT e.id, e.request_id, r.customer_id, e.addressee, p.id, r."right", r.purposes, r.channels,
            COALESCE(e.outcome, 'sent'), e.key_id, e.wrapped_key, e.sealed, e.sealed_at, r.due_on, 0, '{}',
            e.destroyed_at, e.outcome_reason, r.register_version,
            CASE WHEN e.outcome IS NULL THEN 'tell_recipient' END
        FROM envelopes e
        JOIN subject_requests r ON r.id = e.request_id
        LEFT JOIN processors p ON p.code = e.addressee
        WHERE e.addressee <> 'letter'
        """
    )
    op.execute("DELETE FROM envelopes WHERE addressee <> 'letter'")


def downgrade() -> None:
    op.execute(
        """
        INSERT INTO envelopes (
            id, request_id, addressee, key_id, wrapped_key, sealed, outcome, outcome_reason, sealed_at, destroyed_at
        )
        SELECT id, request_id, recipient, COALESCE(key_id, 'k1'), wrapped_key, sealed,
            CASE WHEN closed_at IS NULL THEN NULL WHEN state = 'verified' THEN 'acknowledged' ELSE state END,
            COALESCE(reason, ground), queued_at, closed_at
        FROM notifications n
        WHERE request_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM notifications older
            WHERE older.request_id = n.request_id AND older.recipient = n.recipient AND older.id < n.id
        )
        """
    )
    op.drop_table("notification_attempts")
    op.drop_table("notifications")
    with op.batch_alter_table("envelopes") as batch:
        batch.alter_column(
            "addressee",
            existing_type=sa.String(length=80),
            existing_nullable=False,
            existing_comment="'letter'; recipients are told by notifications",
            comment="a recipient's code, or 'letter'",
        )
