"""Reported deaths, findings of abuse, confirmed decisions, and what is undone for whoever was the wrong person."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0011"
down_revision = "0010"

NOTED = (("deaths", "death", ("INSERT", "UPDATE")), ("undoings", "undoing", ("INSERT",)))
"""Table, kind of entry in the erasure ledger, on what; as revision 0005 does for the others."""
DECISION = (
    ("identity_low_reason", sa.Text, None),
    ("confirmed_at", Instant, "four eyes: null while it is only proposed, or none needed"),
    ("confirmed_by", sa.Uuid, None),
    ("confirmed_by_name", lambda: sa.String(length=80), None),
    ("sent_back_reason", sa.Text, None),
    ("proposal", lambda: Json, "four eyes: as it was proposed, until it is confirmed"),
)


def upgrade() -> None:
    _deaths()
    _findings()
    _undoings()
    for name, kind, comment in DECISION:
        op.add_column("decisions", sa.Column(name, kind(), nullable=True, comment=comment))
    op.create_index("ix_decisions_request_id", "decisions", ["request_id"])
    comment = "the request, consent event or death report it comes from"
    op.add_column("suppression_events", sa.Column("cause_id", sa.Uuid(), nullable=True, comment=comment))
    caused = sa.text("cause_id IS NOT NULL")
    _index("ix_suppression_events_cause_id", "suppression_events", ["cause_id"], caused)
    for table, kind, actions in NOTED:
        _note(table, kind, actions)
    _refuse_changes("undoings")
    _verdicts_go_with_an_undoing()


def _deaths() -> None:
    op.create_table(
        "deaths",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("reported_by_role", sa.String(length=20), nullable=False),
        sa.Column("evidence_seen", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_deaths_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deaths")),
    )
    op.create_index("ix_deaths_customer_id_recorded_at", "deaths", ["customer_id", "recorded_at"])
    standing = sa.text("withdrawn_at IS NULL")
    _index("uq_deaths_customer_id_standing", "deaths", ["customer_id"], standing, unique=True)


def _findings() -> None:
    op.create_table(
        "abuse_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True, comment="of a refusal; null for a fee"),
        sa.Column("measure", sa.String(length=10), nullable=False, comment="refusal or fee"),
        sa.Column("finding", sa.String(length=30), nullable=False, comment="Art. 12(5), or a further copy: 15(3)"),
        sa.Column("facts", Json, nullable=False),
        sa.Column("intention", sa.Text(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by_name", sa.String(length=80), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("costs", sa.Text(), nullable=True, comment="the administrative costs that make up the fee"),
        sa.Column("fee_outcome", sa.String(length=10), nullable=True, comment="paid or waived"),
        sa.Column("fee_outcome_on", sa.Date(), nullable=True),
        sa.Column("fee_outcome_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["subject_requests.id"], name=op.f("fk_abuse_findings_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abuse_findings")),
    )
    op.create_index("ix_abuse_findings_request_id", "abuse_findings", ["request_id", "id"])
    unpaid = sa.text("measure = 'fee' AND fee_outcome IS NULL")
    _index("uq_abuse_findings_request_id_fee_open", "abuse_findings", ["request_id"], unpaid, unique=True)


def _undoings() -> None:
    op.create_table(
        "undoings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False, comment="the case or the report that was mistaken"),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="of the row that is gone"),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undoings")),
    )
    op.create_index("ix_undoings_row_id", "undoings", ["row_id"])


def _index(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _note(table: str, kind: str, actions: tuple[str, ...]) -> None:
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_noted AFTER {' OR '.join(actions)} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION seloste_note('{kind}')"
        )
        return
    new_id, now = "lower(hex(randomblob(16)))", "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    for action in actions:
        op.execute(
            f"CREATE TRIGGER {table}_noted_{action.lower()} AFTER {action} ON {table} "  # noqa: S608 (names of this file)
            f"BEGIN INSERT INTO ledger_outbox (id, kind, row_id, at) VALUES ({new_id}, '{kind}', NEW.id, {now}); END"
        )


def _refuse_changes(table: str) -> None:
    for action in ("UPDATE", "DELETE"):
        name = f"{table}_no_{action.lower()}"
        if _is_postgresql():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION seloste_refuse()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} may not be changed'); END"
            )
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION seloste_refuse()"
        )


def _verdicts_go_with_an_undoing() -> None:
    """A verdict on the wrong person is deleted, and only after an undoing, which nobody can delete, names it."""
    if _is_postgresql():
        op.execute(
            "CREATE FUNCTION seloste_refuse_unless_undone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF EXISTS (SELECT 1 FROM undoings WHERE row_id = OLD.id AND kind = 'verdict') THEN RETURN OLD; END IF; "
            "RAISE EXCEPTION 'rows of % may not be changed', TG_TABLE_NAME; END $$"
        )
        op.execute("DROP TRIGGER verdicts_no_delete ON verdicts")
        op.execute(
            "CREATE TRIGGER verdicts_no_delete BEFORE DELETE ON verdicts FOR EACH ROW "
            "EXECUTE FUNCTION seloste_refuse_unless_undone()"
        )
        return
    op.execute("DROP TRIGGER verdicts_no_delete")
    op.execute(
        "CREATE TRIGGER verdicts_no_delete BEFORE DELETE ON verdicts "
        "WHEN NOT EXISTS (SELECT 1 FROM undoings WHERE row_id = OLD.id AND kind = 'verdict') "
        "BEGIN SELECT RAISE(ABORT, 'rows of verdicts may not be changed'); END"
    )


def downgrade() -> None:
    """The former release knows no proposals: one that waits is back under review before, and restricts nobody."""
    op.execute(
        "UPDATE decisions SET cancelled_at = decided_at WHERE cancelled_at IS NULL "
        "AND request_id IN (SELECT id FROM subject_requests WHERE state = 'proposed')"
    )
    op.execute(
        "UPDATE restrictions SET lifted_at = began_at WHERE lifted_at IS NULL AND ground = 'erasure_pending' "
        "AND request_id IN (SELECT id FROM subject_requests WHERE state = 'proposed')"
    )
    op.execute("UPDATE subject_requests SET state = 'in_review' WHERE state = 'proposed'")
    if _is_postgresql():
        op.execute("DROP TRIGGER verdicts_no_delete ON verdicts")
        op.execute("DROP FUNCTION seloste_refuse_unless_undone()")
        op.execute(
            "CREATE TRIGGER verdicts_no_delete BEFORE DELETE ON verdicts FOR EACH ROW EXECUTE FUNCTION seloste_refuse()"
        )
    else:
        op.execute("DROP TRIGGER verdicts_no_delete")
        op.execute(
            "CREATE TRIGGER verdicts_no_delete BEFORE DELETE ON verdicts "
            "BEGIN SELECT RAISE(ABORT, 'rows of verdicts may not be changed'); END"
        )
    op.execute("DELETE FROM ledger_outbox WHERE kind IN ('death', 'undoing')")
    op.drop_index("ix_suppression_events_cause_id", table_name="suppression_events")
    op.drop_column("suppression_events", "cause_id")
    op.drop_index("ix_decisions_request_id", table_name="decisions")
    for name, _, _ in reversed(DECISION):
        op.drop_column("decisions", name)
    for table in ("undoings", "abuse_findings", "deaths"):
        op.drop_table(table)
