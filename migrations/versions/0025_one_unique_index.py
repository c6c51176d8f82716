"""One unique index for an order and one for a booking, that of their own keys.

Each had a second one that led with the person. Two calls that bring the same order at one moment both find nothing and
both insert; PostgreSQL settles their conflict in the index that the statement names, and if they met in the other one
first, the later was answered 500. The index that leads with the person still finds theirs.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

_COLUMNS = {"purchases": ["customer_id", "system", "order_id"], "bookings": ["customer_id", "system", "booking_id"]}


def upgrade() -> None:
    _replace("uq", "ix", unique=False)


def downgrade() -> None:
    _replace("ix", "uq", unique=True)


def _replace(former: str, new: str, *, unique: bool) -> None:
    for table, columns in _COLUMNS.items():
        name = f"{table}_{'_'.join(columns)}"
        op.create_index(f"{new}_{name}", table, columns, unique=unique)
        op.drop_index(f"{former}_{name}", table)
