"""`seloste worker`: a process of its own that tells recipients what is queued for them."""

import asyncio
import signal
from typing import Annotated

import typer

from app.background import connected, deliver
from app.commands import console
from app.commands.console import Refused, Session
from app.connectors.connector import ConnectorsInvalid
from app.delivery.worker import Worker

app = typer.Typer()


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="Deliver what is due now, and end.")] = False,
) -> None:
    """Tell each recipient of erasures, rectifications, restrictions, withdrawals and bans (Art. 19).

    Any number of processes may run beside each other, and beside a running service, which does the same by itself.
    SIGTERM lets what has begun be finished.
    """
    try:
        console.in_register(_once if once else _until_told)
    except ConnectorsInvalid as error:
        raise Refused(f"SELOSTE_CONNECTORS: {error}") from None


async def _until_told(session: Session) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    console.tell("working")
    await deliver(session.served, session.registers, session.ledger, stop)


async def _once(session: Session) -> None:
    if not await session.ledger.drain():
        raise Refused(session.ledger.closed or "the erasure ledger cannot be written (SELOSTE_LEDGER)")
    async with connected(session.served) as connectors:
        found = await Worker(session.served, session.registers, connectors).run_once()
    console.say(f"handled {found.total()} notifications")
    for state, number in sorted(found.items()):
        console.say(f"  {state:14} {number}")
