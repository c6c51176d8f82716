"""The definition in force, parsed once per version and process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.db import Database
from app.register import repository
from app.register.definition import Definition
from app.register.errors import RegisterMissing, VersionNotFound
from app.register.loading import digest, load


@dataclass(frozen=True, slots=True)
class Register:
    """A version of the definition."""

    version: int
    digest: str
    definition: Definition


OnApply = Callable[[Connection, Definition, datetime], object]
"""What else a new definition brings into the database, in the same transaction; made for `seed`."""


class Registers:
    """Knows which version is newest, re-asking after a few seconds or when a statement says it is not."""

    def __init__(self, db: Database, cache_seconds: float, on_apply: Sequence[OnApply] = ()) -> None:
        self._db = db
        self._on_apply = on_apply
        self._seconds = cache_seconds
        self._parsed: dict[int, Register] = {}
        self._current: Register | None = None
        self._fresh_until = 0.0

    async def current(self) -> Register:
        """The newest version, at most a few seconds old; raises `RegisterMissing`."""
        if self._current is None or time.monotonic() >= self._fresh_until:
            await self.refresh()
        assert self._current is not None  # noqa: S101 (refresh sets it or raises)
        return self._current

    async def refresh(self) -> Register:
        """Ask the database which version is newest."""
        number = await self._db.read(repository.newest_version)
        if number is None:
            raise RegisterMissing
        self._current = await self.version(number)
        self._fresh_until = time.monotonic() + self._seconds
        return self._current

    async def version(self, number: int) -> Register:
        """One version, parsed; raises `VersionNotFound`."""
        if number not in self._parsed:
            row = await self._db.read(repository.version, number)
            if row is None:
                raise VersionNotFound
            self._parsed[number] = Register(row.version, row.digest, load(row.document))
        return self._parsed[number]

    def apply(self, connection: Connection, document: str, at: datetime, by: UUID | None) -> tuple[int, bool]:
        """Make `document` the newest version; the version number, and False when it was that already.

        Raises `DefinitionInvalid` with the place of each error.
        """
        definition = load(document)
        mark = digest(definition)
        newest = repository.newest_version(connection)
        if newest is not None:
            stored = repository.version(connection, newest)
            if stored is not None and stored.digest == mark:
                return newest, False
        number = (newest or 0) + 1
        repository.add_version(connection, number, mark, document, at, by)
        for bring in self._on_apply:
            bring(connection, definition, at)
        return number, True
