"""`seloste demo`: the story of an erasure, on a private service of its own or on a running one."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from sqlalchemy import Connection

from app import logs
from app.commands import console, serve
from app.commands.console import Refused, Session
from app.commands.migrate import to_head
from app.demo_story.stage import Api, Imports, Refusal
from app.demo_story.story import Scale, Story
from app.demo_story.teller import Teller, Untrue
from app.main import create_app
from app.register.loading import bundled
from app.settings import Settings

app = typer.Typer()


@app.command()
def demo(
    url: Annotated[
        str | None, typer.Option(help="A running service; DATABASE_URL and SELOSTE_SECRET_FILE must be its own.")
    ] = None,
    people: Annotated[int, typer.Option(min=200, max=100_000, help="People in the audience export.")] = 5000,
) -> None:
    """Play the story of an erasure, from the first import to the address that comes back; ends with 0 if all is true.

    Without --url it starts a service of its own on a free port, with a database that is deleted afterwards.
    With --url it needs a service whose decisions are executed within two minutes (SELOSTE_EXECUTION_DELAY_HOURS=0), and
    an owner's token in SELOSTE_BOOTSTRAP_ADMIN_TOKEN.
    """
    scale = Scale(audience=people)
    if url is None:
        logs.configure("WARNING")
        asyncio.run(_private(scale))
        return
    settings = console.start()
    if settings.bootstrap_admin_token is None:
        raise Refused("SELOSTE_BOOTSTRAP_ADMIN_TOKEN: needed with --url")
    asyncio.run(_public(url, settings, scale))


async def _private(scale: Scale) -> None:
    with tempfile.TemporaryDirectory(prefix="seloste-demo-") as folder:
        token = secrets.token_urlsafe(24)
        settings = private_settings(Path(folder), f"sqlite:///{folder}/demo.db", token)
        async with console.opened(settings) as session:
            await prepare(session)
            async with serving(settings) as url:
                console.say(f"A service of its own is running on {url}.")
                await told(url, token, session, Path(folder), scale)


async def _public(url: str, settings: Settings, scale: Scale) -> None:
    assert settings.bootstrap_admin_token is not None  # noqa: S101 (looked at by the caller)
    token = settings.bootstrap_admin_token.get_secret_value()
    with tempfile.TemporaryDirectory(prefix="seloste-demo-") as folder:
        async with console.ready(settings) as session:
            await told(url, token, session, Path(folder), scale)


def private_settings(folder: Path, database_url: str, token: str) -> Settings:
    """Settings of a service that executes decisions at once and listens on any free loopback port."""
    return Settings.model_validate(
        {
            "database_url": database_url, "secret_file": folder / "demo.secret", "host": "127.0.0.1", "port": 0,
            "bootstrap_admin_token": token, "execution_delay_hours": 0, "background_interval_seconds": 0.2,
        }
    )  # fmt: skip


async def prepare(session: Session) -> None:
    """Migrate an empty database and apply the bundled definition."""
    await to_head(session.db)

    def apply(connection: Connection) -> None:
        session.registers.apply(connection, bundled(), session.served.clock(), None)

    await session.db.write(apply)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """A service in a thread of this process, with an event loop of its own; its address."""
    place, settings = serve.bound(settings)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None, access_log=False))
    thread = asyncio.create_task(asyncio.to_thread(server.run, sockets=[place]))
    try:
        while not server.started:
            if thread.done():
                raise Refused("the service could not start")
            await asyncio.sleep(0.02)
        yield settings.base_url
    finally:
        server.should_exit = True
        await thread
        place.close()


async def told(url: str, token: str, session: Session, folder: Path, scale: Scale) -> None:
    """Tell the story; raises `Refused` at the first claim that is not true."""
    teller = Teller(console.say)
    async with Api(url, {"owner": token}) as api:
        try:
            await Story(api, Imports(session.served, session.registers), folder, teller, scale).tell()
        except (Untrue, Refusal) as error:
            raise Refused(str(error)) from None
    console.say()
    console.say(f"The end: {teller.claims} claims, each checked.")
