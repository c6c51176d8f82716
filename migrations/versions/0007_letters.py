"""Letters to the people: what was issued stands as issued, numbered year by year, with when each left.

The release before knows nothing of the tables and does not mind them. Going back forgets the letters.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0007"
down_revision = "0006"

_OPEN = (
    "EXISTS (SELECT 1 FROM subject_requests r WHERE r.id = {request} "
    "AND r.state <> 'completed' AND r.state <> 'withdrawn')"
)
_OF_DELIVERY = "(SELECT l.request_id FROM letters l WHERE l.id = OLD.letter_id)"
_WORDS = (
    "id, number, kind, case_number, request_id, language, content, template_version, register_version, notice_version, "
    "issued_at, issued_by"
)
UPDATES = (
    ("letters_no_update", f"UPDATE OF {_WORDS} ON letters", None),
    ("letters_no_person", "UPDATE OF customer_id ON letters", "NEW.customer_id IS NOT NULL"),
    ("letter_deliveries_no_update", "UPDATE ON letter_deliveries", None),
)
"""A letter never changes, but it can leave the file of somebody whom its case was never about."""
GUARDED = (("letters", "OLD.request_id"), ("letter_deliveries", _OF_DELIVERY))
"""Tables whose rows never change, and which go only with the file of a closed request."""


def upgrade() -> None:
    op.create_table(
        "letter_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_letter_numbers")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("case_number", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", Json, nullable=True, comment="null: issued before a restore, known from the ledger only"),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column(
            "notice_version", sa.Integer(), nullable=False, comment="the definition's, until notices have their own"
        ),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("number", name=op.f("uq_letters_number")),
    )
    op.create_index("ix_letters_request_id", "letters", ["request_id", "id"])
    op.create_index("ix_letters_customer_id", "letters", ["customer_id", "id"])
    op.create_table(
        "letter_deliveries",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("means", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_letter_deliveries_letter_id_letters")),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter_deliveries")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_postgresql() -> None:
    """`seloste_refuse` refuses every change; deletes go the way of the request's state."""
    op.execute(
        "CREATE FUNCTION seloste_refuse_if_open() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE of_request uuid; BEGIN "
        "IF TG_TABLE_NAME = 'letters' THEN of_request := OLD.request_id; "
        f"ELSE of_request := {_OF_DELIVERY}; END IF; "
        f"IF {_OPEN.format(request='of_request')} THEN "
        "RAISE EXCEPTION 'rows of % may not be changed', TG_TABLE_NAME; END IF; RETURN OLD; END $$"
    )
    for name, event, condition in UPDATES:
        when = f"WHEN ({condition}) " if condition else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {when}EXECUTE FUNCTION seloste_refuse()")
    for table, _ in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION seloste_refuse_if_open()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION seloste_refuse()"
        )
    op.execute(
        "CREATE TRIGGER letters_noted AFTER INSERT ON letters FOR EACH ROW EXECUTE FUNCTION seloste_note('letter')"
    )


def _guard_on_sqlite() -> None:
    for name, event, condition in UPDATES:
        when = f"WHEN {condition} " if condition else ""
        refused = f"BEGIN SELECT RAISE(ABORT, 'rows of {event.split()[-1]} may not be changed'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} {when}{refused}")
    for table, request in GUARDED:
        refused = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} may not be changed'); END"
        condition = _OPEN.format(request=request)
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {condition} {refused}")
    op.execute(
        "CREATE TRIGGER letters_noted_insert AFTER INSERT ON letters "
        "BEGIN INSERT INTO ledger_outbox (id, kind, row_id, at) VALUES "
        "(lower(hex(randomblob(16))), 'letter', NEW.id, strftime('%Y-%m-%d %H:%M:%f000', 'now')); END"
    )


def downgrade() -> None:
    op.execute("DELETE FROM ledger_outbox WHERE kind = 'letter'")
    op.drop_table("letter_deliveries")
    op.drop_index("ix_letters_customer_id", table_name="letters")
    op.drop_index("ix_letters_request_id", table_name="letters")
    op.drop_table("letters")
    op.drop_table("letter_numbers")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION seloste_refuse_if_open()")
