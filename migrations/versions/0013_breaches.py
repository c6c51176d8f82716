"""The breach register: breaches, assessments, notices, people affected, timeline (Art. 33, 34)."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0013"
down_revision = "0012"

APPEND_ONLY = ("breach_events", "breach_assessments", "breach_notices")
UNLINK = "UPDATE breach_people SET customer_id = NULL WHERE customer_id = NEW.id"
"""An erased person stays on the list by subject key alone."""


def upgrade() -> None:
    op.create_table(
        "breach_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_breach_numbers")),
    )
    _breaches()
    _assessments()
    _notices()
    _people()
    op.create_table(
        "breach_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("details", Json, nullable=True),
        sa.ForeignKeyConstraint(["breach_id"], ["breaches.id"], name=op.f("fk_breach_events_breach_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_events")),
    )
    op.create_index("ix_breach_events_breach_id", "breach_events", ["breach_id", "id"])
    _triggers()


def _breaches() -> None:
    op.create_table(
        "breaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("what_happened", sa.Text(), nullable=False),
        sa.Column("effects", sa.Text(), nullable=True),
        sa.Column("remedial_action", sa.Text(), nullable=True),
        sa.Column("natures", Json, nullable=False, comment="confidentiality, integrity, availability"),
        sa.Column("person_categories", Json, nullable=False),
        sa.Column("data_categories", Json, nullable=False),
        sa.Column(
            "people_about", sa.BigInteger(), nullable=True, comment="approximate number of people; null while unknown"
        ),
        sa.Column("records_about", sa.BigInteger(), nullable=True),
        sa.Column("discovered_how", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("aware_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False, comment="the end of the period of Art. 33(1), exclusive"),
        sa.Column(
            "clock_runs",
            sa.Boolean(),
            nullable=False,
            comment="false once the authority is told or nobody need tell it",
        ),
        sa.Column("processor_id", sa.Uuid(), nullable=True),
        sa.Column("processor_told_at", Instant(), nullable=True, comment="Art. 33(2)"),
        sa.Column("request_id", sa.Uuid(), nullable=True, comment="the case it came from, such as a wrong erasure"),
        sa.Column("case_number", sa.String(length=20), nullable=True),
        sa.Column("person_in_charge", sa.String(length=200), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("register_version", sa.Integer(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_breaches_processor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
        sa.UniqueConstraint("number", name=op.f("uq_breaches_number")),
    )
    op.create_index("ix_breaches_due_at", "breaches", ["due_at", "id"])
    where = sa.text("closed_at IS NULL")
    op.create_index("ix_breaches_open", "breaches", ["due_at", "id"], sqlite_where=where, postgresql_where=where)


def _assessments() -> None:
    op.create_table(
        "breach_assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("likelihood", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("factors", Json, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("exception", sa.String(length=20), nullable=True, comment="Art. 34(3)"),
        sa.Column("exception_reasons", sa.Text(), nullable=True),
        sa.Column("public_communication", sa.Text(), nullable=True),
        sa.Column("assessed_at", Instant(), nullable=False),
        sa.Column("assessed_by", sa.Uuid(), nullable=False),
        sa.Column("assessed_by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["breach_id"], ["breaches.id"], name=op.f("fk_breach_assessments_breach_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_assessments")),
    )
    op.create_index("ix_breach_assessments_breach_id", "breach_assessments", ["breach_id", "id"])


def _notices() -> None:
    op.create_table(
        "breach_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False, comment="authority or persons"),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", Json, nullable=False, comment="of Art. 33(3)(a) to (d)"),
        sa.Column("advice", sa.Text(), nullable=True, comment="what people can do themselves"),
        sa.Column("sent_at", Instant(), nullable=True, comment="of a notification; people are told one by one"),
        sa.Column("reference", sa.String(length=200), nullable=True, comment="the authority's own"),
        sa.Column("later_because", sa.Text(), nullable=True, comment="Art. 33(4)"),
        sa.Column("delay_reasons", sa.Text(), nullable=True, comment="Art. 33(1)"),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["breach_id"], ["breaches.id"], name=op.f("fk_breach_notices_breach_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_notices")),
    )
    op.create_index("ix_breach_notices_breach_id", "breach_notices", ["breach_id", "id"])


def _people() -> None:
    op.create_table(
        "breach_people",
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True, comment="goes with the person's erasure"),
        sa.Column("state", sa.String(length=20), nullable=False, comment="to_tell, told or unreachable"),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True, comment="the words in which the person was told"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("listed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["breach_id"], ["breaches.id"], name=op.f("fk_breach_people_breach_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_breach_people_customer_id")),
        sa.PrimaryKeyConstraint("breach_id", "subject_key", name=op.f("pk_breach_people")),
    )
    op.create_index("ix_breach_people_customer_id", "breach_people", ["customer_id"])
    where = sa.text("state = 'to_tell'")
    op.create_index(
        "ix_breach_people_untold", "breach_people", ["breach_id"], sqlite_where=where, postgresql_where=where
    )


def _triggers() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION seloste_refuse()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} may not be changed'); END"
            )
    if postgresql:
        op.execute(
            "CREATE FUNCTION seloste_unlink() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {UNLINK}; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER customers_unlinked AFTER UPDATE OF erased_at ON customers FOR EACH ROW "
            "WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION seloste_unlink()"
        )
    else:
        op.execute(
            "CREATE TRIGGER customers_unlinked AFTER UPDATE OF erased_at ON customers "
            f"WHEN NEW.erased_at IS NOT NULL BEGIN {UNLINK}; END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER customers_unlinked ON customers")
        op.execute("DROP FUNCTION seloste_unlink()")
    else:
        op.execute("DROP TRIGGER customers_unlinked")
    for table in (
        "breach_events",
        "breach_people",
        "breach_notices",
        "breach_assessments",
        "breaches",
        "breach_numbers",
    ):
        op.drop_table(table)
