"""The end of customership in the background: proposals once a month, and what was decided over many of them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, time, timedelta

import structlog
from prometheus_client import Counter

from app.deps import Services
from app.pace import Pace
from app.policy.deadlines import nominal
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.versions import Registers
from app.subject_requests import inactivity, leases
from app.subject_requests.inactivity import NobodyInactive
from app.subject_requests.leases import give_back, own_name, take_lease

log = structlog.get_logger("seloste.customership")

PROPOSED = Counter("seloste_inactivity_proposed_total", "People proposed because they have been inactive too long")
PROPOSALS, CASES = "inactivity", "inactivity:cases"
LEASE = timedelta(minutes=2)
"""Renewed with each batch; what a killed process has left passes on when this has run out."""
PEOPLE_PER_STEP = 25
"""People whose cases are opened or called off in one transaction."""

Asked = Callable[[], Awaitable[bool]]


async def _always() -> bool:
    return True


async def propose_due(served: Services, registers: Registers, stop: asyncio.Event) -> bool:
    """Once a calendar month, in one process, look for people who have been inactive too long; True when done now."""
    me, began = own_name(), served.clock()
    if not await served.db.read(leases.is_free, PROPOSALS, began):
        return False
    if not await served.db.write(leases.begin, PROPOSALS, me, began, LEASE):
        return False

    async def may_go_on() -> bool:
        if stop.is_set():
            await served.db.write(give_back, leases.running(PROPOSALS), me)
            return False
        return await served.db.write(leases.keep_lease, leases.running(PROPOSALS), me, served.clock() + LEASE)

    proposed, finished = await propose_all(served, registers, may_go_on=may_go_on)
    if not finished:
        return False
    until = await _next_month(registers, began)
    await served.db.write(leases.end, PROPOSALS, me, served.clock(), until)
    log.info("proposed", people=proposed)
    return True


async def _next_month(registers: Registers, now: datetime) -> datetime:
    zone = (await registers.current()).definition.zone
    first = nominal(now.astimezone(zone).date().replace(day=1), 1)
    return max(datetime.combine(first, time.min, tzinfo=zone), now + timedelta(minutes=1))


async def propose_all(served: Services, registers: Registers, *, may_go_on: Asked = _always) -> tuple[int, bool]:
    """Look at everybody, batch by batch; how many were proposed, and whether all were looked at."""
    proposed, after, pace = 0, None, Pace(served.db)
    while (through := await served.db.read(inactivity.people_up_to, after, pace.limit)) is not None:
        op = await builtin_operation(BACKGROUND, served, registers)
        with pace.measured(), suppress(NobodyInactive):
            made = await op.write(inactivity.propose, after, through)
            proposed += made
            PROPOSED.inc(made)
        after = through
        await pace.rest()
        if not await may_go_on():
            return proposed, False
    return proposed, True


async def settle_due(served: Services, registers: Registers) -> int:
    """Open the cases of people who were approved, and call off what was cancelled; how many people."""
    if not await served.db.read(inactivity.waits):
        return 0
    me, done, pace = own_name(), 0, Pace(served.db)
    while await served.db.write(take_lease, CASES, me, served.clock(), LEASE):
        op = await builtin_operation(BACKGROUND, served, registers)
        with pace.measured():
            settled = await op.write(inactivity.settle_some, PEOPLE_PER_STEP)
        await served.db.write(give_back, CASES, me)
        done += settled
        if not settled:
            break
        await pace.rest()
    return done
