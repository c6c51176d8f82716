"""Tokens of API clients with expiry, rotation and last use.

Nullable columns of a table of a few rows: nothing waits, and the previous release works beside it. It does not know
of expiry and rotation, so rotate tokens once every process has been replaced.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("expires_at", "last_used_at", "former_until", "former_used_at"):
        op.add_column("api_clients", sa.Column(name, Instant(), nullable=True))
    op.add_column("api_clients", sa.Column("former_token_hash", sa.String(length=64), nullable=True))
    op.create_index("uq_api_clients_former_token_hash", "api_clients", ["former_token_hash"], unique=True)


def downgrade() -> None:
    """What has run out stays out: the release before would take it for good."""
    clients = sa.table("api_clients", sa.column("withdrawn_at", Instant()), sa.column("expires_at", Instant()))
    ended = sa.and_(clients.c.withdrawn_at.is_(None), clients.c.expires_at.is_not(None))
    op.execute(clients.update().where(ended).values(withdrawn_at=clients.c.expires_at))
    op.drop_index("uq_api_clients_former_token_hash", table_name="api_clients")
    for name in ("former_token_hash", "former_used_at", "former_until", "last_used_at", "expires_at"):
        op.drop_column("api_clients", name)
