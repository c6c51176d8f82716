"""A payment method may be as long as the API says.

It takes 200 characters; the column took 60, and PostgreSQL answered a longer one with 500. SQLite limits no text: its
rows stay as they are, and only its word for the column changes, as SQLite describes it for changes of this kind.
"""

from alembic import op
from sqlalchemy import String, text

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    _take(60, 200)


def downgrade() -> None:
    """PostgreSQL refuses while there is a longer one."""
    _take(200, 60)


def _take(former: int, new: int) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _say(f"payment_method VARCHAR({former})", f"payment_method VARCHAR({new})")
    else:
        op.alter_column("purchases", "payment_method", existing_type=String(former), type_=String(new))


def _say(former: str, new: str) -> None:
    connection = op.get_bind()
    version = connection.scalar(text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    connection.execute(
        text("UPDATE sqlite_master SET sql = replace(sql, :former, :new) WHERE type = 'table' AND name = 'purchases'"),
        {"former": former, "new": new},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
