"""Sealed batches of the audit trail.

Adds tables, and one index that is built in about a second for each million rows of `audit_subjects`; batches and
lists wait that long on PostgreSQL. Audit rows become deletable under one condition: their batch has been expired.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0002"
down_revision = "0001"

EXPIRED = "(SELECT expired_through FROM audit_seals ORDER BY number DESC LIMIT 1)"
BOUNDARY = f"(SELECT up_to FROM audit_seals WHERE number = {EXPIRED})"  # noqa: S608 (of constants)
DELETABLE = {
    "audit_events": f"OLD.id <= {BOUNDARY} AND OLD.at < ONE_YEAR_AGO",
    "audit_subjects": f"OLD.event_id <= {BOUNDARY}",
    "audit_seal_members": f"OLD.number <= {EXPIRED}",
}
"""What may be deleted of each table. The database alone cannot know more; `seloste audit verify` does."""
YEAR_AGO = {
    "postgresql": "now() - interval '1 year'",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', 'now', '-1 year')",
}


def upgrade() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column(
            "late_count", sa.Integer(), nullable=False, comment="rows that appeared behind what was sealed before"
        ),
        sa.Column("up_to", sa.Uuid(), nullable=False, comment="highest identifier sealed so far"),
        sa.Column("oldest_at", Instant(), nullable=False),
        sa.Column("newest_at", Instant(), nullable=False),
        sa.Column(
            "expired_through",
            sa.Integer(),
            nullable=False,
            comment="batches up to here have been deleted; 0 is none",
        ),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "audit_seal_members",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "members",
            sa.LargeBinary(),
            nullable=False,
            comment="of each row its identifier and the start of its hash",
        ),
        sa.ForeignKeyConstraint(["number"], ["audit_seals.number"], name=op.f("fk_audit_seal_members_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal_members")),
    )
    op.create_index("ix_audit_subjects_event_id", "audit_subjects", ["event_id"], unique=False)
    _drop_trigger("audit_events_no_delete", "audit_events")
    _drop_trigger("audit_subjects_no_delete", "audit_subjects")
    for table, condition in DELETABLE.items():
        _refuse_delete(table, unless=condition)
    for table in ("audit_seals", "audit_seal_members"):
        _refuse(table, "UPDATE")
        if _postgresql():
            op.execute(_truncate_trigger(table))
    _refuse("audit_seals", "DELETE")


def downgrade() -> None:
    """The seals are lost: export them first. The trail stays as it is."""
    op.drop_index("ix_audit_subjects_event_id", table_name="audit_subjects")
    for table in ("audit_events", "audit_subjects"):
        _drop_trigger(f"{table}_no_delete", table)
        _refuse(table, "DELETE")
    op.drop_table("audit_seal_members")
    op.drop_table("audit_seals")
    if _postgresql():
        for table in DELETABLE:
            op.execute(f"DROP FUNCTION IF EXISTS seloste_keep_{table}()")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_trigger(name: str, table: str) -> None:
    op.execute(f"DROP TRIGGER {name} ON {table}" if _postgresql() else f"DROP TRIGGER {name}")


def _refuse(table: str, action: str) -> None:
    """A trigger by which the database itself refuses the action, always."""
    name = f"{table}_no_{action.lower()}"
    if _postgresql():
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION seloste_refuse()")
    else:
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} BEGIN {_abort(table)}; END")


def _refuse_delete(table: str, unless: str) -> None:
    """A trigger by which the database itself refuses to delete a row, unless the condition holds."""
    name = f"{table}_no_delete"
    condition = unless.replace("ONE_YEAR_AGO", YEAR_AGO[op.get_bind().dialect.name])
    if not _postgresql():
        when = f"WHEN coalesce(NOT ({condition}), 1)"
        op.execute(f"CREATE TRIGGER {name} BEFORE DELETE ON {table} {when} BEGIN {_abort(table)}; END")
        return
    op.execute(
        f"CREATE FUNCTION seloste_keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION 'rows of % may not be changed', TG_TABLE_NAME; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION seloste_keep_{table}()")


def _truncate_trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION seloste_refuse()"
    )


def _abort(table: str) -> str:
    return f"SELECT RAISE(ABORT, 'rows of {table} may not be changed')"
