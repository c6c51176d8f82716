"""Who has been told what, with which version of the notice, when and how (Art. 13(3), 21(4))."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "tellings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False, comment="notice, purpose or right_to_object"),
        sa.Column("purpose", sa.String(length=60), nullable=False, comment="empty for the notice"),
        sa.Column("notice_version", sa.Integer(), nullable=False, comment="the version that says what they were told"),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tellings_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tellings")),
        comment="the first telling of each version; goes with the person",
    )
    op.create_index("ix_tellings_customer_id", "tellings", ["customer_id", "id"])
    op.create_index(
        "uq_tellings_customer_id_what_purpose_notice_version",
        "tellings",
        ["customer_id", "what", "purpose", "notice_version"],
        unique=True,
    )


def downgrade() -> None:
    """Whom one has told is forgotten: a purpose that demands it is denied until they are told anew."""
    op.drop_table("tellings")
