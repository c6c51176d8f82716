"""A processor's callback finds its notification by the processor's own reference."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ASKED = sa.text("reference IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        op.f("ix_notifications_reference"),
        "notifications",
        ["reference", "recipient"],
        sqlite_where=ASKED,
        postgresql_where=ASKED,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_notifications_reference"), table_name="notifications")
