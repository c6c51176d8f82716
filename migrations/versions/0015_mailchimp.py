"""Audiences of mailing services: members, events of webhooks, how far they have been polled."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "audience_members",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=100), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False, comment="of the address that the service has"),
        sa.Column("state", sa.String(length=20), nullable=False, comment="see MemberState"),
        sa.Column(
            "purpose", sa.String(length=60), nullable=True, comment="for which they were put in; null: not by us"
        ),
        sa.Column(
            "contact_id",
            sa.String(length=100),
            nullable=True,
            comment="the service's own number, which outlives an address",
        ),
        sa.Column("customer_version", sa.Integer(), nullable=True, comment="of the record as it was sent"),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("undeliverable_since", Instant(), nullable=True),
        sa.Column("undeliverable_reason", sa.String(length=20), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_audience_members_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", "recipient", "audience", name=op.f("pk_audience_members")),
    )
    op.create_index(
        "ix_audience_members_recipient", "audience_members", ["recipient", "audience", "state", "customer_id"]
    )
    op.create_index("ix_audience_members_contact_id", "audience_members", ["contact_id"])
    _events()
    op.create_table(
        "mailchimp_polls",
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=100), nullable=False),
        sa.Column("polled_to", Instant(), nullable=False, comment="changes up to here have been looked at"),
        sa.Column("counts", Json, nullable=False),
        sa.Column("polled_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "audience", name=op.f("pk_mailchimp_polls")),
    )


def _events() -> None:
    op.create_table(
        "mailchimp_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False, comment="keyed hash of what makes it the same event"),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("fired_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True, comment="the addresses; destroyed once it is worked off"),
        sa.Column("state", sa.String(length=20), nullable=False, comment="queued, done or parked"),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False, comment="not tried before"),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailchimp_events")),
        sa.UniqueConstraint("mark", name=op.f("uq_mailchimp_events_mark")),
    )
    where = sa.text("state = 'queued'")
    op.create_index(
        "ix_mailchimp_events_queued", "mailchimp_events", ["id"], sqlite_where=where, postgresql_where=where
    )
    op.create_index("ix_mailchimp_events_settled_at", "mailchimp_events", ["settled_at"])


def downgrade() -> None:
    for table in ("mailchimp_polls", "mailchimp_events", "audience_members"):
        op.drop_table(table)
