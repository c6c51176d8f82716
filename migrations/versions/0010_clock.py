"""The clock's ledger of questions, substitutes, addresses of staff, and calendar feeds.

Columns that may be absent and one with a default, an empty table, indexes of tables with a row for each request: the
release before works beside it. A question that it closes has only `sufficient_on`, and is read as closed then.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0010"
down_revision = "0009"

_OPEN = "state <> 'completed' AND state <> 'withdrawn'"
_ENDING = "sufficient, insufficient, withdrawn or closed"
_UNANSWERED = "ended_on IS NULL AND sufficient_on IS NULL"


def upgrade() -> None:
    kind = sa.Column("kind", sa.String(length=20), nullable=False, server_default="identity")
    op.add_column("identity_checks", kind)
    op.add_column("identity_checks", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("identity_checks", sa.Column("ending", sa.String(length=20), nullable=True, comment=_ENDING))
    op.execute(
        "UPDATE identity_checks SET ended_on = sufficient_on, ending = 'sufficient' WHERE sufficient_on IS NOT NULL"
    )
    _index("ix_identity_checks_open", "identity_checks", ["request_id"], _UNANSWERED)
    op.add_column("subject_requests", sa.Column("substitute", sa.String(length=200), nullable=True))
    _index("ix_subject_requests_in_charge", "subject_requests", ["person_in_charge", "due_on", "id"], _OPEN)
    _index("ix_subject_requests_substitute", "subject_requests", ["substitute", "due_on", "id"], _OPEN)
    op.add_column("api_clients", sa.Column("email", sa.String(length=254), nullable=True))
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column(
            "person",
            sa.String(length=200),
            nullable=True,
            comment="in charge or substitute; null for every open request",
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_clients.id"], name=op.f("fk_calendar_feeds_client_id_api_clients")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index("ix_calendar_feeds_client_id", "calendar_feeds", ["client_id", "id"])


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """The release before knows one kind of question and one end: others are ended for it, or go.

    A question that was taken back, or was about what is meant, would pause a clock that it must not.
    """
    op.execute("DELETE FROM identity_checks WHERE ending = 'withdrawn' OR kind <> 'identity'")
    op.execute("UPDATE identity_checks SET sufficient_on = ended_on WHERE ended_on IS NOT NULL")
    op.drop_index("ix_calendar_feeds_client_id", table_name="calendar_feeds")
    op.drop_table("calendar_feeds")
    op.drop_column("api_clients", "email")
    op.drop_index("ix_subject_requests_substitute", table_name="subject_requests")
    op.drop_index("ix_subject_requests_in_charge", table_name="subject_requests")
    op.drop_column("subject_requests", "substitute")
    op.drop_index("ix_identity_checks_open", table_name="identity_checks")
    for name in ("ending", "ended_on", "kind"):
        op.drop_column("identity_checks", name)
