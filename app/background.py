"""Work that the service does by itself: due executions, cases that end, the daily sweep, old keys, seals."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from app.auth.idempotency import expire_keys
from app.connectors.configuration import load_connectors
from app.connectors.connector import Connector
from app.connectors.outside import reaching
from app.customership import propose_due, settle_due
from app.delivery.worker import Worker
from app.deps import Services
from app.ledger.follower import Ledger
from app.mail import relay_of
from app.pace import Pace
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.errors import RegisterMissing
from app.register.versions import Registers
from app.subject_requests import closing, execution, leases, replies, repository, repository_closing
from app.subject_requests.leases import give_back, own_name, take_lease
from app.sweeping import Report, Telling, sweep_all, tell
from app.transparency import trail
from app.upkeep import repository as upkeep
from app.upkeep.errors import Blocked
from app.upkeep.service import Cleared, clear_files, cut_log
from app.upkeep.window import Window, is_due

log = structlog.get_logger("seloste.background")

EXECUTED = Counter("seloste_executions_total", "Erasures carried out")
FAILED = Counter("seloste_background_failures_total", "Background steps that failed and will be tried again")

SWEEP_EVERY = timedelta(hours=24)
SWEEP_LEASE = timedelta(minutes=2)
"""Renewed with each batch; what a killed process has left of a sweep passes on when this has run out."""
UPKEEP_LEASE = timedelta(minutes=30)
"""After a kill or a failure the step is tried again, by whichever process, when this has passed."""
AT_ONCE = 50
AT_MOST_LINKS = 1000


async def run_background(served: Services, registers: Registers, ledger: Ledger, stop: asyncio.Event) -> None:
    """Run due work every few seconds until `stop`; a failure is logged and tried again next time."""
    while served.settings.background and not stop.is_set():
        try:
            await run_due(served, registers, ledger, stop)
        except RegisterMissing:
            log.info("waiting for a register definition")
        except Exception as error:  # noqa: BLE001 (it is tried again)
            FAILED.inc()
            log.warning("background step failed", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), served.settings.background_interval_seconds)


async def deliver(served: Services, registers: Registers, ledger: Ledger, stop: asyncio.Event) -> None:
    """Tell recipients what is queued for them, until `stop`; on no database that is older than its ledger.

    Raises `ConnectorsInvalid` at once when the file that SELOSTE_CONNECTORS names cannot be used.
    """
    async with connected(served) as connectors:
        worker = Worker(served, registers, connectors, may_go_on=ledger.drain)
        await worker.run(stop, served.settings.background_interval_seconds)


@asynccontextmanager
async def connected(served: Services) -> AsyncIterator[dict[str, Connector]]:
    """The connectors that the settings name, by recipient; raises `ConnectorsInvalid`."""
    settings = served.settings
    configured = load_connectors(settings.connectors_file)
    relay = relay_of(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
    private = settings.connectors_reach_private
    async with reaching(private=private, clock=served.clock, relay=relay, mail_from=settings.smtp_from) as outside:
        yield configured.connect(outside)


async def run_due(served: Services, registers: Registers, ledger: Ledger, stop: asyncio.Event | None = None) -> int:
    """Execute what is due now, seal the trail, and sweep once a day; how many erasures were executed.

    Nothing is erased that the erasure ledger cannot follow, nor on a database that is older than its ledger.
    """
    if not await ledger.drain():
        return 0
    executed, _ = await work(served, registers, ledger, stop or asyncio.Event())
    try:
        await clear_due(served, registers)
    except Blocked as blocked:
        log.warning("could not clear the bytes of erasures", reason=str(blocked))
    await trail.seal_due(served, own_name())
    return executed


async def work(
    served: Services, registers: Registers, ledger: Ledger, stop: asyncio.Event, every: timedelta = SWEEP_EVERY
) -> tuple[int, Report | None]:
    """Do everything that is due about people and their cases; the erasures executed, and the sweep if one was due."""
    await settle_due(served, registers)
    executed = await execute_due(served, registers, ledger)
    await propose_due(served, registers, stop)
    swept = await sweep_due(served, registers, ledger, stop, every)
    if swept:
        await trail.expire_due(served, registers)
        await ledger.drain()
    await close_due(served, registers)
    if executed or swept:
        await cut_log(served.db)
    return executed, swept


async def clear_due(served: Services, registers: Registers) -> Cleared | None:
    """Clear the bytes of erasures in the window, or at any hour once they have waited for days.

    None when nothing waits, the time has not come, or another process is at it or failed a moment ago.
    """
    oldest = await served.db.read(upkeep.oldest)
    if oldest is None:
        return None
    zone = (await registers.current()).definition.zone
    if not is_due(Window.parse(served.settings.upkeep_window), oldest, served.clock(), zone):
        return None
    if not await served.db.write(take_lease, "upkeep", own_name(), served.clock(), UPKEEP_LEASE):
        return None
    cleared = await clear_files(served)
    await served.db.write(give_back, "upkeep", own_name())
    return cleared


async def execute_due(served: Services, registers: Registers, ledger: Ledger) -> int:
    """Execute every decided erasure whose delay has run out; each in a transaction of its own, then in the ledger."""
    due = await served.db.read(repository.due_executions, served.clock(), AT_ONCE)
    done, pace = 0, Pace(served.db)
    for request_id in due:
        op = await builtin_operation(BACKGROUND, served, registers)
        with pace.measured():
            done += await _tried("execution", request_id, op.write(execution.execute, request_id))
        if not await ledger.drain():
            break
        await pace.rest()
    EXECUTED.inc(done)
    return done


async def _tried(step: str, request_id: UUID, doing: Awaitable[bool]) -> bool:
    """Whether it was done; one request that fails must not hold up the others."""
    try:
        return await doing
    except Exception as error:  # noqa: BLE001 (it is tried again)
        FAILED.inc()
        log.warning("could not work on a request", step=step, request=str(request_id), error=type(error).__name__)
        return False


async def close_due(served: Services, registers: Registers) -> None:
    """End links whose last day is over, and complete the cases that wait for nothing any more."""
    now = served.clock()
    await served.db.write(replies.end_expired, now, AT_MOST_LINKS)
    for request_id in await served.db.read(repository_closing.wait_for_nobody, now, AT_ONCE):
        op = await builtin_operation(BACKGROUND, served, registers)
        await _tried("completion", request_id, op.write(closing.close, request_id))


async def sweep_due(
    served: Services, registers: Registers, ledger: Ledger, stop: asyncio.Event, every: timedelta = SWEEP_EVERY
) -> Report | None:
    """Sweep once a day, in one process; what was done when all of it was done now.

    A sweep may take hours: what has been decided is carried out between its batches.
    """
    me, began = own_name(), served.clock()
    if not await served.db.read(leases.is_free, "sweep", began):
        return None
    if not await served.db.write(leases.begin, "sweep", me, began, SWEEP_LEASE):
        return None
    await served.db.write(expire_keys, began)

    async def may_go_on() -> bool:
        if stop.is_set():
            await served.db.write(give_back, leases.running("sweep"), me)
            return False
        await execute_due(served, registers, ledger)
        until = served.clock() + SWEEP_LEASE
        return await served.db.write(leases.keep_lease, leases.running("sweep"), me, until)

    report = await sweep_all(served, registers, may_go_on=may_go_on, progress=Telling())
    if not report.finished:
        return None
    tell("swept", report)
    await served.db.write(leases.end, "sweep", me, served.clock(), began + every)
    return report
