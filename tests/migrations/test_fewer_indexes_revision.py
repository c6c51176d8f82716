"""Revision 0024 on a register in use: nothing is lost on the way up or back, and events are still unique."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from app.consents.tables import consent_events, consent_states
from app.customers.tables import customers
from app.db import Database
from app.migrating import downgrade, upgrade
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]
SOMEBODY = UUID(int=7)


def _consents(connection: Connection, event: int = 1) -> None:
    said: dict[str, Any] = {"customer_id": SOMEBODY, "purpose": "newsletter", "action": "given"}
    said |= {"occurred_at": STARTED, "recorded_at": STARTED}
    row = {"id": UUID(int=event), "client_id": SOMEBODY, "event_id": "e-1", "channels": ["email"], "evidence": {}}
    row |= {"collected_via": "web_form", "content_hash": "0" * 64, "register_version": 1, **said}
    connection.execute(insert(consent_events).values(**row))
    if event == 1:
        connection.execute(insert(consent_states).values(channel="email", event=UUID(int=1), **said))


def _person(connection: Connection) -> None:
    dates = {"version": 1, "created_at": STARTED, "updated_at": STARTED}
    connection.execute(insert(customers).values(id=SOMEBODY, audit_key=SOMEBODY, name="Aino Esimerkki", **dates))
    _consents(connection)


def _held(connection: Connection) -> list[Any]:
    tables = ("customers", "consent_events", "consent_states")
    return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]


async def test_a_register_in_use_keeps_its_rows(db: Database) -> None:
    """Up with a consent, down, and up again; a repeated event is refused at each."""
    await db.write(upgrade, before("0024"))
    await db.write(_person)
    held = await db.read(_held)
    for step, to in ((upgrade, "0024"), (downgrade, before("0024")), (upgrade, "0024")):
        await db.write(step, to)
        assert await db.read(_held) == held
        with pytest.raises(IntegrityError):
            await db.write(_consents, 2)
