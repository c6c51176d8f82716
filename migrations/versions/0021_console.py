"""Sessions of the console: short-lived rows, by the hash of a cookie."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0021"
down_revision = "0020"

TABLE = "console_sessions"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("cookie_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "acting_token",
            sa.String(length=64),
            nullable=False,
            comment="hash of the API token; the session ends with it",
        ),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_clients.id"], name=op.f("fk_console_sessions_client_id_api_clients")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_sessions")),
        sa.UniqueConstraint("cookie_hash", name=op.f("uq_console_sessions_cookie_hash")),
    )
    op.create_index("ix_console_sessions_client_id", TABLE, ["client_id"])
    op.create_index("ix_console_sessions_expires_at", TABLE, ["expires_at"])


def downgrade() -> None:
    """Whoever is signed in signs in again."""
    op.drop_table(TABLE)
