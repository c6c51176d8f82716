"""The step: clear the files of either database, then settle the traces that were there when it began."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Gauge

from app.db import Database
from app.deps import Services
from app.upkeep import postgres_files, repository, sqlite_files
from app.upkeep.errors import Blocked

log = structlog.get_logger("seloste.upkeep")

CHECKPOINT_TRIES = 120
CHECKPOINT_PAUSE = 0.5
"""Seconds between two attempts to cut the log; writers go on meanwhile."""

CLEARED = Counter("seloste_upkeep_cleared_total", "Erasures whose bytes the maintenance step has cleared")
FAILED = Counter("seloste_upkeep_failures_total", "Maintenance steps that could not clear the files")
LAST = Gauge("seloste_upkeep_last_success_timestamp_seconds", "When this process last cleared the files")
SECONDS = Gauge("seloste_upkeep_last_seconds", "How long the last maintenance step of this process took")
LOCKED = Gauge("seloste_upkeep_last_lock_seconds", "For how long it kept others out at most")


@dataclass(frozen=True, slots=True)
class Cleared:
    """What one step did."""

    erasures: int
    tables: int
    seconds: float
    longest_lock: float


async def clear_files(served: Services) -> Cleared | None:
    """Run the step now; None when no erasure waits for it. Raises `Blocked`, and what the database raises."""
    found = await served.db.read(repository.pending)
    if found is None:
        return None
    began = time.monotonic()
    try:
        locked = await _clear(served.db, found.tables)
    except BaseException:
        FAILED.inc()
        raise
    now = served.clock()
    await served.db.write(repository.settle, found.ids, now)
    cleared = Cleared(len(found.ids), len(found.tables), time.monotonic() - began, locked)
    CLEARED.inc(cleared.erasures)
    LAST.set(now.timestamp())
    SECONDS.set(cleared.seconds)
    LOCKED.set(cleared.longest_lock)
    log.info("cleared the bytes of erasures", erasures=cleared.erasures, seconds=round(cleared.seconds, 3))
    return cleared


async def _clear(db: Database, tables: tuple[str, ...]) -> float:
    if db.dialect == "postgresql":
        return await db.apart(postgres_files.clear, tables)
    began = time.monotonic()
    await db.apart(sqlite_files.rebuild)
    locked = time.monotonic() - began
    if not await cut_log(db, CHECKPOINT_TRIES):
        raise Blocked("a reader kept the write-ahead log from being cut")
    return locked


async def cut_log(db: Database, tries: int = 3) -> bool:
    """Cut SQLite's write-ahead log to nothing, in which what was erased stands most plainly; cheap after each erasure.

    False when readers kept it busy all the time. PostgreSQL has nothing to cut: True.
    """
    if db.dialect != "sqlite":
        return True
    for n in range(tries):
        if n:
            await asyncio.sleep(CHECKPOINT_PAUSE)
        if await db.apart(sqlite_files.truncate_log):
            return True
    return False
