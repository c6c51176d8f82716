"""Loading a backup into an empty database; not ready until the erasure ledger has been replayed on it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, delete, insert, inspect

from app.archive.manifest import Manifest, TableIn
from app.archive.reading import Rows, rows
from app.archive.writing import AT_ONCE
from app.db import Database, metadata
from app.deps import utc_now
from app.ledger import repository
from app.ledger.follower import REPLAY
from app.ledger.tables import ledger_outbox, ledger_state
from app.migrating import upgrade
from app.subject_requests import replies

UNFINISHED = "a restore has not finished: begin again with an empty database"
OF_THE_LEDGER = {ledger_state.name, ledger_outbox.name}


def is_empty(connection: Connection) -> bool:
    """Whether the database holds no table at all."""
    return not inspect(connection).get_table_names()


async def load(db: Database, place: Path, manifest: Manifest, told: Callable[[TableIn], None]) -> None:
    """Migrate an empty database to the backup's revision, load every table, and migrate on to this release's."""
    await db.write(upgrade, manifest.revision)
    await db.write(_clear)
    by_name = {table.name: table for table in manifest.tables}
    for table in metadata.sorted_tables:
        if table.name in by_name and table.name not in OF_THE_LEDGER:
            told(by_name[table.name])
            parts = rows(place, by_name[table.name], AT_ONCE)
            while part := await asyncio.to_thread(next, parts, None):
                await db.copy_in({table: part})
    await db.write(_finish, manifest, {name: _all(place, by_name[name]) for name in OF_THE_LEDGER})
    await db.write(upgrade)
    await db.write(replies.end_all, "restored", utc_now())


def _all(place: Path, table: TableIn) -> Rows:
    return [row for part in rows(place, table, AT_ONCE) for row in part]


def _clear(connection: Connection) -> None:
    """Take out what migrations put in, since the backup holds that too."""
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    repository.block(connection, UNFINISHED)


def _finish(connection: Connection, manifest: Manifest, of_the_ledger: dict[str, Rows]) -> None:
    """How far the backup had followed its ledger; what the triggers noted of the loading is nothing new."""
    for table in (ledger_outbox, ledger_state):
        connection.execute(delete(table))
        if found := of_the_ledger[table.name]:
            connection.execute(insert(table), found)
    repository.block(connection, f"restored from a backup of {manifest.made_at[:19]}: {REPLAY}")
