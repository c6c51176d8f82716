"""`seloste register …`: the register definition, checked, applied and shown."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Row

from app.commands import console
from app.commands.console import Faulty, Refused, Session
from app.register import repository
from app.register.builtin import BACKGROUND
from app.register.definition import Definition
from app.register.loading import LARGEST, DefinitionInvalid, digest, load
from app.register.versions import Register

app = typer.Typer(help="Check, apply and show the register definition.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The definition, a YAML file.")]


@app.command()
def check(file: File) -> None:
    """Say whether a definition is valid; print every problem as FILE:line:column: place: message (hint)."""
    definition = parsed(_text(file), str(file))
    console.say(f"{definition.name}: valid, {_counted(definition)}, digest {digest(definition)[:12]}")


@app.command()
def apply(file: File) -> None:
    """Make a definition the newest version; what the register says already makes no new version."""
    text = _text(file)
    definition = parsed(text, str(file))
    settings = console.start()

    async def whole() -> tuple[int, bool]:
        async with console.migrated(settings) as session:
            return await session.db.write(put_in_force, session, text.decode(), definition)

    version, changed = asyncio.run(whole())
    console.say(f"{definition.name}: {'applied as' if changed else 'says nothing new, it is'} version {version}")


@app.command()
def show(
    document: Annotated[bool, typer.Option("--document", help="Print the YAML text as it was applied.")] = False,
) -> None:
    """Show the definition in force: its version, digest and size, or its text."""

    async def newest(session: Session) -> Row[Any]:
        register = await session.registers.current()
        row = await session.db.read(repository.version, register.version)
        if row is None:
            raise Refused("the definition in force has gone")
        return row

    row = console.in_register(newest)
    if document:
        console.say(row.document)
        return
    definition = load(row.document)
    console.say(f"{definition.name}: version {row.version}, applied {row.applied_at:%Y-%m-%d %H:%M} UTC")
    console.say(f"{definition.controller.legal_name}, {_counted(definition)}, digest {row.digest[:12]}")


def _text(file: Path) -> bytes:
    """What stands in the file, and no more of it than it takes to see that it is too large."""
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def parsed(text: bytes, name: str) -> Definition:
    """The definition in this text; raises `Faulty` with a line for each problem."""
    try:
        return load(text)
    except DefinitionInvalid as error:
        raise Faulty(*(f"{name}:{problem}" for problem in error.problems)) from None


def put_in_force(connection: Connection, session: Session, text: str, definition: Definition) -> tuple[int, bool]:
    """Make the text the newest version, if it says something new; its audit row pins the new version."""
    at = session.served.clock()
    version, changed = session.registers.apply(connection, text, at, BACKGROUND.id)
    if changed:
        op = session.operation(Register(version, digest(definition), definition))
        op.audit(connection, "apply", "register", version)
    return version, changed


def _counted(definition: Definition) -> str:
    return (
        f"{len(definition.purposes)} purposes, {len(definition.categories)} categories, "
        f"{len(definition.recipients)} recipients, {len(definition.corrections)} corrections"
    )
