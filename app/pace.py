"""How fast background work may go: small transactions, and pauses while anybody is being served."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.db import Database

SHARE = 0.04
"""The part of the time that background work takes while others are being served."""
SHORT, LONG = 0.04, 0.3
"""Seconds that one batch should take, while others are being served and while nobody is: whoever comes then waits no
longer for SQLite's one writer, or to have a request received."""
FEWEST, FIRST, MOST = 20, 250, 10_000
LOOK = 0.02
"""Seconds between two looks, while others are being served, whether they still are."""
QUIET = 5
"""Looks in a row that must find nobody before the pause ends early: callers wait for each other, too."""


class Pace:
    """Sizes batches by how long they take, and rests between them for as long as others need the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._before = 0
        self.limit = FIRST
        self.seconds = 0.0
        self.crowded = False

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Around one batch, which is one call of the database."""
        self._before, began = self._db.calls, time.monotonic()
        yield
        self.seconds = time.monotonic() - began
        most = SHORT if self.crowded else LONG
        if self.seconds > most:
            self.limit = max(self.limit // 2, FEWEST)
        elif self.seconds < most / 3:
            self.limit = min(self.limit * 2, MOST)

    async def rest(self) -> None:
        """Pause in proportion to the batch, as long as somebody is being served; else go on at once."""
        until = time.monotonic() + self.seconds * (1 - SHARE) / SHARE
        self.crowded = self._db.calls > self._before + 1 or await self._served()
        quiet = 0 if self.crowded else QUIET
        while quiet < QUIET and (left := until - time.monotonic()) > 0:
            before = self._db.calls
            await asyncio.sleep(min(LOOK, left))
            quiet = 0 if self._db.calls > before or await self._served() else quiet + 1

    async def _served(self) -> bool:
        """Whether a call is under way or waits in this process, or another process is being served."""
        load = self._db.load()
        return bool(load.get("in_use") or load.get("writes_waiting")) or await self._db.others()
