"""Lapsed adequacy decisions, checks of what a transfer rests on, chains of sub-processors (Chapter V, Art. 28)."""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0018"
down_revision = "0017"

APPEND_ONLY = ("transfer_checks",)


def upgrade() -> None:
    _lapses()
    _checks()
    _chain()
    _agreements()
    found = sa.Column("evidence_now", Json, nullable=True, comment="as the checks since have found it")
    op.add_column("transfers", found)
    op.create_index("ix_disclosures_processor_id", "disclosures", ["processor_id", "sent", "customer_id"])
    _triggers()


def _lapses() -> None:
    op.create_table(
        "adequacy_lapses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("lapsed_on", sa.Date(), nullable=False, comment="the first day on which it holds no more"),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True, comment="the judgment or the act that ended it"),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("taken_back_by", sa.Uuid(), nullable=True),
        sa.Column("taken_back_at", Instant(), nullable=True),
        sa.Column("taken_back_because", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adequacy_lapses")),
    )
    where = sa.text("taken_back_at IS NULL")
    op.create_index(
        "uq_adequacy_lapses_decision",
        "adequacy_lapses",
        ["decision"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _checks() -> None:
    op.create_table(
        "transfer_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("finding", sa.String(length=2000), nullable=False),
        sa.Column("evidence", Json, nullable=False, comment="what takes the place of that part of the record"),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_checks_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_checks")),
        comment="append-only",
    )
    op.create_index("ix_transfer_checks_transfer_id", "transfer_checks", ["transfer_id", "id"])


def _chain() -> None:
    op.create_table(
        "sub_processors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("processor_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True, comment="the sub-processor that engages it"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("legal_entity", sa.String(length=200), nullable=True),
        sa.Column("country", sa.String(length=10), nullable=False, comment="ISO 3166, or 'unknown'"),
        sa.Column("purpose", sa.String(length=200), nullable=False, comment="what it does for the processor"),
        sa.Column("categories", Json, nullable=False),
        sa.Column("authorisation", sa.String(length=10), nullable=False, comment="general or specific (Art. 28(2))"),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("objection_until", sa.Date(), nullable=True),
        sa.Column("in_use_from", sa.Date(), nullable=True),
        sa.Column("duties_reference", sa.String(length=200), nullable=True, comment="Art. 28(4)"),
        sa.Column("decision", sa.String(length=20), nullable=True, comment="authorised or objected"),
        sa.Column("decision_reason", sa.String(length=2000), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["processor_id"], ["processors.id"], name=op.f("fk_sub_processors_processor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_processors")),
    )
    op.create_index("ix_sub_processors_processor_id", "sub_processors", ["processor_id", "id"])


def _agreements() -> None:
    guarantees = sa.Column("guarantees", Json, nullable=True, comment="Art. 28(1): evidence and its date")
    op.add_column("agreements", guarantees)
    op.add_column("agreements", sa.Column("sub_processing", sa.String(length=10), nullable=True, comment="Art. 28(2)"))
    op.add_column("agreements", sa.Column("objection_days", sa.Integer(), nullable=True))


def _triggers() -> None:
    for table in APPEND_ONLY:
        for what in ("UPDATE", "DELETE"):
            begin = f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
            if op.get_bind().dialect.name == "postgresql":
                op.execute(begin + "FOR EACH ROW EXECUTE FUNCTION seloste_refuse()")
            else:
                op.execute(begin + f"BEGIN SELECT RAISE(ABORT, 'rows of {table} may not be changed'); END")


def downgrade() -> None:
    """What was found since goes, and with it every lapse: records speak again as they were made."""
    op.drop_index("ix_disclosures_processor_id", table_name="disclosures")
    op.drop_column("transfers", "evidence_now")
    for column in ("objection_days", "sub_processing", "guarantees"):
        op.drop_column("agreements", column)
    for name in ("sub_processors", "transfer_checks", "adequacy_lapses"):
        op.drop_table(name)
