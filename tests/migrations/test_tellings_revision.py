"""Revision 0022 on a register in use: people are there to be told, and going back forgets only whom one told."""

from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, text

from app.customers.tables import customers
from app.customers.tables_tellings import tellings
from app.db import Database
from app.migrating import downgrade, upgrade
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]
SOMEBODY = UUID(int=7)


def _person(connection: Connection) -> None:
    dates = {"version": 1, "created_at": STARTED, "updated_at": STARTED}
    columns = {"id": SOMEBODY, "audit_key": SOMEBODY, "name": "Aino Esimerkki", **dates}
    connection.execute(insert(customers).values(**columns))


def _tell(connection: Connection) -> None:
    row = {"id": UUID(int=1), "customer_id": SOMEBODY, "what": "purpose", "purpose": "newsletter", "notice_version": 1}
    row |= {"channel": "email", "told_at": STARTED, "client_id": UUID(int=2), "recorded_at": STARTED}
    connection.execute(insert(tellings).values(**row))


async def test_people_of_a_register_in_use_can_be_told(db: Database) -> None:
    """Up with a person, down with a telling, and up again."""
    await db.write(upgrade, before("0022"))
    await db.write(_person)
    await db.write(upgrade, "0022")
    await db.write(_tell)
    await db.write(downgrade, before("0022"))
    await db.write(upgrade, "0022")
    kept = await db.read(lambda c: c.execute(text("SELECT name FROM customers")).scalars().all())
    assert kept == ["Aino Esimerkki"]
    await db.write(_tell)
