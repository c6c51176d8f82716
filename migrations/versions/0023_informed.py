"""Consents pin the notice that was shown, letters that no notice went before say so; indexes for what the notice reads.

What is there already gets the version that was in force when the consent was given. The release before neither needs
nor minds the columns and indexes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

TABLES = ("consent_events", "consent_states")
_COMMENTS = {
    "consent_events": ("that was shown when it was given; null: none was out", "as the caller said"),
    "consent_states": (None, None),
}
_ANY = "CAST(attributes AS TEXT) <> '{}'"
INDEXES = (
    ("ix_disclosures_purpose", "disclosures", "purpose", "sent = 1", "sent"),
    (
        *("ix_disclosures_recipient_name", "disclosures", "recipient_name"),
        *("sent = 1 AND processor_id IS NULL", "sent AND processor_id IS NULL"),
    ),
    ("ix_customers_attributes", "customers", "created_at", _ANY, _ANY),
)
"""Name, table, column, and of which rows on SQLite and on PostgreSQL."""


def upgrade() -> None:
    for name, table, column, sqlite, postgresql in INDEXES:
        op.create_index(name, table, [column], sqlite_where=sa.text(sqlite), postgresql_where=sa.text(postgresql))
    op.create_index("ix_notice_versions_published_at", "notice_versions", ["published_at", "version"])
    for table in TABLES:
        of_version, of_language = _COMMENTS[table]
        op.add_column(table, sa.Column("notice_version", sa.Integer(), nullable=True, comment=of_version))
        op.add_column(table, sa.Column("notice_language", sa.String(length=2), nullable=True, comment=of_language))
    with _changeable("consent_events"):
        op.execute(
            "UPDATE consent_events SET notice_version = (SELECT n.version FROM notice_versions n "
            "WHERE n.published_at <= consent_events.occurred_at ORDER BY n.published_at DESC, n.version DESC LIMIT 1) "
            "WHERE action = 'given' AND occurred_at >= (SELECT min(n.published_at) FROM notice_versions n)"
        )
    op.execute(
        "UPDATE consent_states SET notice_version = "
        "(SELECT e.notice_version FROM consent_events e WHERE e.id = consent_states.event) "
        "WHERE action = 'given' AND notice_version IS NULL AND occurred_at >= "
        "(SELECT min(n.published_at) FROM notice_versions n)"
    )
    with _changeable("letters"):
        op.execute(
            "UPDATE letters SET notice_version = 0 WHERE NOT EXISTS "
            "(SELECT 1 FROM notice_versions n WHERE n.published_at <= letters.issued_at)"
        )
    if _is_postgresql():
        op.alter_column("letters", "notice_version", comment="in force that day; 0: none was")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


@contextmanager
def _changeable(table: str) -> Iterator[None]:
    """Meanwhile the trigger that refuses every update of the table is not there."""
    name = f"{table}_no_update"
    if _is_postgresql():
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        yield
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
        return
    kept = op.get_bind().execute(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
    trigger = kept.scalar_one()
    op.execute(f"DROP TRIGGER {name}")
    yield
    op.execute(trigger)


def downgrade() -> None:
    """What callers said of the notice that was shown is lost; what was in force can be derived again."""
    with _changeable("letters"):
        op.execute("UPDATE letters SET notice_version = register_version WHERE notice_version = 0")
    if _is_postgresql():
        op.alter_column("letters", "notice_version", comment="the definition's, until notices have their own")
    for table in TABLES:
        op.drop_column(table, "notice_language")
        op.drop_column(table, "notice_version")
    op.drop_index("ix_notice_versions_published_at", "notice_versions")
    for name, table, *_ in reversed(INDEXES):
        op.drop_index(name, table)
