"""Links by which people leave marketing, and the private page of a case.

A new table, and a column that may be absent: the release before works beside it.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "unsubscribe_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True, comment="goes with the person's erasure"),
        sa.Column("address_kind", sa.String(length=10), nullable=False),
        sa.Column(
            "address_hash",
            sa.String(length=64),
            nullable=False,
            comment="keyed; the address that the message reached",
        ),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False, comment="last; of somebody erased, when that was"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_unsubscribe_links_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsubscribe_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unsubscribe_links_token_hash")),
    )
    op.create_index("ix_unsubscribe_links_customer_id", "unsubscribe_links", ["customer_id"])
    _index("ix_unsubscribe_links_of_nobody", "unsubscribe_links", "issued_at", "customer_id IS NULL")
    op.add_column("subject_requests", sa.Column("page_token_hash", sa.String(length=64), nullable=True))
    name = "uq_subject_requests_page_token_hash"
    _index(name, "subject_requests", "page_token_hash", "page_token_hash IS NOT NULL", unique=True)


def _index(name: str, table: str, column: str, condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=unique, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """The release before knows no such pages: links in messages and private pages lead nowhere then."""
    op.drop_index("uq_subject_requests_page_token_hash", table_name="subject_requests")
    op.drop_column("subject_requests", "page_token_hash")
    op.drop_index("ix_unsubscribe_links_of_nobody", table_name="unsubscribe_links")
    op.drop_index("ix_unsubscribe_links_customer_id", table_name="unsubscribe_links")
    op.drop_table("unsubscribe_links")
