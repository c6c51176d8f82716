"""One round of each fault: load, the fault, what is left, recovery, the retries, and what is left then."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.torture.checker import accords, whole
from tests.torture.disk import Fullness
from tests.torture.installation import Installation, Service
from tests.torture.journal import Journal
from tests.torture.load import Load
from tests.torture.postgres import Manner, Postgres

ENOUGH = 20
"""Calls refused by a full disk before there is room again."""


@dataclass
class Run:
    """Rounds on one database, with everything its clients ever sent to it."""

    of: Installation
    services: list[Service]
    dice: random.Random
    journal: Journal = field(default_factory=Journal)
    faults: list[str] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)

    async def start(self) -> None:
        """Start every process."""
        for service in self.services:
            service.start()
        for service in self.services:
            await service.ready()

    def end(self) -> None:
        """End every process."""
        for service in self.services:
            service.end()

    def load(self, dropping: float = 0.0) -> Load:
        """Clients of all processes."""
        return Load([service.port for service in self.services], self.journal, self.dice, dropping)

    async def check(self, when: str, *, ended: bool = False) -> None:
        """Let the checker judge what is there now."""
        facts = await self.of.facts(ended=ended)
        found = [*whole(facts), *accords(facts, self.journal)]
        self.faults += [f"{when}: {fault}" for fault in found]
        self.journal.faults.clear()

    async def settle(self, when: str) -> None:
        """Send again what is unknown, and check; the time to the first acknowledged write is the recovery."""
        began = time.monotonic()
        probe = self.load()
        trying = asyncio.create_task(probe.run(2))
        with suppress(TimeoutError):
            await asyncio.wait_for(probe.first_ack.wait(), 60)
        self.recoveries.append(time.monotonic() - began)
        probe.stopped.set()
        await trying
        await self.load().settle()
        await self.check(when)
        self.faults += [fault for service in self.services for fault in service.complaints()]

    async def under_load(self, fault: Callable[[Load], Awaitable[None]], dropping: float = 0.0) -> None:
        """Load, and after a random moment the fault."""
        load = self.load(dropping)
        working = asyncio.create_task(load.run())
        await asyncio.sleep(self.dice.uniform(0.03, 0.6))
        await fault(load)
        load.stopped.set()
        await working


async def killed(run: Run) -> None:
    """SIGKILL of one process at a random moment, and a new one in its place."""
    victim = run.dice.choice(run.services)

    async def fault(load: Load) -> None:
        victim.end()
        if len(run.services) > 1:
            await asyncio.sleep(0.1)  # the other process goes on alone

    await run.under_load(fault)
    await run.check("after SIGKILL", ended=len(run.services) == 1)
    began = time.monotonic()
    victim.start()
    await victim.ready()
    up = time.monotonic() - began
    await run.settle("after SIGKILL and the retries")
    run.recoveries[-1] += up


async def drained(run: Run) -> None:
    """SIGTERM under load: what was carried out was answered, and the process ends with code 0."""
    (service,) = run.services
    codes: list[int] = []

    async def fault(load: Load) -> None:
        codes.append(await asyncio.to_thread(service.end, signal.SIGTERM))

    await run.under_load(fault)
    if codes != [0]:
        run.faults.append(f"it ended with {codes} after SIGTERM")
    for call in run.journal.open:
        call.unknown = 0  # it was never begun: no row may be left of it
    await run.check("after SIGTERM", ended=True)
    began = time.monotonic()
    service.start()
    await service.ready()
    up = time.monotonic() - began
    await run.settle("after SIGTERM and the retries")
    run.recoveries[-1] += up


async def dropped(run: Run) -> None:
    """Clients that break off after the headers, in the middle of a body, or before the answer."""

    async def fault(load: Load) -> None:
        await asyncio.sleep(0.3)

    await run.under_load(fault, dropping=0.3)
    await run.settle("after dropped connections and the retries")


def restarted(server: Postgres, manner: Manner) -> Callable[[Run], Awaitable[None]]:
    """PostgreSQL stopped and started under load, while the service stays."""

    async def round_(run: Run) -> None:
        async def fault(load: Load) -> None:
            await asyncio.to_thread(server.stop, manner)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(server.start)

        await run.under_load(fault)
        await run.settle(f"after a restart of PostgreSQL ({manner}) and the retries")

    return round_


def starved(full: Fullness) -> Callable[[Run], Awaitable[None]]:
    """A disk that is full for a while: what does not fit is refused, and the service goes on when there is room."""

    async def round_(run: Run) -> None:
        async def fault(load: Load) -> None:
            await asyncio.to_thread(full.fill)
            refused = run.journal.put_off
            for _ in range(400):
                await asyncio.sleep(0.05)
                if run.journal.put_off > refused + ENOUGH:
                    return
            run.faults.append("the disk was full and nobody noticed")

        await run.under_load(fault)
        await run.check("while the disk is full")  # a call under way could be in one of journal and file alone
        await asyncio.to_thread(full.empty)
        await run.settle("after a full disk and the retries")

    return round_
