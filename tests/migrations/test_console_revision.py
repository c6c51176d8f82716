"""Revision 0021 on a register in use: going back signs everybody out, and touches no client."""

import pytest
from sqlalchemy import Connection, text

from app.auth.tables import api_clients
from app.console import repository
from app.console.tables import console_sessions
from app.db import Database, new_id
from app.migrating import downgrade, upgrade
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]


def _sign_in(connection: Connection) -> None:
    client_id = connection.execute(api_clients.select().limit(1)).one().id
    row = {"id": new_id(), "client_id": client_id, "cookie_hash": "cookie", "acting_token": "hash", "language": "fi"}
    repository.add_session(connection, row | dict.fromkeys(("began_at", "used_at", "expires_at"), STARTED))


def _clients(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM api_clients ORDER BY name")).scalars())


async def test_going_back_signs_everybody_out(db: Database) -> None:
    """Up with clients, down with a session, up again without."""
    await db.write(upgrade, before("0021"))
    known = await db.read(_clients)
    await db.write(upgrade)
    await db.write(_sign_in)
    await db.write(downgrade, before("0021"))
    assert await db.read(_clients) == known
    await db.write(upgrade)
    assert await db.read(lambda c: c.execute(console_sessions.select()).all()) == []
