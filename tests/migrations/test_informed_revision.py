"""Revision 0023 on a register in use: consents get the notice that was in force, letters without one say so."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from app.consents.tables import consent_events, consent_states
from app.customers.tables import customers
from app.db import Database
from app.letters.tables import letters
from app.migrating import downgrade, upgrade
from app.register.tables import notice_versions
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_letters_revision import _request
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]
SOMEBODY, NEWER = UUID(int=7), timedelta(days=2)
GIVEN = {"before": -1, "first": 1, "second": 3, "withdrawn": 3}
"""Days after the first version on which each happened; the second came two days after the first."""


def _fill(connection: Connection) -> None:
    dates = {"version": 1, "created_at": STARTED, "updated_at": STARTED}
    connection.execute(insert(customers).values(id=SOMEBODY, audit_key=SOMEBODY, **dates))
    for number, at in ((1, STARTED), (2, STARTED + NEWER)):
        row = {"version": number, "digest": str(number), "content": {}, "languages": ["fi"], "register_version": 1}
        connection.execute(insert(notice_versions).values(**row, published_at=at))
    for number, (name, days) in enumerate(GIVEN.items(), start=1):
        at = STARTED + timedelta(days=days)
        event = {"customer_id": SOMEBODY, "purpose": name, "action": "withdrawn" if name == "withdrawn" else "given"}
        event |= {"occurred_at": at, "recorded_at": STARTED + timedelta(days=9)}
        proof = {"client_id": SOMEBODY, "event_id": name, "channels": ["none"], "collected_via": "web_form"}
        proof |= {"evidence": {}, "content_hash": "", "register_version": 1}
        connection.execute(insert(consent_events).values(id=UUID(int=number), **event, **proof))
        connection.execute(insert(consent_states).values(channel="none", event=UUID(int=number), **event))
    _request(connection)
    for number, days in ((1, -1), (2, 1)):
        row = {"id": UUID(int=number), "number": f"K-2026-00000{number}", "kind": "acknowledgement", "content": {}}
        row |= {"case_number": "2026-00001", "language": "fi", "issued_at": STARTED + timedelta(days=days)}
        pinned = {"template_version": 1, "register_version": 4, "notice_version": 4 if days < 0 else 1}
        connection.execute(insert(letters).values(**row, **pinned, issued_by=SOMEBODY))


def _change(connection: Connection, table: str) -> None:
    connection.execute(text(f"UPDATE {table} SET notice_version = 2"))


async def _pinned(db: Database, sql: str) -> list[int | None]:
    return await db.read(lambda c: list(c.execute(text(sql)).scalars()))


async def test_what_was_there_pins_what_was_in_force(db: Database) -> None:
    """Up, down and up again; the database still refuses to change an event or a letter."""
    await db.write(upgrade, before("0023"))
    await db.write(_fill)
    for _ in range(2):
        await db.write(upgrade, "0023")
        assert await _pinned(db, "SELECT notice_version FROM consent_events ORDER BY id") == [None, 1, 2, None]
        assert await _pinned(db, "SELECT notice_version FROM consent_states ORDER BY event") == [None, 1, 2, None]
        assert await _pinned(db, "SELECT notice_version FROM letters ORDER BY id") == [0, 1]
        for table in ("consent_events", "letters"):
            with pytest.raises(DBAPIError):
                await db.write(_change, table)
        await db.write(downgrade, before("0023"))
        assert await _pinned(db, "SELECT notice_version FROM letters ORDER BY id") == [4, 1]
