"""Revision 0015 on a register in use: people keep their rows; down takes the new tables with what stands in them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, select, text

from app.customers.tables import customers
from app.customers.tables_audiences import audience_members
from app.db import open_database
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
SOMEBODY = UUID(int=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"mailchimp_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


def _somebody(connection: Connection) -> None:
    dates = {"version": 1, "created_at": STARTED, "updated_at": STARTED}
    connection.execute(insert(customers).values(id=SOMEBODY, audit_key=SOMEBODY, name="Aino Esimerkki", **dates))


def _member(connection: Connection) -> None:
    row = {"customer_id": SOMEBODY, "recipient": "mailchimp", "audience": "a", "email_hash": "0" * 64}
    connection.execute(insert(audience_members).values(**row, state="sent", changed_at=STARTED))


async def test_people_survive_both_ways(url: str) -> None:
    """Up on rows there already, down with a member in an audience, and up again to none."""
    db = open_database(url)
    await db.write(upgrade, before("0015"))
    await db.write(_somebody)
    await db.write(upgrade)
    await db.write(_member)
    await db.write(downgrade, before("0015"))
    people = await db.read(lambda connection: connection.execute(text("SELECT count(*) FROM customers")).scalar_one())
    await db.write(upgrade)
    members = await db.read(lambda connection: connection.execute(select(audience_members)).all())
    await db.close()

    assert (people, list(members)) == (1, [])
