"""`seloste restore FILE`: a backup into an empty database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.archive.manifest import BackupUnfit, Manifest
from app.archive.reading import check
from app.archive.restoring import is_empty, load
from app.commands import console
from app.commands.console import Refused
from app.migrating import head_revision

app = typer.Typer()


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What backup has written.")],
    check_only: Annotated[bool, typer.Option("--check", help="Say whether it is whole; load nothing.")] = False,
) -> None:
    """Load a backup into the empty database that DATABASE_URL names; SQLite or PostgreSQL, whichever it came from.

    The secret file must be the one that the backup was made with. The service is not ready until seloste ledger replay
    has done again what happened since the backup was made.
    """
    manifest = asyncio.run(_restored(file, check_only=check_only))
    console.say(f"{file}: {manifest.rows} rows of {manifest.made_at[:19]}, {'whole' if check_only else 'restored'}")
    if not check_only:
        console.tell("now run seloste ledger replay; until then the service is not ready")


async def _restored(file: Path, *, check_only: bool) -> Manifest:
    settings = console.start()
    if not settings.secret_file.is_file():
        raise Refused(f"{settings.secret_file} is not there: put the secret file back first (SELOSTE_SECRET_FILE)")
    async with console.opened(settings, transaction_seconds=None) as session:
        try:
            manifest = await asyncio.to_thread(check, file, session.served.keys)
        except BackupUnfit as error:
            raise Refused(f"{file}: {error}") from None
        if check_only:
            return manifest
        if manifest.revision > head_revision():
            raise Refused(f"{file}: made by a later release, at revision {manifest.revision}: restore it with that one")
        if not await session.db.read(is_empty):
            raise Refused("the database is not empty (DATABASE_URL): restore into a new one")
        await load(session.db, file, manifest, lambda table: console.tell(f"{table.name}: {table.rows} rows"))
    return manifest
