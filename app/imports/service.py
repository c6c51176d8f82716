"""Run an import: records in batches, one transaction each, under a lease, from where an earlier run stopped.

    prepare      survey the file, check the options against the definition; nothing is changed yet
    run          claim the lease, skip what is settled, take batch after batch, report each after its commit

Safe to run twice: events and references follow from what the rows say, so that the same row is `known`.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from app.consents.errors import WordingUnknown
from app.consents.repository import wordings_named
from app.db import new_id
from app.deps import Services
from app.imports import repository
from app.imports.batch import Batch, batch
from app.imports.errors import ImportRunning, LeaseLost, OptionInvalid
from app.imports.files import survey
from app.imports.mailchimp import Audience
from app.imports.order_files import Orders
from app.imports.orders import grouped, order_of
from app.imports.schemas import AudiencePlan, OrdersPlan, Plan, Settled, Summary
from app.imports.take_audience import CHANNEL, AudienceBatch
from app.imports.take_orders import OrdersBatch
from app.policy.vocabulary import Nature
from app.register.definition import Definition
from app.register.operation import Operation
from app.register.versions import Registers

BATCH = 1000
"""Records in one transaction, as many as callers may send at once; their writes wait for a tenth of a second."""
LEASE = timedelta(seconds=30)
"""How long a process that says nothing any more keeps others from going on."""

Record = Any
Take = Callable[[Connection, Batch, Sequence[Record], datetime], list[Settled]]


@dataclass(frozen=True, slots=True)
class Job:
    """An import that can be run: its records in their fixed order, and what takes a batch of them."""

    kind: str
    system: str
    sha256: str
    fingerprint: str
    purpose: str
    lines: int
    records: Callable[[], Iterator[Record | Settled]]
    take: Take


async def prepare_audience(served: Services, registers: Registers, file: Path, plan: AudiencePlan) -> Job:
    """A Mailchimp audience export; raises `OptionInvalid`, `WordingUnknown`, `NotAnExport`, `ColumnMissing`."""
    definition = (await registers.current()).definition
    _check(definition, plan, plan.language)
    purpose = definition.purpose(plan.purpose)
    if purpose is None or not (purpose.needs_consent and purpose.is_marketing and CHANNEL in purpose.channels):
        raise OptionInvalid("--purpose must be one of the definition's that asks consent for e-mail")
    wording = (plan.wording.id, plan.wording.version, plan.wording.language or definition.default_language)
    if (await served.db.read(wordings_named, {wording})).get(wording) != plan.purpose:
        raise WordingUnknown
    export = survey(file, plan.encoding)
    audience = Audience(export, plan, served.clock(), holds_name="name" in definition.contact_fields)

    def take(connection: Connection, op: Batch, records: Sequence[Record], began_at: datetime) -> list[Settled]:
        return AudienceBatch(connection, op, plan, began_at).take(records)

    mark = _fingerprint("mailchimp", plan, export.sha256)
    return Job("mailchimp", plan.system, export.sha256, mark, plan.purpose, export.lines, audience.records, take)


async def prepare_orders(registers: Registers, file: Path, plan: OrdersPlan) -> Job:
    """A webshop's order export; raises `OptionInvalid`, `NotAnExport`, `ColumnMissing`."""
    definition = (await registers.current()).definition
    _check(definition, plan, plan.language)
    if (plan.record == "elsewhere") != (plan.holder is not None):
        raise OptionInvalid("--holder names who keeps vouchers recorded elsewhere, and only those")
    purpose = next((p for p in definition.purposes if p.nature == Nature.SERVICE), definition.purposes[0])
    export = survey(file, plan.encoding)
    orders, zone = Orders(export, plan), plan.zone

    def records() -> Iterator[Record | Settled]:
        for lines in grouped(orders.lines()):
            yield lines if isinstance(lines, Settled) else order_of(lines, plan, zone)

    def take(connection: Connection, op: Batch, found: Sequence[Record], _began_at: datetime) -> list[Settled]:
        return OrdersBatch(connection, op, plan).take(found)

    mark = _fingerprint("orders", plan, export.sha256)
    return Job("orders", plan.system, export.sha256, mark, purpose.code, export.lines, records, take)


def _check(definition: Definition, plan: Plan, language: str) -> None:
    if plan.source not in {source.code for source in definition.sources}:
        raise OptionInvalid("--source is not a source of the register definition (F62)")
    if language not in definition.languages:
        raise OptionInvalid(f"--language must be one of {', '.join(definition.languages)}")


def _fingerprint(kind: str, plan: Plan, sha256: str) -> str:
    return hashlib.sha256(f"{kind}\n{sha256}\n{plan.model_dump_json()}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told of the progress: `begin` where it starts, `add` each batch once it is committed."""

    begin: Callable[[int], None]
    add: Callable[[Sequence[Settled]], None]


async def run(
    served: Services, registers: Registers, job: Job, watcher: Watcher | None = None, *, restart: bool = False
) -> Summary:
    """Run the import to its end; raises `ImportRunning` or `LeaseLost` when another process has it.

    What was committed stays when it is interrupted, and the next run goes on there unless `restart` is asked.
    """
    running = _Running(served, registers, job)
    await running.claim(restart=restart)
    if watcher is not None:
        watcher.begin(running.summary.records)
    try:
        records = job.records()
        next(islice(records, running.summary.records, running.summary.records), None)
        entries = list(islice(records, BATCH))
        while entries:
            settling = asyncio.ensure_future(running.settle(entries))
            await asyncio.sleep(0)  # the batch is on its way to the database while the next is read
            try:
                entries = list(islice(records, BATCH))
            finally:
                settled = await settling
            if watcher is not None:
                watcher.add(settled)
    except BaseException:
        await running.release(finished=False)
        raise
    await running.release(finished=True)
    return running.summary


class _Running:
    def __init__(self, served: Services, registers: Registers, job: Job) -> None:
        self._served, self._registers, self._job = served, registers, job
        self._holder = new_id()
        self._row: Row[Any]
        self.summary = Summary()

    async def claim(self, *, restart: bool) -> None:
        job, now = self._job, self._served.clock()
        made = {
            "fingerprint": job.fingerprint, "kind": job.kind, "system": job.system, "file_sha256": job.sha256,
        }  # fmt: skip
        row = await self._served.db.write(repository.claim, made, self._holder, now, now + LEASE, restart)
        if row is None:
            until = await self._served.db.read(repository.held_until, job.fingerprint)
            raise ImportRunning(until=until.isoformat() if until else None)
        self._row = row
        counts = dict(row.counts) if row.position else {}
        self.summary = Summary(records=row.position, resumed_at=row.position, counts=counts)

    async def settle(self, entries: Sequence[Record | Settled]) -> list[Settled]:
        """Take one batch in one transaction, and move the import on in the same."""
        register = await self._registers.current()
        purpose = register.definition.purpose(self._job.purpose)
        if purpose is None:
            raise OptionInvalid("the definition was changed meanwhile and no longer has this purpose")
        op = batch(self._served, self._registers, register, purpose)

        def whole(connection: Connection, _op: Operation) -> tuple[list[Settled], Summary]:
            op.people.clear()
            settled = self._take(connection, op, entries)
            return settled, self._advance(connection, op, settled)

        settled, self.summary = await op.write(whole)
        return settled

    def _take(self, connection: Connection, op: Batch, entries: Sequence[Record | Settled]) -> list[Settled]:
        pending = [entry for entry in entries if not isinstance(entry, Settled)]
        taken = iter(self._job.take(connection, op, pending, self._row.began_at) if pending else ())
        return [entry if isinstance(entry, Settled) else next(taken) for entry in entries]

    def _advance(self, connection: Connection, op: Batch, settled: Sequence[Settled]) -> Summary:
        summary = Summary(self.summary.records, self.summary.resumed_at, dict(self.summary.counts))
        for one in settled:
            summary.add(one)
        values = {
            "position": summary.records, "counts": summary.counts, "changed_at": op.at, "lease_until": op.at + LEASE,
        }  # fmt: skip
        if not repository.advance(connection, self._row.id, self._holder, values):
            raise LeaseLost
        taken = sum(one.outcome == "taken" for one in settled)
        op.close(connection, self._row.id, {"kind": self._job.kind, "records": len(settled), "taken": taken})
        return summary

    async def release(self, *, finished: bool) -> None:
        """Give the lease back; the position stays."""
        now = self._served.clock()
        values: dict[str, Any] = {"lease_until": None, "lease_holder": None, "changed_at": now}
        if finished:
            values["finished_at"] = now
        await self._served.db.write(repository.advance, self._row.id, self._holder, values)
