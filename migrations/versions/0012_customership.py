"""The end of customership: proposals for people who have been inactive, and what the sweep's batches did."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "sweep_batches",
        sa.Column("id", sa.Uuid(), nullable=False, comment="verdicts of the batch are numbered behind it"),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_batches")),
    )
    op.create_table(
        "inactivity_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("listed_through", sa.Date(), nullable=True, comment="everybody proposed by then; null: those named"),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("again_on", sa.Date(), nullable=False, comment="who is not erased is not proposed again before"),
        sa.Column("execute_after", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by_name", sa.String(length=80), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inactivity_decisions")),
    )
    op.create_table(
        "inactivity_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("limit_months", sa.Integer(), nullable=False),
        sa.Column("last_dealing_at", Instant(), nullable=False, comment="purchase, booking or form"),
        sa.Column("last_consent_at", Instant(), nullable=True),
        sa.Column("last_request_at", Instant(), nullable=True),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True, comment="the case by which the person is erased"),
        sa.Column("again_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_inactivity_proposals_customer_id")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["inactivity_decisions.id"], name=op.f("fk_inactivity_proposals_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inactivity_proposals")),
    )
    approved = sa.text("state = 'approved'")
    for name, columns, where in (
        ("customer_id", ["customer_id"], None),
        ("state", ["state", "id"], None),
        ("approved", ["decision_id", "id"], approved),
    ):
        op.create_index(
            f"ix_inactivity_proposals_{name}",
            "inactivity_proposals",
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_table(
        "suppression_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("standing", Json, nullable=False, comment="how many, by purpose, channel and key"),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("reviewed_by_name", sa.String(length=80), nullable=False),
        sa.Column("reviewed_at", Instant(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression_reviews")),
    )
    op.create_index("ix_tombstones_erased_at", "tombstones", ["erased_at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER sweep_batches_noted AFTER INSERT ON sweep_batches FOR EACH ROW "
            "EXECUTE FUNCTION seloste_note('swept')"
        )
    else:
        op.execute(
            "CREATE TRIGGER sweep_batches_noted_insert AFTER INSERT ON sweep_batches "
            "BEGIN INSERT INTO ledger_outbox (id, kind, row_id, at) VALUES "
            "(lower(hex(randomblob(16))), 'swept', NEW.id, strftime('%Y-%m-%d %H:%M:%f000', 'now')); END"
        )


def downgrade() -> None:
    op.drop_index("ix_tombstones_erased_at", "tombstones")
    op.drop_table("suppression_reviews")
    op.drop_table("inactivity_proposals")
    op.drop_table("inactivity_decisions")
    op.drop_table("sweep_batches")
