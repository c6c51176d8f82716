"""The database itself refuses changes to audit rows, whoever asks."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tests.customers.people import audited, item
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

CHANGES = [
    "UPDATE audit_events SET outcome = 'refused'",
    "UPDATE audit_events SET details = NULL WHERE 1 = 1",
    "DELETE FROM audit_events",
    "UPDATE audit_subjects SET event_id = event_id",
    "DELETE FROM audit_subjects",
]
REPLACE = "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events"
TRUNCATE = "TRUNCATE audit_events, audit_subjects"


async def test_rows_are_neither_changed_nor_deleted(call: Caller, world: World) -> None:
    """UPDATE, DELETE, and what slips past them on either engine, fail in the database; the rows stay as they were."""
    await call("webshop", "POST", "/v1/customers/batch", {"items": [item("c-1"), item("c-2")]}, expect=200)
    before = await audited(world)
    for statement in [*CHANGES, REPLACE if world.dialect == "sqlite" else TRUNCATE]:

        def attempt(connection: Connection, sql: str = statement) -> None:
            connection.execute(text(sql))

        with pytest.raises(DBAPIError, match="may not be changed"):
            await world.db.write(attempt)
    assert await audited(world) == before
    assert len(await world.rows("SELECT 1 FROM audit_subjects")) == 2
