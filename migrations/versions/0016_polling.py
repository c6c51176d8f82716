"""Readings of recipients' systems, their hints, and what a system last said of a person."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "polls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("stream", sa.String(length=20), nullable=False, comment="customers, orders or bookings"),
        sa.Column("since", Instant(), nullable=True, comment="what changed from then on is read next"),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column(
            "listed", sa.Integer(), nullable=True, comment="how many records the recipient counted at the last page"
        ),
        sa.Column("is_through", sa.Boolean(), nullable=False, comment="the last reading came to the end of the list"),
        sa.Column("counts", Json, nullable=False, comment="records of the last reading by outcome and reason code"),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True, comment="when a reading last came to the end"),
        sa.Column("failure", sa.String(length=60), nullable=True, comment="the code of what stopped the last reading"),
        sa.Column("lease_holder", sa.Uuid(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
    )
    op.create_index("uq_polls_stream", "polls", ["recipient", "stream"], unique=True)
    op.create_table(
        "poll_hints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=60), nullable=False),
        sa.Column("stream", sa.String(length=20), nullable=False),
        sa.Column(
            "external_id",
            sa.String(length=100),
            nullable=False,
            comment="the object to read anew; gone when it has been read",
        ),
        sa.Column("hinted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_hints")),
    )
    op.create_index("uq_poll_hints_object", "poll_hints", ["recipient", "stream", "external_id"], unique=True)
    said = sa.Column("last_said", Json, nullable=True, comment="keyed hashes of what the system last said, by field")
    op.add_column("customer_references", said)


def downgrade() -> None:
    op.drop_column("customer_references", "last_said")
    op.drop_table("poll_hints")
    op.drop_table("polls")
