"""Verification of the trail in a database: batches are read ahead while others are hashed."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.audit import repository_seals as repository
from app.audit.canonical import id_of, lines, lines_between
from app.audit.repository_seals import LOWEST
from app.audit.seals import Seal, marks_of
from app.audit.tables import audit_events
from app.audit.verifying import Verifier
from app.db import Database

AHEAD = 3
PAGE = 500


class Batch(NamedTuple):
    """A seal, its rows as they are now, the list of its members, and rows of its range that it does not hold."""

    seal: Seal
    rows: list[bytes]
    members: bytes
    others: list[UUID]


async def verify_database(db: Database, verifier: Verifier) -> None:
    """Give a verifier the whole trail."""
    reading: deque[tuple[Seal, asyncio.Task[Batch]]] = deque()
    reach = LOWEST
    try:
        newest = await db.read(repository.last_seal)
        verifier.live, verifier.expired = True, newest.expired_through if newest else 0
        async for seal in seals(db, newest.number if newest else 0):
            verifier.seal(seal)
            if seal.number >= verifier.expired:
                reading.append((seal, asyncio.create_task(db.read(read_batch, seal, reach, verifier.expired))))
            reach = max(reach, seal.up_to)
            if len(reading) > AHEAD:
                await _checked(verifier, *reading.popleft())
    except (TypeError, ValueError):
        verifier.unreadable(verifier.last.number + 1 if verifier.last else 1, "the seals cannot be read from here on")
    while reading:
        await _checked(verifier, *reading.popleft())
    verifier.end()
    verifier.waiting += await db.read(repository.count_above, reach)


async def _checked(verifier: Verifier, seal: Seal, reading: asyncio.Task[Batch]) -> None:
    """Check one batch once it has been read."""
    try:
        batch = await reading
    except (DBAPIError, ValueError) as error:
        verifier.unreadable(seal.number, f"the batch cannot be read ({type(error).__name__})")
        return
    verifier.unknown.update(dict.fromkeys(batch.others, seal))
    if seal.number > verifier.expired:
        verifier.batch(seal, batch.rows, batch.members)


async def seals(db: Database, up_to: int) -> AsyncIterator[Seal]:
    """The chain from its beginning."""
    number = 0
    while number < up_to:
        page = await db.read(repository.seals_after, number, min(PAGE, up_to - number))
        for seal in page:
            yield seal
        if not page:
            return
        number = page[-1].number


def read_batch(connection: Connection, seal: Seal, reach: UUID, expired: int) -> Batch:
    """The rows of a batch: those behind the reach of the one before that it holds, and its late ones."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size=-2000")  # what is read once need not be kept
    members = repository.members(connection, seal.number)
    if seal.number <= expired:
        return Batch(seal, [], members, sorted(repository.ids_between(connection, LOWEST, seal.up_to)))
    rows = lines_between(connection, reach, seal.up_to)
    if len(rows) == seal.row_count and not seal.late_count:
        return Batch(seal, rows, members, [])
    own = marks_of(members)
    late = [one for one in own if one <= reach]
    others = [one for row in rows if (one := id_of(row)) and one not in own]
    rows = [row for row in rows if id_of(row) not in set(others)]
    return Batch(seal, (lines(connection, audit_events.c.id.in_(late)) if late else []) + rows, members, others)
