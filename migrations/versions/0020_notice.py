"""Versions of the privacy notice: one whenever its words change, which nobody can alter afterwards."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0020"
down_revision = "0019"

TABLE = "notice_versions"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="of the content: the same words have the same"
        ),
        sa.Column("content", Json, nullable=False, comment="the whole notice by language, as it was shown"),
        sa.Column("languages", Json, nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_notice_versions")),
        comment="append-only; a row is written when the words change",
    )
    for action in ("UPDATE", "DELETE"):
        _refuse(action)
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION seloste_refuse()"
        )


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _refuse(action: str) -> None:
    """A trigger by which the database itself refuses the action, always."""
    name = f"{TABLE}_no_{action.lower()}"
    if _is_postgresql():
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION seloste_refuse()")
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {action} ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {TABLE} may not be changed'); END"
    )


def downgrade() -> None:
    """What was shown to people when is lost: export it first (GET /v1/notice/versions)."""
    op.drop_table(TABLE)
