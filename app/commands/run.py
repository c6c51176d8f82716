"""`seloste run`, which `make run` calls: everything from an empty folder to a served API, in one process."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import typer
from sqlalchemy import Connection

from app import demo_people
from app.auth import repository as auth
from app.auth.actor import new_token, to_actor
from app.auth.schemas import ClientNew
from app.commands import clients, console, register, serve
from app.commands.console import Session
from app.commands.migrate import to_head
from app.register import repository
from app.register.builtin import BACKGROUND
from app.register.clients import BOOTSTRAP_NAME, bootstrap_owner
from app.register.loading import bundled, digest
from app.register.operation import Operation
from app.register.versions import Register
from app.settings import Settings

app = typer.Typer()

CLIENTS = (
    ClientNew(name="webshop", role="webshop", systems=["webshop"]),
    ClientNew(name="booking", role="booking", systems=["booking"]),
    ClientNew(name="mailer", role="mailer"),
    ClientNew(name="admin", role="admin", employment="employee"),
    ClientNew(name="accountant", role="accountant", employment="partner_staff"),
    ClientNew(name="dpo", role="dpo", employment="employee"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """The definition to run with: its text, its name, and whether SELOSTE_REGISTER named it."""

    text: str
    name: str
    named: bool


@app.command()
def run() -> None:
    """Start on this machine: migrate, apply the definition, make demo people on the first start, and serve.

    The definition is the file that SELOSTE_REGISTER names, or else the one of Lumicos that comes with the service. The
    first start prints the tokens of seven API clients, this once. For production use migrate, register apply and serve.
    """
    settings = console.start()
    serve.check_token(settings)
    place, settings = serve.bound(settings)
    with place:
        _show(asyncio.run(_prepare(settings, _source(settings))))
        serve.listen(settings, place, lambda: console.say(f"Swagger UI: {settings.base_url}/docs"))


def _source(settings: Settings) -> Source:
    if settings.register_file is None:
        return Source(bundled(), "the bundled definition", named=False)
    return Source(Path(settings.register_file).read_text("utf-8"), str(settings.register_file), named=True)


async def _prepare(settings: Settings, source: Source) -> dict[str, str]:
    """Bring the database up to date; the tokens of the clients that the first start made."""
    async with console.opened(settings, transaction_seconds=None) as session:
        console.say(await to_head(session.db))
        said, tokens = await session.db.write(_set_up, session, source)
        console.say(said)
        return tokens


def _set_up(connection: Connection, session: Session, source: Source) -> tuple[str, dict[str, str]]:
    """All of it in one transaction, so that an interrupted first start is a first start again."""
    said = _apply(connection, session, source)
    if any(row.role != "builtin" for row in clients.everyone(connection)):
        return said, {}
    return said, _introduce(connection, session)


def _apply(connection: Connection, session: Session, source: Source) -> str:
    """Apply the definition when the register needs it; a named file always counts, the bundled one only when new."""
    newest = repository.newest_version(connection)
    in_force = None if newest is None else repository.version(connection, newest)
    if in_force is not None and in_force.document == source.text:
        return f"definition: version {newest}"
    definition = register.parsed(source.text.encode(), source.name)
    known = {row.digest for row in repository.versions(connection)}
    if in_force is not None and not source.named and digest(definition) in known:
        return f"definition: version {newest} (applied later than {source.name}, which stays out of force)"
    version, changed = register.put_in_force(connection, session, source.text, definition)
    return f"definition: {definition.name} {'applied as' if changed else 'is'} version {version}"


def _introduce(connection: Connection, session: Session) -> dict[str, str]:
    """Make the owner, the clients and the demo people; the tokens by client name, in the order to show them."""
    op = session.operation(_in_force(connection))
    tokens = {BOOTSTRAP_NAME: _make_owner(connection, session, op)}
    for new in CLIENTS:
        tokens[new.name] = clients.make(connection, op, new)
    actors = demo_people.Actors(op, *(_operation_of(connection, session, op, name) for name in ("webshop", "booking")))
    demo_people.introduce(connection, actors)
    return tokens


def _in_force(connection: Connection) -> Register:
    newest = repository.newest_version(connection)
    row = repository.version(connection, newest or 0)
    assert row is not None  # noqa: S101 (applied in this transaction or before)
    return Register(row.version, row.digest, register.parsed(row.document.encode(), "the definition in force"))


def _make_owner(connection: Connection, session: Session, op: Operation) -> str:
    """Make the first owner; the token, or where it comes from when the environment names it."""
    given = session.served.settings.bootstrap_admin_token
    token = given.get_secret_value() if given else new_token()
    bootstrap_owner(connection, token, op.at)
    row = auth.client_by_name(connection, BOOTSTRAP_NAME)
    op.audit(connection, "make", "api_client", row and row.id, details={"role": "owner"})
    return "the value of SELOSTE_BOOTSTRAP_ADMIN_TOKEN" if given else token


def _operation_of(connection: Connection, session: Session, op: Operation, name: str) -> Operation:
    row = auth.client_by_name(connection, name)
    return session.operation(op.register, to_actor(row) if row else BACKGROUND)


def _show(tokens: dict[str, str]) -> None:
    if not tokens:
        return
    console.say(f"first start: {len(demo_people.PEOPLE)} generated people, {len(tokens)} API clients")
    console.say()
    console.say("Tokens, shown this once (Swagger UI: Authorize):")
    for name, token in tokens.items():
        console.say(f"  {name:<11} {token}")
    console.say()
