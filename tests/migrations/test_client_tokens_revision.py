"""Revision 0003 on a register in use: clients keep their tokens; going back wakes none that has run out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.db import Database, open_database
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"tokens_{abs(hash(str(tmp_path))) % 10**12}"
    yield create_database(server, name)
    drop_database(server, name)


def _clients(connection: Connection) -> dict[str, Any]:
    return {row.name: row for row in connection.execute(text("SELECT * FROM api_clients"))}


def _give_ends(connection: Connection) -> None:
    ends = "UPDATE api_clients SET expires_at = '2026-06-01 12:00:00.000000' WHERE name = 'public-pages'"
    connection.execute(text(ends))


async def test_clients_keep_their_tokens(url: str) -> None:
    """Up: nothing of a client changes and no end is made up. Down: one that had an end is withdrawn as of then."""
    db: Database = open_database(url)
    await db.write(upgrade, "0002")
    before = await db.read(_clients)
    await db.write(upgrade, "0003")
    after = await db.read(_clients)
    await db.write(_give_ends)
    await db.write(downgrade, "0002")
    back = await db.read(_clients)
    await db.close()

    known = before["background"]._fields
    assert {name: [getattr(row, field) for field in known] for name, row in after.items()} == {
        name: list(row) for name, row in before.items()
    }
    assert {(row.expires_at, row.former_until, row.last_used_at) for row in after.values()} == {(None, None, None)}
    assert "2026-06-01" in str(back["public-pages"].withdrawn_at)
    assert back["background"].withdrawn_at is None
    assert "expires_at" not in back["background"]._fields
