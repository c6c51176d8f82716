"""Rounds: every recipient that is read is read when its time has come, or as soon as it has hinted at something."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Counter

from app.connectors.connector import Configured
from app.connectors.digitalbooker import Bookings, DigitalBookerConfig
from app.connectors.mycashflow_api import Shop
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.outside import Outside, reaching
from app.deps import Services
from app.digitalbooker.service import stream as bookings_stream
from app.ledger.follower import Ledger
from app.mycashflow.service import streams as shop_streams
from app.polling import repository
from app.polling.errors import PollLost, PollRunning
from app.polling.service import Reading, Stream, read
from app.register.versions import Registers

log = structlog.get_logger("seloste.rounds")

READ = Counter("seloste_records_read_total", "Records read at recipients, by what became of them", ("list", "outcome"))
FAILED = Counter("seloste_readings_failed_total", "Readings that stopped and go on later", ("list",))


async def keep_reading(
    served: Services, registers: Registers, connectors: Mapping[str, Configured], ledger: Ledger, stop: asyncio.Event
) -> None:
    """Go round until `stop`, in a service that works by itself; not on a database older than its ledger."""
    if not served.settings.background or not any(is_read(config) for config in connectors.values()):
        return
    async with reaching(private=served.settings.connectors_reach_private, clock=served.clock) as outside:
        rounds = Rounds(served, registers, connectors, outside, ledger.drain)
        await rounds.run(stop, served.settings.background_interval_seconds)


def is_read(config: Configured) -> bool:
    """Whether the recipient has a list that is read."""
    shop = isinstance(config, MyCashflowConfig) and config.inbound is not None
    return shop or (isinstance(config, DigitalBookerConfig) and config.bookings is not None)


@dataclass(frozen=True, slots=True)
class Due:
    """A list and how often it is read."""

    stream: Stream
    every: timedelta


class Rounds:
    """Reads every configured list in turn; any number of processes may go their rounds beside each other."""

    def __init__(
        self,
        served: Services,
        registers: Registers,
        connectors: Mapping[str, Configured],
        outside: Outside,
        may_go_on: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._served, self._registers, self._may_go_on = served, registers, may_go_on
        self._lists = [due for name, config in connectors.items() for due in lists(name, config, outside)]

    async def run(self, stop: asyncio.Event, every: float) -> None:
        """Go round until `stop`, looking every `every` seconds; nothing to read, nothing to do."""
        while self._lists and not stop.is_set():
            try:
                await self.run_once()
            except Exception as error:  # noqa: BLE001 (it is tried again)
                log.warning("round failed", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    async def run_once(self) -> list[Reading]:
        """Read what is due now."""
        if self._may_go_on is not None and not await self._may_go_on():
            return []
        found = [await self._read(due) for due in self._lists]
        return [reading for reading in found if reading is not None]

    async def _read(self, due: Due) -> Reading | None:
        stream, now = due.stream, self._served.clock()
        if not await self._served.db.read(repository.is_due, stream.recipient, stream.name, now, due.every):
            return None
        try:
            reading = await read(self._served, self._registers, stream)
        except (PollRunning, PollLost):
            return None
        _tell(stream, reading)
        return reading


def lists(recipient: str, config: Configured, outside: Outside) -> Iterator[Due]:
    """The lists of a recipient that are read."""
    if isinstance(config, MyCashflowConfig) and config.inbound is not None:
        every = timedelta(minutes=config.inbound.every_minutes)
        yield from (Due(one, every) for one in shop_streams(recipient, config, Shop.of(config, outside)))
    if isinstance(config, DigitalBookerConfig) and config.bookings is not None:
        every = timedelta(minutes=config.bookings.every_minutes)
        yield Due(bookings_stream(recipient, config, Bookings.of(config, outside)), every)


def _tell(stream: Stream, reading: Reading) -> None:
    """Counts and codes; no id and no value."""
    for key, count in reading.summary.counts.items():
        READ.labels(stream.name, key.partition(":")[0]).inc(count)
    if reading.failure is not None:
        FAILED.labels(stream.name).inc()
        log.warning("reading stopped", recipient=stream.recipient, list=stream.name, code=reading.failure)
    elif reading.summary.records:
        log.info("read", recipient=stream.recipient, list=stream.name, records=reading.summary.records)
