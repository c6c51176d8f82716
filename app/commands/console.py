"""What every command needs: the settings, an opened database, an operation of the service, and a way to say no."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app import logs
from app.auth.actor import Actor
from app.db import TRANSACTION_SECONDS, Database, open_database
from app.deps import Services
from app.keys import Keys, load_keys
from app.ledger.follower import Ledger
from app.migrating import current_revision, head_revision, is_behind
from app.notice.publishing import bring
from app.processors.service import seed
from app.register.builtin import BACKGROUND
from app.register.operation import Operation, purpose_of
from app.register.repository import newest_version
from app.register.versions import Register, Registers
from app.settings import Settings

T = TypeVar("T")


class Refused(Exception):
    """The command cannot do what was asked; each line says why, and what to do about it."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Faulty(Refused):
    """A file that is not valid; each line begins with its place, FILE:line:column, as editors understand it."""


@dataclass(frozen=True, slots=True)
class Session:
    """One command's dealings with the register."""

    served: Services
    registers: Registers
    ledger: Ledger

    @property
    def db(self) -> Database:
        """The opened database."""
        return self.served.db

    def operation(self, register: Register, actor: Actor = BACKGROUND) -> Operation:
        """An operation under a version; of the service itself, since who runs commands has no client of their own."""
        purpose = purpose_of(actor, register.definition, None)
        return Operation(self.db, self.served.keys, self.registers, actor, register, purpose, self.served.clock())


def start() -> Settings:
    """Read the settings and set up logging; raises `Refused` naming each variable that is wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise Refused(*(_told(each) for each in error.errors())) from None
    try:
        logs.configure(settings.log_level)
    except ValueError as error:
        raise Refused(f"SELOSTE_LOG_LEVEL: {error}") from None
    return settings


def _told(error: ErrorDetails) -> str:
    """A fault of one variable, or of several together, which names them itself; never a value."""
    said = error["msg"].removeprefix("Value error, ")
    return f"{_variable(str(error['loc'][0]))}: {said}" if error["loc"] else said


def _variable(field: str) -> str:
    return field if field.isupper() else f"SELOSTE_{field.upper()}"


@asynccontextmanager
async def opened(settings: Settings, transaction_seconds: int | None = TRANSACTION_SECONDS) -> AsyncIterator[Session]:
    """The database and the keys of these settings, whatever state they are in; raises `Refused`."""
    try:
        keys = load_keys(settings.secret_file)
    except ValueError as error:
        raise Refused(f"SELOSTE_SECRET_FILE: {error}") from None
    try:
        db = open_database(settings.database_url, settings.pool_size, transaction_seconds)
    except ValueError as error:
        raise Refused(str(error)) from None
    try:
        yield session(settings, db, keys)
    finally:
        await db.close()


def session(settings: Settings, db: Database, keys: Keys) -> Session:
    """What works on this database; a definition applied through it brings its recipients along."""
    served = Services(settings, db, keys)
    return Session(served, Registers(db, settings.cache_seconds, on_apply=(seed, bring)), Ledger(served, keeps=True))


@asynccontextmanager
async def ready(settings: Settings, transaction_seconds: int | None = TRANSACTION_SECONDS) -> AsyncIterator[Session]:
    """As `opened`, once the database is migrated and a definition applied; raises `Refused` otherwise."""
    async with migrated(settings, transaction_seconds) as found:
        if await found.db.read(newest_version) is None:
            raise Refused("no register definition has been applied: run seloste register apply FILE")
        yield found


@asynccontextmanager
async def migrated(settings: Settings, transaction_seconds: int | None = TRANSACTION_SECONDS) -> AsyncIterator[Session]:
    """As `opened`, once the database is at this release's revision; raises `Refused` otherwise."""
    async with opened(settings, transaction_seconds) as found:
        revision = await found.db.read(current_revision)
        if is_behind(revision):
            at = f"at revision {revision}, not at {head_revision()}" if revision else "not migrated"
            raise Refused(f"the database is {at}: run seloste migrate")
        yield found


def in_register(work: Callable[[Session], Awaitable[T]], transaction_seconds: int | None = TRANSACTION_SECONDS) -> T:
    """Run `work` with a session on the register that is in force."""
    settings = start()

    async def whole() -> T:
        async with ready(settings, transaction_seconds) as found:
            return await work(found)

    return asyncio.run(whole())


def with_ledger(work: Callable[[Session], Awaitable[T]]) -> T:
    """As `in_register` for work on people: not on a database older than its ledger, which then follows the work."""

    async def followed(session: Session) -> T:
        if not await session.ledger.drain():
            raise Refused(session.ledger.closed or "the erasure ledger cannot be written (SELOSTE_LEDGER)")
        done = await work(session)
        if not await session.ledger.drain():
            tell("done, but the erasure ledger does not hold it yet: it cannot be written (SELOSTE_LEDGER)")
        return done

    return in_register(followed)


def say(line: str = "") -> None:
    """A line of the command's result, on stdout."""
    typer.echo(line)


def tell(line: str) -> None:
    """A line about the result for whoever watches, on stderr."""
    typer.echo(line, err=True)
