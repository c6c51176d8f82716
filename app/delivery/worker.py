"""The worker: for each recipient a lane of its own, so that a slow vendor holds up nobody but itself.

Claim, prepare, hand over, record: no network call inside a transaction. A worker that is killed in between loses
nothing: what it held comes due again, and giving an instruction twice does no more than giving it once.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter as Metric
from sqlalchemy import Row

from app.connectors.configuration import connector_for
from app.connectors.connector import Connector
from app.connectors.outcome import Later, Outcome
from app.connectors.outside import Unreachable
from app.delivery import claiming
from app.delivery.outcomes import Result
from app.delivery.preparing import TRANSFER, Ready, held, prepare
from app.delivery.recording import LOOK_AGAIN, record
from app.deps import Services
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.versions import Registers
from app.subject_requests.leases import own_name

log = structlog.get_logger("seloste.delivery")

DELIVERED = Metric("seloste_notifications_total", "Notifications handled, by what came of them", ("recipient", "state"))
FAILED = Metric("seloste_delivery_failures_total", "Rounds of the worker that failed and will be tried again")
AT_ONCE = 50
"""How many notifications a lane claims together."""
SHARE = 0.8
"""The part of the lease that handing over may take; what is not done by then is tried again."""


class Worker:
    """Delivers what is due; any number of them may run beside each other."""

    def __init__(
        self,
        served: Services,
        registers: Registers,
        connected: Mapping[str, Connector],
        may_go_on: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._served = served
        self._registers = registers
        self._connected = dict(connected)
        self._may_go_on = may_go_on
        self._lanes: dict[str, asyncio.Task[Counter[str]]] = {}

    async def run(self, stop: asyncio.Event, every: float) -> None:
        """Deliver until `stop`, looking every `every` seconds; what has begun is finished."""
        while not stop.is_set():
            try:
                await self._open_lanes()
            except Exception as error:  # noqa: BLE001 (it is tried again)
                FAILED.inc()
                log.warning("worker round failed", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def run_once(self) -> Counter[str]:
        """Deliver everything that is due now; how many came to what."""
        await self._open_lanes()
        counted: Counter[str] = Counter()
        for found in await asyncio.gather(*self._lanes.values()):
            counted += found
        return counted

    async def _open_lanes(self) -> None:
        if self._may_go_on is not None and not await self._may_go_on():
            return
        self._lanes = {name: lane for name, lane in self._lanes.items() if not lane.done()}
        for recipient in await self._served.db.read(claiming.due_recipients, self._served.clock()):
            if recipient not in self._lanes:
                self._lanes[recipient] = asyncio.create_task(self._lane(recipient), name=f"deliver {recipient}")

    async def _lane(self, recipient: str) -> Counter[str]:
        """Everything that is due for one recipient, batch by batch."""
        counted: Counter[str] = Counter()
        connector = connector_for(self._connected, recipient)
        try:
            while rows := await self._batch(recipient, connector, counted):
                if len(rows) < AT_ONCE:
                    break
        except Exception as error:  # noqa: BLE001 (what was claimed comes due again)
            FAILED.inc()
            log.warning("lane failed", recipient=recipient, error=type(error).__name__)
        return counted

    async def _batch(self, recipient: str, connector: Connector, counted: Counter[str]) -> Sequence[Row[Any]]:
        worker = f"{own_name()[:60]}:{secrets.token_hex(6)}"
        now, lease = self._served.clock(), timedelta(seconds=self._served.settings.delivery_lease_seconds)
        op = await builtin_operation(BACKGROUND, self._served, self._registers)
        if await self._served.db.read(held, op.definition, recipient, connector, now) == TRANSFER:
            await self._served.db.write(claiming.hold, recipient, TRANSFER.code, now, now + LOOK_AGAIN)
            return ()
        rows = await self._served.db.write(claiming.claim, recipient, worker, now, AT_ONCE, lease)
        if not rows:
            return rows
        url = self._served.settings.base_url
        ready = await op.write(prepare, rows, connector, worker=worker, base_url=url)
        done = await _hand_over(connector, ready, lease.total_seconds() * SHARE)
        op = await builtin_operation(BACKGROUND, self._served, self._registers)
        found = await op.write(record, done, worker=worker)
        for state, number in found.items():
            DELIVERED.labels(recipient, state).inc(number)
        counted += found
        return rows


async def _hand_over(connector: Connector, ready: Sequence[Ready], seconds: float) -> list[tuple[Row[Any], Result]]:
    """Give every instruction to the connector, side by side; its own limits say how many at once."""
    settled: list[tuple[Row[Any], Result]] = [(one.row, one.settled) for one in ready if one.settled is not None]
    tasks = {asyncio.create_task(_one(connector, one)): one for one in ready if one.settled is None}
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        settled += [(one.row, Later("no_time_left") if task in late else task.result()) for task, one in tasks.items()]
    return settled


async def _one(connector: Connector, one: Ready) -> Outcome:
    assert one.instruction is not None  # noqa: S101 (what is not settled has one)
    try:
        return await (connector.verify if one.is_look else connector.apply)(one.instruction)
    except Unreachable as passing:
        return passing.outcome
    except Exception as error:  # noqa: BLE001 (a fault of ours must not lose the others)
        log.warning("connector failed", notification=str(one.row.id), error=type(error).__name__)
        return Later("internal_error")
