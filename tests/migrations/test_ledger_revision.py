"""Revision 0005: what a register of the former release holds already is noted for the ledger too."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, text

from app.customers.tables import restrictions, suppression_events
from app.db import Database, open_database
from app.ledger.repository import batch
from app.migrating import downgrade, upgrade
from app.subject_requests import repository_sweep_batches as batches
from app.subject_requests.repository_sweep_batches import Batch
from tests.databases import create_database, drop_database
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
SOMEBODY, BAN, RESTRICTION = UUID(int=7), UUID(int=8), UUID(int=9)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"noted_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(url)
    yield opened
    await opened.close()


def _fill(connection: Connection) -> None:
    ban = {"id": BAN, "address_hash": "a" * 64, "key_id": "k1", "purpose": "*", "channel": "email"}
    told = {"state": "suppressed", "origin": "marketing_ban", "since": STARTED, "recorded_at": STARTED}
    connection.execute(insert(suppression_events).values(**ban, **told, client_id=SOMEBODY))
    one = SOMEBODY.hex if connection.dialect.name == "sqlite" else str(SOMEBODY)
    sql = "INSERT INTO customers (id, version, created_at, updated_at) VALUES (:id, 1, :at, :at)"
    at = STARTED.replace(tzinfo=None) if connection.dialect.name == "sqlite" else STARTED
    connection.execute(text(sql), {"id": one if connection.dialect.name == "sqlite" else SOMEBODY, "at": at})
    row = {"id": RESTRICTION, "customer_id": SOMEBODY, "ground": "retention", "request_id": None}
    connection.execute(insert(restrictions).values(**row, began_at=STARTED))


def _sweep(connection: Connection) -> UUID:
    done = Batch(batches.batch_id(), STARTED, 1, 10)
    batches.record(connection, done, "accounting", STARTED.date(), 0)
    return done.id


async def test_what_was_there_before_is_in_the_ledger_too(db: Database) -> None:
    """Backups from before the upgrade need it; going back to the former release and on again notes it again.

    The revision of customership is passed too: batches of the sweep are noted, and the way back leaves the people.
    """
    await db.write(upgrade, "0004")
    await db.write(_fill)
    await _is_noted(db)
    await db.write(downgrade, "0004")
    await _is_noted(db)


async def _is_noted(db: Database) -> None:
    await db.write(upgrade)
    noted = await db.read(batch)
    assert {(entry["kind"], entry["row"]["id"]) for entry in noted.entries} == {
        ("suppression", str(BAN)),
        ("restriction", str(RESTRICTION)),
    }
    assert len(noted.noted) == 2
    done = await db.write(_sweep)
    noted = await db.read(batch)
    assert [entry["batch"] for entry in noted.entries if entry["kind"] == "swept"] == [str(done)]
    assert await db.read(lambda c: c.execute(text("SELECT count(*) FROM customers")).scalar_one()) == 1
