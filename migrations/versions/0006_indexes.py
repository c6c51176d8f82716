"""Indexes that large registers need: names by their beginnings, the accountant's and the auditor's lists, the sweep.

They are built inside the migration's transaction, so writers wait meanwhile (docs/operations.md says how long); the
release before neither needs nor minds them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_LAST_NAME = "substr(name_search, length(rtrim(name_search, replace(name_search, ' ', ''))) + 1)"
_PLAIN = (
    ("ix_customers_postal_hash", "customers", ["postal_hash"], None),
    ("ix_customers_erased_id", "customers", ["id"], "erased_at IS NOT NULL"),
    ("ix_customer_changes_customer_id", "customer_changes", ["customer_id"], None),
    ("ix_customer_changes_at", "customer_changes", ["at"], None),
    ("ix_restrictions_customer_id_began_at", "restrictions", ["customer_id", "began_at"], None),
    ("ix_vouchers_material", "vouchers", ["material", "id"], None),
    ("ix_vouchers_booked_on_printed", "vouchers", ["booked_on"], "buyer_name IS NOT NULL"),
    ("ix_vouchers_undated", "vouchers", ["customer_id"], "restricted_at IS NOT NULL AND retain_until IS NULL"),
    ("ix_subject_requests_open", "subject_requests", ["due_on", "id"], "state <> 'completed' AND state <> 'withdrawn'"),
    ("ix_subject_requests_closed_at", "subject_requests", ["closed_at"], None),
    ("ix_audit_events_client_id", "audit_events", ["client_id", "id"], None),
    ("ix_audit_events_action", "audit_events", ["action", "id"], None),
)
_NAMES = (("ix_customers_name_begins", "name_search"), ("ix_customers_last_name", _LAST_NAME))


def upgrade() -> None:
    for name, table, columns, condition in _PLAIN:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    by_bytes = " text_pattern_ops" if op.get_bind().dialect.name == "postgresql" else ""
    for name, expression in _NAMES:
        op.execute(f"CREATE INDEX {name} ON customers (({expression}){by_bytes})")


def downgrade() -> None:
    for name, _ in reversed(_NAMES):
        op.drop_index(name, "customers")
    for name, table, _, _ in reversed(_PLAIN):
        op.drop_index(name, table)
