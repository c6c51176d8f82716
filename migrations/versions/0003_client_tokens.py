"""Tokens of API clients with expiry, rotation and last use."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
