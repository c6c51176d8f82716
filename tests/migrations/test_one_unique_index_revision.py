"""Revision 0025 on a register in use: an order and a booking stay unique at each step, whoever's they are."""

from uuid import UUID

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from app.customers.tables import bookings, customers, purchases
from app.db import Database
from app.migrating import downgrade, upgrade
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]
DATES = {"version": 1, "created_at": STARTED, "updated_at": STARTED}


def _people(connection: Connection) -> None:
    for n in (1, 2):
        connection.execute(insert(customers).values(id=UUID(int=n), audit_key=UUID(int=n), name="Aino", **DATES))


def _order(connection: Connection, n: int) -> None:
    said = {"order_id": "A-1", "purchased_on": STARTED.date(), "booked_on": STARTED.date(), "currency": "EUR"}
    row = {"id": UUID(int=n), "customer_id": UUID(int=n), "system": "webshop", "total_minor": 100, "lines": []}
    connection.execute(insert(purchases).values(**row, **said, **DATES))


def _booking(connection: Connection, n: int) -> None:
    said = {"booking_id": "R-1", "starts_at": STARTED, "ends_at": STARTED, "service": "Kurssi", "state": "booked"}
    row = {"id": UUID(int=n), "customer_id": UUID(int=n), "system": "booking"}
    connection.execute(insert(bookings).values(**row, **said, **DATES))


async def test_an_order_and_a_booking_stay_unique(db: Database) -> None:
    """Up with one of each, down, and up again."""
    await db.write(upgrade, before("0025"))
    await db.write(_people)
    for add in (_order, _booking):
        await db.write(add, 1)
    for step, to in ((upgrade, "0025"), (downgrade, before("0025")), (upgrade, "0025")):
        await db.write(step, to)
        for add in (_order, _booking):
            with pytest.raises(IntegrityError):
                await db.write(add, 2)
