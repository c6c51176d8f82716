"""`seloste maintain`: by hand what a running service does in the background."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from app.auth.idempotency import expire_keys
from app.background import clear_due, work
from app.commands import console
from app.commands.console import Refused, Session
from app.commands.sweep import summary
from app.subject_requests.digesting import Digests
from app.subject_requests.questions import keep_up
from app.sweeping import Report
from app.transparency import trail
from app.upkeep import repository as upkeep
from app.upkeep.errors import Blocked
from app.upkeep.service import Cleared, clear_files
from app.upkeep.window import gone_by

app = typer.Typer()

SWEEP_EVERY = timedelta(hours=20)
"""A timer that rings once a day rings a little early now and then, and must not miss its day for that."""


@app.command()
def maintain(
    now: Annotated[
        bool, typer.Option("--now", help="Clear the bytes of erasures at once, outside the window too.")
    ] = False,
) -> None:
    """Carry out due erasures, sweep, complete cases, propose inactive people, seal the audit trail, send digests.

    It sweeps once a day, however often it is called. Forget idempotency keys older than a day, and clear what erasures
    left in the files of the database in the hours of SELOSTE_UPKEEP_WINDOW.
    For installations that run their processes with SELOSTE_BACKGROUND=false; safe beside a running service.
    """

    async def maintained(session: Session) -> tuple[int, int, Report | None, int, str]:
        served, registers, ledger, stop = session.served, session.registers, session.ledger, asyncio.Event()
        forgotten = await session.db.write(expire_keys, served.clock())
        executed, swept = await work(served, registers, ledger, stop, SWEEP_EVERY)
        await _clocks(session)
        sealed = await trail.seal_now(served)
        cleared = await _cleared(session, now=now)
        return executed, forgotten, swept, sealed, await _bytes(session, cleared)

    executed, forgotten, swept, sealed, bytes_line = console.with_ledger(maintained)
    told = summary(swept) if swept else "the sweep of the day is done, or under way"
    console.say(f"executed {executed} erasures; {told}; forgot {forgotten} idempotency keys")
    console.say(f"sealed {sealed} audit rows")
    console.say(bytes_line)


async def _clocks(session: Session) -> None:
    """Keep due dates up and send the digests of the day."""
    definition = (await session.registers.current()).definition
    today = session.served.clock().astimezone(definition.zone).date()
    await session.db.write(keep_up, definition, today)
    await Digests(session.served, session.registers).send_due()


async def _cleared(session: Session, *, now: bool) -> Cleared | None:
    try:
        return await (clear_files(session.served) if now else clear_due(session.served, session.registers))
    except Blocked as blocked:
        raise Refused(f"could not clear the bytes of erasures: {blocked}") from None


async def _bytes(session: Session, cleared: Cleared | None) -> str:
    """What the step did, or until when erased bytes may still be in the files."""
    if cleared is not None:
        return (
            f"cleared the bytes of {cleared.erasures} erasures from {cleared.tables} tables "
            f"in {cleared.seconds:.1f} s; others were kept out for {cleared.longest_lock:.1f} s at most"
        )
    oldest = await session.db.read(upkeep.oldest)
    if oldest is None:
        return "no erasure has left bytes in the files"
    day = gone_by(oldest, (await session.registers.current()).definition.zone)
    window = session.served.settings.upkeep_window
    return f"bytes of erasures wait for the window {window} (SELOSTE_UPKEEP_WINDOW), until {day} at the latest"
