"""`seloste audit`: seal, verify, export and expire the audit trail."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.audit.checking import verify_database
from app.audit.exporting import export as export_trail
from app.audit.exporting import verify_export
from app.audit.sealing import EVERYWHERE, LOOK_BACK, seal_all
from app.audit.seals import PublicKeys, Signer
from app.audit.verifying import Verifier
from app.commands import console
from app.commands.console import Refused, Session
from app.db import settled_before
from app.transparency.trail import expire_due

app = typer.Typer(help="Seal, verify, export and expire the audit trail.", no_args_is_help=True)

T = TypeVar("T")
SHOWN = 50
"""Findings and notices that are printed; the others are counted."""
AHEAD_OF_US = -1.0
"""Seconds by which another process's clock may be ahead."""

ExpectLast = Annotated[
    str | None, typer.Option("--expect-last", metavar="HASH", help="A seal that must be in the chain, noted elsewhere.")
]
Trusted = Annotated[
    list[str] | None, typer.Option("--public-key", metavar="KEY", help="A key that may have signed; more than one too.")
]


@app.command()
def seal(
    late: Annotated[
        bool, typer.Option("--late", help="Also take rows that appeared far behind the last seal, once explained.")
    ] = False,
) -> None:
    """Seal what is not sealed yet, and print the last seal: note it outside the database.

    A running service does this by itself every five minutes.
    """

    async def sealed(session: Session) -> tuple[str, ...]:
        signer = Signer(session.served.keys)
        look_back, before = EVERYWHERE if late else LOOK_BACK, settled_before(AHEAD_OF_US)
        last, rows = await seal_all(session.db, signer, session.served.clock(), before, look_back=look_back)
        if last is None:
            return ("there is nothing to seal",)
        return f"sealed {rows} rows; last batch {last.number}", f"seal       {last.hash}", f"public key {signer.public}"

    for line in _migrated(sealed):
        console.say(line)


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="An export; otherwise the database is verified.")] = None,
    expect_last: ExpectLast = None,
    public_key: Trusted = None,
) -> None:
    """Find every changed, deleted, inserted or reordered row and seal; code 1 when there is one.

    A file is verified without a database and without settings. Signatures are checked on the database with the key of
    SELOSTE_SECRET_FILE, on a file with --public-key.
    """
    began = time.perf_counter()
    try:
        trusted = PublicKeys(public_key or ())
    except ValueError:
        raise Refused("--public-key: not a public key of Ed25519 in hexadecimal digits") from None
    verifier = Verifier(trusted, expect_last)
    if file is None:
        _migrated(lambda session: _database(session, verifier, public_key or []))
        console.say(f"not sealed yet: {verifier.waiting} rows")
    else:
        with file.open("rb") as lines:
            verify_export(lines, verifier)
        if not trusted:
            console.tell("signatures were not checked: name the key with --public-key")
    _report(verifier, time.perf_counter() - began)


async def _database(session: Session, verifier: Verifier, public_keys: list[str]) -> None:
    verifier.keys = PublicKeys([Signer(session.served.keys).public, *public_keys])
    await verify_database(session.db, verifier)


def _migrated(work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` with a session on a migrated database; the trail needs no definition."""
    settings = console.start()

    async def whole() -> T:
        async with console.migrated(settings) as session:
            return await work(session)

    return asyncio.run(whole())


def _report(verifier: Verifier, seconds: float) -> None:
    """Print what was found; raises `Refused` when that is anything."""
    for lines in (verifier.notices, [found.line() for found in verifier.findings]):
        for line in lines[:SHOWN]:
            console.say(line)
        if len(lines) > SHOWN:
            console.say(f"… and {len(lines) - SHOWN} more")
    last = verifier.last
    if last is None:
        console.say("there is no seal")
    else:
        console.say(f"last batch {last.number} of {last.sealed_at:%Y-%m-%d %H:%M} UTC, seal {last.hash}")
    if verifier.expired:
        console.say(f"expired: batches 1 to {verifier.expired}, of which the seals are left")
    rate = verifier.rows / seconds
    console.tell(f"{verifier.rows} rows in {seconds:.1f} s ({rate:,.0f} rows/s)")
    if verifier.findings:
        raise Refused(f"the audit trail is NOT as it was sealed: {len(verifier.findings)} findings")
    console.say("the audit trail is as it was sealed")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, JSON Lines; it must not exist.")],
) -> None:
    """Seal what is not sealed yet and write the whole trail to a file that can be verified offline."""

    async def exported(session: Session) -> str | None:
        signer = Signer(session.served.keys)
        now = session.served.clock()
        await seal_all(session.db, signer, now, settled_before(AHEAD_OF_US))
        with ExitStack() as closing:
            target = closing.enter_context(file.open("xb"))
            last = await export_trail(session.db, signer.public, now, target)
        return last.hash if last else None

    console.say(f"wrote {file}; last seal {_migrated(exported) or 'none'}")


@app.command()
def expire() -> None:
    """Delete the batches whose period in the register definition is over; their seals stay.

    A running service does this by itself once a day.
    """

    async def expired(session: Session) -> tuple[int, int]:
        return await expire_due(session.served, session.registers)

    batches, rows = console.in_register(expired)
    console.say(f"deleted {rows} audit rows of {batches} batches; their seals stay")
