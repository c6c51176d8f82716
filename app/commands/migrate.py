"""`seloste migrate`: a release's one change to the database, made before its processes start."""

import asyncio

import typer
from sqlalchemy import Connection

from app import migrating
from app.commands import console
from app.db import Database

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the database that DATABASE_URL names to this release's revision.

    Run it once for each release, before the new processes start. It does nothing when there is nothing to do.
    """
    settings = console.start()

    async def whole() -> str:
        async with console.opened(settings, transaction_seconds=None) as session:
            return await to_head(session.db)

    console.say(asyncio.run(whole()))


async def to_head(db: Database) -> str:
    """Migrate, unless the database is at the newest revision; says from where to where."""
    before = await db.read(migrating.current_revision)
    head = migrating.head_revision()
    if not migrating.is_behind(before):
        return f"database: at {before}, nothing to migrate"
    await db.write(_upgrade)
    return f"database: {before or 'empty'} → {head}"


def _upgrade(connection: Connection) -> None:
    migrating.upgrade(connection)
