"""`seloste ledger …`: check the erasure ledger, do again what a restored database has not followed, begin it anew."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from app.commands import console
from app.commands.console import Refused, Session
from app.ledger.adopting import adopt as begin_anew
from app.ledger.errors import LedgerUnfit
from app.ledger.file import BEGIN
from app.ledger.replay import Replayed
from app.ledger.replay import replay as do_again

app = typer.Typer(help="The erasure ledger: check it, replay it after a restore, begin it anew.")

T = TypeVar("T")


@app.command()
def verify() -> None:
    """Check every entry of the ledger, and compare it with the database where there is one.

    Ends with code 1 when an entry has been changed, removed, inserted or moved, or when the database is older.
    """
    settings = console.start()

    async def checked() -> str | None:
        async with console.opened(settings) as session:
            file, last = session.ledger.file, BEGIN
            if not file.exists():
                console.say(f"{file.path}: there is no ledger yet")
            else:
                for entry in file.entries():
                    last = entry.place
                console.say(f"{file.path}: {max(last.n, 0)} entries, all as they were written; the last is {last.mac}")
        async with console.migrated(settings) as session:
            return await session.ledger.look()

    if reason := _trusted(checked):
        raise Refused(reason)
    console.say("the database follows it")


@app.command()
def replay() -> None:
    """Do again what the ledger holds and a restored database does not: erasures, bans, withdrawals, restrictions.

    Prints a line for each entry, ids only. Until this has been done the service is not ready. Safe to run again.
    """
    done = _trusted(lambda: _in_register(lambda s: do_again(s.served, s.registers, s.ledger)))
    for one in done:
        console.say(f"entry {one.n}: {one.kind} {one.about}: {one.outcome}")
    console.tell(_summary(done))


def _summary(done: list[Replayed]) -> str:
    if not done:
        return "the database has followed the whole ledger; nothing to do again"
    counts = Counter(one.outcome for one in done)
    return "; ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))


@app.command()
def adopt(
    *, yes: Annotated[bool, typer.Option("--yes", help="I know that what only the old ledger holds is lost.")] = False
) -> None:
    """Begin a new ledger where the old one is lost or was tampered with; it starts with all this database knows.

    Look for a copy of the old file first: what it holds and this database does not is never done again. An old file is
    kept beside the new one, under a name of its own. The audit trail tells of it.
    """

    async def adopted(session: Session) -> str:
        if session.ledger.file.exists() and "replay" in str(await session.ledger.look()):
            raise Refused("the ledger is in order and ahead of the database: run seloste ledger replay")
        if not yes:
            raise Refused("what only the old ledger holds would be lost; if you know that, add --yes")
        aside = await begin_anew(session.served, session.registers, session.ledger)
        return f"a new ledger is begun at {session.ledger.file.path}" + (f"; the old one is {aside}" if aside else "")

    console.say(_trusted(lambda: _in_register(adopted)))


async def _in_register(work: Callable[[Session], Awaitable[T]]) -> T:
    async with console.ready(console.start(), transaction_seconds=None) as session:
        return await work(session)


def _trusted(work: Callable[[], Awaitable[T]]) -> T:
    """Run it; a ledger that cannot be trusted is a refusal."""

    async def whole() -> T:
        return await work()

    try:
        return asyncio.run(whole())
    except LedgerUnfit as error:
        raise Refused(str(error)) from None
