"""Revision 0026 on a register in use: what was stored stays, and what the API takes now fits."""

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError

from app.customers.tables import purchases
from app.db import Database
from app.migrating import downgrade, upgrade
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_migrations import before
from tests.migrations.test_one_unique_index_revision import _order, _people

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]
LONG = "verkkomaksu " * 16


def _pay(connection: Connection, method: str) -> None:
    connection.execute(update(purchases).values(payment_method=method))


def _paid(connection: Connection) -> str:
    return str(connection.scalar(select(purchases.c.payment_method)))


def _is_sound(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return True
    return bool(connection.scalar(text("PRAGMA integrity_check")) == "ok")


async def test_a_payment_method_may_be_long(db: Database) -> None:
    """PostgreSQL refuses it before, takes it after, and does not go back while there is one; SQLite is sound."""
    await db.write(upgrade, before("0026"))
    await db.write(_people)
    await db.write(_order, 1)
    await db.write(_pay, "kortti")
    if db.dialect == "postgresql":
        with pytest.raises(DBAPIError):
            await db.write(_pay, LONG)
    await db.write(upgrade, "0026")
    assert await db.read(_paid) == "kortti"
    await db.write(_pay, LONG)
    assert await db.read(_is_sound)
    if db.dialect == "postgresql":
        with pytest.raises(DBAPIError):
            await db.write(downgrade, before("0026"))
    await db.write(_pay, "kortti")
    await db.write(downgrade, before("0026"))
    assert await db.read(_paid) == "kortti"
    assert await db.read(_is_sound)
