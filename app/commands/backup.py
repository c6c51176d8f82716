"""`seloste backup FILE`: the whole database in one file, while the service runs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.archive.manifest import Manifest
from app.archive.reading import check
from app.archive.writing import write
from app.commands import console
from app.commands.console import Refused
from app.migrating import current_revision, head_revision

app = typer.Typer()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new file, such as seloste-2026-11-23.backup; its folder exists.")],
) -> None:
    """Write a backup of the database that DATABASE_URL names, as it is at one instant, and check what was written.

    The file can be restored into SQLite and into PostgreSQL. It holds personal data and no secret file: encrypt it, and
    keep the secret file and the erasure ledger apart from it.
    """
    if file.exists():
        raise Refused(f"{file} is there already")
    manifest = asyncio.run(_written(file))
    console.say(f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables, {file.stat().st_size} bytes")


async def _written(file: Path) -> Manifest:
    partial = file.with_name(f"{file.name}.partial")
    async with console.migrated(console.start(), transaction_seconds=None) as session:
        revision = await session.db.read(current_revision)
        if revision != head_revision():
            raise Refused(f"the database is at revision {revision} of a later release: back it up with that one")
        try:
            await session.db.snapshot(write, partial, session.served.keys, session.served.clock())
            manifest = await asyncio.to_thread(check, partial, session.served.keys)
            await asyncio.to_thread(partial.rename, file)
        except FileExistsError:
            raise Refused(f"{partial} is there: another backup runs, or one was killed; then remove it") from None
        except BaseException:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            raise
    return manifest
