"""Contested values, objections with their balancing tests, and when and how a person was told that a restriction ends.

New tables and nullable columns: the release before works beside them. Objections are noted for the erasure ledger, as
bans are.
"""

import sqlalchemy as sa
from alembic import op

from app.db import Instant, Json

revision = "0009"
down_revision = "0008"

_LIFTS = (
    ("told_on", sa.Date(), "Art. 18(3): the person is told before it is lifted"),
    ("told_how", sa.String(length=20), None),
    ("lift_reason", sa.Text(), None),
    ("lifted_by", sa.Uuid(), None),
)
_REQUESTS = (
    ("ground_facts", Json, "what was found about a ground of Art. 17(1)(d)-(f)"),
    ("restriction_ground", sa.String(length=20), "Art. 18(1)"),
)
_IN_FORCE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    for table, columns in (("restrictions", _LIFTS), ("subject_requests", _REQUESTS)):
        for name, kind, comment in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True, comment=comment))
    _rectifications()
    _objections()
    _balancing_tests()
    _note_objections()


def _rectifications() -> None:
    op.create_table(
        "rectifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True, comment="null until the person is linked"),
        sa.Column("request_id", sa.Uuid(), nullable=False, comment="a note outlives the file of its request"),
        sa.Column("case_number", sa.String(length=20), nullable=False),
        sa.Column(
            "about",
            sa.String(length=160),
            nullable=False,
            comment="a contact field, attributes.NAME, or KIND:SYSTEM/ID",
        ),
        sa.Column("inaccurate", sa.Boolean(), nullable=False, comment="else incomplete"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "held",
            Json,
            nullable=True,
            comment="the version held when it was contested, then when it was settled",
        ),
        sa.Column("proposed", Json, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_by_name", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_rectifications_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectifications")),
    )
    op.create_index("ix_rectifications_customer_id", "rectifications", ["customer_id", "id"])
    op.create_index("ix_rectifications_request_id", "rectifications", ["request_id"])


def _objections() -> None:
    op.create_table(
        "objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False, comment="pending, upheld, rejected or withdrawn"),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_objections_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index("ix_objections_request_id", "objections", ["request_id"])
    op.create_index("ix_objections_customer_id_since", "objections", ["customer_id", "since"])
    op.create_index(
        "ix_objections_customer_id",
        "objections",
        ["customer_id", "purpose"],
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )


def _balancing_tests() -> None:
    op.create_table(
        "balancing_tests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("necessity", sa.Text(), nullable=False),
        sa.Column(
            "situation",
            sa.Text(),
            nullable=True,
            comment="the person's own; goes with the person and with the open case",
        ),
        sa.Column("compelling_grounds", sa.Text(), nullable=True),
        sa.Column("legal_claims", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["subject_requests.id"], name=op.f("fk_balancing_tests_request_id_subject_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balancing_tests")),
    )
    op.create_index("ix_balancing_tests_request_id", "balancing_tests", ["request_id", "id"])


def _note_objections() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER objections_noted AFTER INSERT OR UPDATE ON objections FOR EACH ROW "
            "EXECUTE FUNCTION seloste_note('objection')"
        )
        return
    for action in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER objections_noted_{action.lower()} AFTER {action} ON objections "  # noqa: S608 (names of this file)
            "BEGIN INSERT INTO ledger_outbox (id, kind, row_id, at) "
            "VALUES (lower(hex(randomblob(16))), 'objection', NEW.id, strftime('%Y-%m-%d %H:%M:%f000', 'now')); END"
        )


def downgrade() -> None:
    """A restriction stays as it stands; what was contested or objected to is not known to the release before."""
    op.execute("DELETE FROM ledger_outbox WHERE kind = 'objection'")
    for table in ("balancing_tests", "objections", "rectifications"):
        op.drop_table(table)
    for table, columns in (("subject_requests", _REQUESTS), ("restrictions", _LIFTS)):
        for name, _, _ in reversed(columns):
            op.drop_column(table, name)
