"""The revision of customership: people of the former release can be proposed, and batches of the sweep are noted."""

from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.db import Database
from app.ledger.repository import batch
from app.migrating import downgrade, upgrade
from app.subject_requests import repository_sweep_batches as batches
from app.subject_requests.repository_sweep_batches import Batch
from tests.migrations.test_ledger_revision import _fill, db, url
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]
BEFORE = "0006"


def _sweep(connection: Connection) -> UUID:
    done = Batch(batches.batch_id(), STARTED, 1, 10)
    batches.record(connection, done, "accounting", STARTED.date(), 0)
    return done.id


async def test_a_batch_is_noted_and_the_way_back_leaves_people_as_they_were(db: Database) -> None:
    """Up, a batch of the sweep, down and up again."""
    await db.write(upgrade, BEFORE)
    await db.write(_fill)
    for _ in range(2):
        await db.write(upgrade)
        done = await db.write(_sweep)
        noted = await db.read(batch)
        assert [entry["batch"] for entry in noted.entries if entry["kind"] == "swept"] == [str(done)]
        assert await db.read(lambda c: c.execute(text("SELECT count(*) FROM customers")).scalar_one()) == 1
        await db.write(downgrade, BEFORE)
