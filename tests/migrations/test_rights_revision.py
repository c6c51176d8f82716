"""Revision 0009 on a register in use: restrictions stand as they did, objections are noted for the erasure ledger."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, text

from app.customers.tables import customers, restrictions
from app.customers.tables_rights import objections
from app.db import open_database
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
SOMEBODY, CASE, RESTRICTION, OBJECTION = (UUID(int=n) for n in (7, 8, 9, 10))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"rights_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


def _fill(connection: Connection) -> None:
    shell = {"id": SOMEBODY, "version": 1, "created_at": STARTED, "updated_at": STARTED}
    connection.execute(insert(customers).values(**shell))
    row = {"id": RESTRICTION, "customer_id": SOMEBODY, "ground": "18(1)(c)", "request_id": CASE}
    connection.execute(insert(restrictions).values(**row, began_at=STARTED))


def _object(connection: Connection) -> None:
    row = {"id": OBJECTION, "customer_id": SOMEBODY, "request_id": CASE, "purpose": "planning", "state": "pending"}
    connection.execute(insert(objections).values(**row, since=STARTED, recorded_at=STARTED))


def _noted(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(text("SELECT kind, row_id FROM ledger_outbox"))
    return {(row.kind, str(UUID(str(row.row_id)))) for row in rows}


def _standing(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text("SELECT ground, lifted_at FROM restrictions"))]


async def test_restrictions_stand_and_objections_are_noted(url: str) -> None:
    """Up with a restriction in force, an objection received; down again the restriction stands; and up once more."""
    db = open_database(url)
    await db.write(upgrade, before("0009"))
    await db.write(_fill)
    await db.write(upgrade, "0009")
    kept = await db.read(lambda c: c.execute(text("SELECT told_on, lift_reason FROM restrictions")).one())
    await db.write(_object)
    noted = await db.read(_noted)
    await db.write(downgrade, before("0009"))
    back, left = await db.read(_standing), await db.read(_noted)
    await db.write(upgrade, "0009")
    again = await db.read(lambda c: c.execute(text("SELECT count(*) FROM objections")).scalar_one())
    await db.close()

    assert tuple(kept) == (None, None)
    assert noted == {("restriction", str(RESTRICTION)), ("objection", str(OBJECTION))}
    assert (back, left) == ([("18(1)(c)", None)], {("restriction", str(RESTRICTION))})
    assert again == 0
