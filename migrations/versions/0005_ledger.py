"""How far the erasure ledger outside the database has followed."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant

revision = "0005"
down_revision = "0004"

NOTED = (
    ("subject_requests", "request", ("INSERT", "UPDATE"), "true"),
    ("decisions", "decision", ("INSERT", "UPDATE"), "true"),
    ("request_events", "erasure", ("INSERT",), "{row}.kind = 'executed'"),
    ("verdicts", "sweep", ("INSERT",), "{row}.decision_id IS NULL AND {row}.purpose = ''"),
    ("suppression_events", "suppression", ("INSERT",), "true"),
    ("consent_events", "withdrawal", ("INSERT",), "{row}.action = 'withdrawn'"),
    ("restrictions", "restriction", ("INSERT", "UPDATE"), "true"),
    ("legal_holds", "hold", ("INSERT", "UPDATE"), "true"),
)
"""Table, kind of entry, on what, and for which rows."""


def upgrade() -> None:
    op.create_table(
        "ledger_outbox",
        sa.Column("id", sa.Uuid(), nullable=False, comment="random, so that a restored database never makes it again"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_outbox")),
    )
    op.create_index("ix_ledger_outbox_at", "ledger_outbox", ["at", "id"], unique=False)
    op.create_table(
        "ledger_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=True, comment="of the last of these entries"),
        sa.Column("blocked", sa.String(length=200), nullable=True, comment="why the service must not be ready"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_state")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _note_on_postgresql()
    else:
        _note_on_sqlite()


def _note_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION seloste_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO ledger_outbox (id, kind, row_id, at) "
        "VALUES (gen_random_uuid(), TG_ARGV[0], NEW.id, clock_timestamp()); RETURN NULL; END $$"
    )
    for table, kind, actions, condition in NOTED:
        op.execute(
            f"CREATE TRIGGER {table}_noted AFTER {' OR '.join(actions)} ON {table} FOR EACH ROW "
            f"WHEN ({condition.format(row='NEW')}) EXECUTE FUNCTION seloste_note('{kind}')"
        )
        _note_what_is_there(table, kind, condition, "gen_random_uuid()", "clock_timestamp()")


def _note_on_sqlite() -> None:
    new_id, now = "lower(hex(randomblob(16)))", "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    for table, kind, actions, condition in NOTED:
        for action in actions:
            op.execute(
                f"CREATE TRIGGER {table}_noted_{action.lower()} AFTER {action} ON {table} "  # noqa: S608 (names of this file)
                f"WHEN {condition.format(row='NEW')} "
                "BEGIN INSERT INTO ledger_outbox (id, kind, row_id, at) "
                f"VALUES ({new_id}, '{kind}', NEW.id, {now}); END"
            )
        _note_what_is_there(table, kind, condition, new_id, now)


def _note_what_is_there(table: str, kind: str, condition: str, new_id: str, now: str) -> None:
    """Backups from before this revision need the ledger too."""
    op.execute(
        f"INSERT INTO ledger_outbox (id, kind, row_id, at) "  # noqa: S608 (names of this file)
        f"SELECT {new_id}, '{kind}', id, {now} FROM {table} WHERE {condition.format(row=table)} ORDER BY id"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, _, actions, _ in NOTED:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_noted ON {table}")
        else:
            for action in actions:
                op.execute(f"DROP TRIGGER {table}_noted_{action.lower()}")
    if postgresql:
        op.execute("DROP FUNCTION seloste_note()")
    op.drop_table("ledger_state")
    op.drop_index("ix_ledger_outbox_at", table_name="ledger_outbox")
    op.drop_table("ledger_outbox")
