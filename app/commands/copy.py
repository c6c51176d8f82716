"""`seloste copy`: move the register to another database, such as from SQLite to PostgreSQL."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.commands import console
from app.commands.console import Refused
from app.copying import service
from app.copying.service import Compared, Differs, NotEmpty
from app.db import Database, open_database

app = typer.Typer()


@app.command()
def copy(
    to: Annotated[
        str, typer.Option(help="The target, like DATABASE_URL but without a password: PGPASSFILE or PGPASSWORD has it.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Copy nothing, compare only.")] = False,
) -> None:
    """Copy everything from the database of DATABASE_URL into an empty one and compare the two row by row.

    Stop the service first. The target is migrated if need be and written in one transaction: a copy that fails, or
    differs from the source in one row, leaves it empty.
    """
    settings = console.start()
    if to == settings.database_url:
        raise Refused("source and target are the same database")

    async def whole() -> list[Compared]:
        async with console.migrated(settings, transaction_seconds=None) as source:
            target = _opened(to)
            try:
                return await (service.compare if check else service.copy)(source.db, target)
            finally:
                await target.close()

    try:
        compared = asyncio.run(whole())
    except NotEmpty as error:
        raise Refused(f"{error}") from None
    except Differs as error:
        _show(error.compared)
        taken_back = "" if check else "; the copy was taken back: was the service still running?"
        raise Refused(f"source and target differ{taken_back}") from None
    _show(compared)
    rows = sum(one.source.rows for one in compared)
    console.say(f"{'compared' if check else 'copied and compared'} {rows} rows in {len(compared)} tables: all the same")


def _opened(to: str) -> Database:
    try:
        if make_url(to).password is not None:
            raise Refused("--to must not hold a password, which ps would show: set PGPASSFILE or PGPASSWORD")
    except ArgumentError:
        raise Refused("--to is no address of a database") from None
    try:
        return open_database(to, transaction_seconds=None)
    except ValueError as error:
        raise Refused(str(error).replace("DATABASE_URL", "--to")) from None


def _show(compared: Sequence[Compared]) -> None:
    width = max(len(one.table) for one in compared)
    console.say(f"{'TABLE'.ljust(width)}  {'SOURCE':>9}  {'TARGET':>9}  DIGEST")
    for one in compared:
        verdict = str(one.source) if one.same else f"{one.source} is not {one.target}"
        console.say(f"{one.table.ljust(width)}  {one.source.rows:>9}  {one.target.rows:>9}  {verdict}")
