"""Run a reading: a page at a time is fetched, then taken in one transaction that also moves the mark.

    claim the lease → fetch (no transaction is open) → take the page and move on → … → give the lease back

What stops a reading leaves the mark where it was, and the next one goes on there: nothing is skipped.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.connectors.listing import Refusal
from app.connectors.outside import Unreachable
from app.db import new_id
from app.deps import Services
from app.imports.batch import Batch
from app.imports.schemas import Settled, Summary
from app.policy.vocabulary import Nature
from app.polling import repository
from app.polling.errors import PollLost, PollRunning
from app.polling.marks import ListUnsound, Mark
from app.register.builtin import BACKGROUND
from app.register.operation import Operation
from app.register.versions import Registers

LEASE = timedelta(minutes=10)
"""A page may be slow to come; a process that says nothing for so long is taken for dead."""
AT_ONCE = 100
"""Hints taken in one reading."""

UNREADABLE = frozenset({"http_400", "http_410", "http_422"})
"""Refusals that are about one object."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: its records, the mark behind it, and whether the list ends here."""

    records: Sequence[Record]
    behind: Mark
    is_last: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """One list of a recipient. `take` says in the order of the records what became of each, and never what it says.

    `every`: a list that cannot be asked for changes is read whole no more often than that.
    """

    recipient: str
    name: str
    system: str
    fetch: Callable[[Mark], Awaitable[Fetched]]
    read: Callable[[str], Awaitable[Record | None]]
    take: Callable[[Connection, Batch, Sequence[Record]], list[Settled]]
    overlap: timedelta = timedelta()
    every: timedelta = timedelta()


@dataclass(slots=True)
class Reading:
    """How one reading went: counts, the code of what stopped it, and what was skipped or refused, by id and reason."""

    stream: str
    summary: Summary = field(default_factory=Summary)
    failure: str | None = None
    left_out: list[tuple[str, Settled]] = field(default_factory=list)


MOST_LEFT_OUT = 50


async def read(served: Services, registers: Registers, stream: Stream) -> Reading:
    """Read what was hinted at and what has changed; raises `PollRunning`, and `PollLost` when another went on."""
    running = _Running(served, registers, stream)
    await running.claim()
    try:
        await running.heed_hints()
        await running.read_list()
    except Unreachable as unreachable:
        running.reading.failure = unreachable.outcome.code
    except Refusal as refusal:
        running.reading.failure = refusal.code
    except ListUnsound as unsound:
        running.reading.failure = str(unsound)
    except BaseException:
        await running.release()
        raise
    await running.release()
    return running.reading


class _Running:
    def __init__(self, served: Services, registers: Registers, stream: Stream) -> None:
        self._served, self._registers, self._stream = served, registers, stream
        self._holder = new_id()
        self._row: Row[Any]
        self._is_whole = False
        self.reading = Reading(stream.name)

    async def claim(self) -> None:
        now = self._served.clock()
        asked = (self._stream.recipient, self._stream.name, self._holder, now, now + LEASE)
        row = await self._served.db.write(repository.claim, *asked)
        if row is None:
            raise PollRunning
        self._row = row

    async def heed_hints(self) -> None:
        """Read every object that was hinted at; one that is gone asks for nothing."""
        stream = self._stream
        hints = await self._served.db.read(repository.hints, stream.recipient, stream.name, AT_ONCE)
        records = [await self._read(hint.external_id) for hint in hints]
        if hints:
            await self._settle([one for one in records if one is not None], {}, hints)

    async def _read(self, external_id: str) -> Record | None:
        """The object; None when there is none, or the recipient will never understand the id."""
        try:
            return await self._stream.read(external_id)
        except Refusal as refusal:
            if refusal.code in UNREADABLE:
                return None
            raise

    async def read_list(self) -> None:
        row, now = self._row, self._served.clock()
        if row.is_through and row.finished_at is not None and now - row.finished_at < self._stream.every:
            return
        mark = Mark(row.since, row.page if row.since is None else 1, row.listed)
        mark = mark.overlapping(self._stream.overlap) if row.is_through else mark
        is_last = False
        while not is_last:
            fetched = await self._stream.fetch(mark)
            mark, is_last = fetched.behind, fetched.is_last
            values = {"since": mark.since, "page": mark.page, "listed": mark.listed, "is_through": is_last}
            await self._settle(fetched.records, values)
        self._is_whole = True

    async def _settle(
        self, records: Sequence[Record], values: Mapping[str, Any], hints: Sequence[Row[Any]] = ()
    ) -> None:
        """Take records in one transaction, and move the reading on in the same."""
        op = await self._operation()

        def whole(connection: Connection, _op: Operation) -> list[Settled]:
            op.people.clear()
            settled = self._stream.take(connection, op, records)
            repository.heeded(connection, hints)
            self._advance(connection, values)
            taken = sum(one.outcome == "taken" for one in settled)
            details = {"kind": self._stream.name, "records": len(settled), "taken": taken}
            Operation.audit(op, connection, "poll", "poll", self._row.id, details=details, subjects=op.people)
            return settled

        if records:
            self._count(records, await op.write(whole))
        else:
            await self._served.db.write(self._move_on, values, hints)

    def _move_on(self, connection: Connection, values: Mapping[str, Any], hints: Sequence[Row[Any]]) -> None:
        repository.heeded(connection, hints)
        self._advance(connection, values)

    def _advance(self, connection: Connection, values: Mapping[str, Any]) -> None:
        now = self._served.clock()
        if not repository.advance(
            connection, self._row.id, self._holder, {**values, "changed_at": now, "lease_until": now + LEASE}
        ):
            raise PollLost

    def _count(self, records: Sequence[Record], settled: Sequence[Settled]) -> None:
        for record, one in zip(records, settled, strict=True):
            self.reading.summary.add(one)
            if one.outcome in {"skipped", "refused"} and len(self.reading.left_out) < MOST_LEFT_OUT:
                self.reading.left_out.append((str(record.get("id", ""))[:40], one))

    async def _operation(self) -> Batch:
        """An operation of the service itself that owns the system's references, for a service purpose."""
        register = await self._registers.current()
        purposes = register.definition.purposes
        purpose = next((p for p in purposes if p.nature == Nature.SERVICE), purposes[0])
        actor = replace(BACKGROUND, systems=frozenset({self._stream.system}))
        return Batch(
            self._served.db, self._served.keys, self._registers, actor, register, purpose, self._served.clock()
        )

    async def release(self) -> None:
        """Give the lease back; the mark stays."""
        now, reading = self._served.clock(), self.reading
        values: dict[str, Any] = {
            "lease_until": None, "lease_holder": None, "changed_at": now, "failure": reading.failure,
            "counts": reading.summary.counts,
        }  # fmt: skip
        if self._is_whole:
            values["finished_at"] = now
        poll_id: UUID = self._row.id
        await self._served.db.write(repository.advance, poll_id, self._holder, values)
