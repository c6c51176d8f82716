"""What the maintenance step has to clear, and when it did.

Adds one empty table; a register of any size is upgraded at once. Erasures carried out before have left no trace in
it: their tables are named once, so that the first step after the upgrade clears them too.
"""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0004"
down_revision = "0003"

PERSONAL = (
    "bookings",
    "consent_events",
    "customer_changes",
    "customer_proposals",
    "customer_references",
    "customers",
    "decisions",
    "envelopes",
    "identity_checks",
    "legal_holds",
    "purchases",
    "request_events",
    "subject_requests",
    "vouchers",
)


def upgrade() -> None:
    traces = op.create_table(
        "erasure_traces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "request_id",
            sa.Uuid(),
            nullable=True,
            comment="the erasure that was carried out; null for anything else",
        ),
        sa.Column("tables", Json, nullable=False, comment="whose files may still hold what was erased"),
        sa.Column("left_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_traces")),
    )
    op.create_index(
        "ix_erasure_traces_left_at",
        "erasure_traces",
        ["left_at"],
        unique=False,
        sqlite_where=sa.text("gone_at IS NULL"),
        postgresql_where=sa.text("gone_at IS NULL"),
    )
    op.create_index("ix_erasure_traces_request_id", "erasure_traces", ["request_id"], unique=False)
    if _something_was_erased():
        op.bulk_insert(traces, [{"id": UUID(int=4), "tables": list(PERSONAL), "left_at": datetime.now(UTC)}])


def _something_was_erased() -> bool:
    found = op.get_bind().execute(sa.text("SELECT 1 FROM subject_requests WHERE executed_at IS NOT NULL LIMIT 1"))
    return found.first() is not None


def downgrade() -> None:
    op.drop_index("ix_erasure_traces_request_id", table_name="erasure_traces")
    op.drop_index(
        "ix_erasure_traces_left_at",
        table_name="erasure_traces",
        sqlite_where=sa.text("gone_at IS NULL"),
        postgresql_where=sa.text("gone_at IS NULL"),
    )
    op.drop_table("erasure_traces")
