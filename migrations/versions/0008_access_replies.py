"""Replies to access requests: what is withheld from them, and the frozen copy that a one-time link opens.

Going back deletes both: the release before knows no links, and nothing may stay that nobody would end.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0008"
down_revision = "0007"

_LIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "access_redactions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("record", sa.String(200), nullable=False),
        sa.Column("field", sa.String(200), nullable=False, comment="empty: the whole record"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.Column("marked_by", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_redactions"),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name="fk_access_redactions_request_id"),
    )
    op.create_index(
        "uq_access_redactions_request_id_record_field",
        "access_redactions",
        ["request_id", "record", "field"],
        unique=True,
    )
    op.create_table(
        "access_releases",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("withheld", sa.Integer, nullable=False),
        sa.Column("released_at", Instant(), nullable=False),
        sa.Column("released_by", sa.Uuid, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False, comment="the last day, in the controller's time zone"),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_because", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_access_releases"),
        sa.UniqueConstraint("token_hash", name="uq_access_releases_token_hash"),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name="fk_access_releases_request_id"),
    )
    live = {"sqlite_where": _LIVE, "postgresql_where": _LIVE}
    op.create_index("uq_access_releases_request_id_live", "access_releases", ["request_id"], unique=True, **live)
    op.create_index("ix_access_releases_expires_at", "access_releases", ["expires_at"], **live)
    op.create_index("ix_access_releases_request_id", "access_releases", ["request_id", "id"])
    op.create_table(
        "access_release_parts",
        sa.Column("release_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="encrypted under a key that only the link holds"),
        sa.PrimaryKeyConstraint("release_id", "number", name="pk_access_release_parts"),
        sa.ForeignKeyConstraint(["release_id"], ["access_releases.id"], name="fk_access_release_parts_release_id"),
    )


def downgrade() -> None:
    for table in ("access_release_parts", "access_releases", "access_redactions"):
        op.drop_table(table)
