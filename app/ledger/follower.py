"""Follows the database with the ledger, and tells when the database does not follow the ledger.

What was noted is read from the outbox, appended to the file, and only then forgotten. After a crash in between, the
entries that the file holds already are still in the outbox, and are acknowledged without a second line. Any other entry
beyond what the database knows means that the database is older than its ledger: a backup has been restored.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog
from prometheus_client import Counter, Gauge

from app.deps import Services
from app.ledger import repository
from app.ledger.errors import LedgerUnfit
from app.ledger.facts import Facts
from app.ledger.file import BEGIN, Entry, LedgerFile, Place
from app.ledger.repository import BATCH, State

log = structlog.get_logger("seloste.ledger")

LAG = Gauge("seloste_ledger_lag_seconds", "Age of the oldest erasure, ban or withdrawal that the ledger does not hold")
FAILED = Counter("seloste_ledger_failures_total", "Times that the ledger could not be written or compared")

EVERY = 1.0
"""Seconds between two looks: what is acknowledged to a caller waits no longer for the ledger."""
EVERY_WHILE_CLOSED = 5.0
PATIENCE = 10.0
"""Seconds to wait for another process that is appending."""
REPLAY = "run seloste ledger replay"
ADOPT = "bring the right file back (SELOSTE_LEDGER), or begin a new one with seloste ledger adopt"
NOT_LOOKED = "the erasure ledger has not been looked at yet"


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """What a database has still to do again, and its state once that is done."""

    entries: list[Facts]
    state: State


class Ledger:
    """The ledger as one process sees it; `closed` says why the service must not be ready, and is None when it may be.

    A process that `keeps` the ledger appends to it and misses it when it has gone. The others trust the database's
    word where they see no file.
    """

    def __init__(self, served: Services, *, keeps: bool | None = None) -> None:
        self.file = LedgerFile(served.settings.ledger, served.keys)
        self.keeps = served.settings.background if keeps is None else keeps
        self.closed: str | None = None
        self._db = served.db
        self._one = asyncio.Lock()
        self._id: UUID | None = None
        self._at = BEGIN
        self._ahead: list[Entry] = []
        self._waits = False

    async def look(self) -> str | None:
        """Compare database and file; why the service must not be ready, or None."""
        try:
            async with self.held():
                await self._look()
        except OSError as error:
            self.closed = f"the erasure ledger {self.file.path} cannot be read: {error.strerror or error}"
        return self.closed

    async def drain(self) -> bool:
        """Append all that was noted; True when the ledger holds it, False when it cannot or must not be appended.

        A process that does not keep the ledger only looks.
        """
        if not self.keeps:
            return await self.look() is None
        more = True
        try:
            while more:
                async with self.held():
                    await self._look()
                    more = self.closed is None and (self._waits or bool(self._ahead)) and await self._append()
        except OSError as error:
            FAILED.inc()
            log.warning("the erasure ledger cannot be written", error=error.strerror or type(error).__name__)
            return False
        return self.closed is None

    async def unfollowed(self) -> Unfollowed:
        """What the ledger holds beyond the database, under `held`; all of it when the database followed another one.

        Raises `LedgerUnfit` when this file cannot tell.
        """
        state, _ = await self._db.read(repository.seen)
        reason = await asyncio.to_thread(self._compare, state)
        if reason is not None and not reason.endswith(REPLAY):
            raise LedgerUnfit(reason)
        if reason is not None:
            self._at, self._ahead = await asyncio.to_thread(self._whole)
        last = self._ahead[-1].place if self._ahead else self._at
        if last == BEGIN:
            return Unfollowed([], State())
        return Unfollowed([entry.facts for entry in self._ahead], State(self._id, last.n, last.mac))

    def _whole(self) -> tuple[Place, list[Entry]]:
        header, *entries = self.file.entries()
        return header.place, entries

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """The ledger to ourselves; raises `TimeoutError` when another process does not let go of it."""
        give_up_at = time.monotonic() + PATIENCE
        async with self._one:
            while True:
                if not self.keeps and not self.file.exists():
                    yield
                    return
                with self.file.locked() as ours:
                    if ours:
                        yield
                        return
                if time.monotonic() > give_up_at:
                    raise TimeoutError("another process holds the erasure ledger")
                await asyncio.sleep(0.02)

    async def _look(self) -> None:
        state, oldest = await self._db.read(repository.seen)
        self._waits = oldest is not None
        LAG.set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)
        try:
            found = await asyncio.to_thread(self._compare, state)
        except LedgerUnfit as error:
            self._at, found = BEGIN, f"{error}; {ADOPT}"
        self.closed = state.blocked or found or await self._behind()
        if self.closed and self.closed.endswith(REPLAY) and state.blocked is None:
            await self._db.write(repository.block, self.closed)  # for processes that do not see the file

    def _compare(self, state: State) -> str | None:
        """Read on from where we were; what is wrong between the two, if anything but entries ahead."""
        self._ahead = []
        if not self.file.exists():
            self._at = BEGIN
            known = state.entries or state.ledger_id
            return f"the erasure ledger {self.file.path} is missing: {ADOPT}" if known and self.keeps else None
        if self._at.n > state.entries or (self._id != state.ledger_id and state.ledger_id is not None):
            self._at = BEGIN
        at = self._at
        for entry in self.file.entries(at):
            if entry.place.n == 0:
                self._id = UUID(entry.facts["id"])
            if entry.place.n <= state.entries:
                at = entry.place
            else:
                self._ahead.append(entry)
        self._at = at
        return self._unlike(state)

    def _unlike(self, state: State) -> str | None:
        if state.ledger_id is None:
            return None
        if self._at.n < state.entries:
            gone = f"ends at entry {self._at.n}, the database has followed it to {state.entries}"
            return f"the erasure ledger {self.file.path} {gone}; {ADOPT}"
        if self._id != state.ledger_id:
            return f"SELOSTE_LEDGER is not the ledger that this database has followed; if it was begun later, {REPLAY}"
        if self._at.mac != state.mac:
            return f"the erasure ledger {self.file.path} holds other entries than this database has followed: {ADOPT}"
        return None

    async def _behind(self) -> str | None:
        """What is wrong if the entries ahead are more than a crash left behind."""
        ahead = [UUID(entry.facts["id"]) for entry in self._ahead[: BATCH + 1]]
        if not ahead or len(ahead) == await self._db.read(repository.waiting, ahead):
            return None
        entries = f"{len(self._ahead)} entries that this database has not followed"
        return f"the erasure ledger (SELOSTE_LEDGER) holds {entries}: {REPLAY}"

    async def _append(self) -> bool:
        """Acknowledge what a crash left behind, or append the next batch; False when nothing is left to do."""
        if self._ahead:
            noted = [UUID(entry.facts["id"]) for entry in self._ahead]
            await self._acknowledge(noted, self._ahead[-1].place)
            return True
        batch = await self._db.read(repository.batch)
        if not batch.noted:
            return False
        await self._acknowledge(batch.noted, await asyncio.to_thread(self._write, batch.entries))
        return True

    def _write(self, entries: Sequence[Facts]) -> Place:
        if not entries:
            return self._at
        if self._at == BEGIN:
            self._id = uuid4()
            self._at = self.file.begin(self._id, datetime.now(UTC).isoformat())
        return self.file.append(self._at, entries)

    async def _acknowledge(self, noted: Sequence[UUID], place: Place) -> None:
        await self._db.write(repository.acknowledge, noted, self._id, place)
        self._at, self._ahead = place, []


async def begin(ledger: Ledger) -> None:
    """Look before the first request is served; closed until that has succeeded."""
    ledger.closed = NOT_LOOKED
    try:
        await ledger.look()
    except Exception as error:  # noqa: BLE001 (`follow` tries again)
        log.warning("the erasure ledger could not be looked at", error=type(error).__name__)


async def follow(ledger: Ledger, stop: asyncio.Event) -> None:
    """Look, and append what was noted, every second until `stop`; a failure is logged and tried again."""
    while not stop.is_set():
        try:
            await (ledger.drain() if ledger.keeps else ledger.look())
        except Exception as error:  # noqa: BLE001 (it is tried again)
            FAILED.inc()
            log.warning("the erasure ledger could not be followed", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_WHILE_CLOSED if ledger.closed else EVERY)
