"""`seloste serve`: one process of the API, until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import typer
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from app.commands import console
from app.commands.console import Refused
from app.connections import Limits, limited
from app.main import create_app, trace_with
from app.settings import Settings

app = typer.Typer()
log = structlog.get_logger("seloste")

GRACE_SECONDS = 20
"""How long requests in flight may take after SIGTERM; an orchestrator should wait a little longer."""
KEEP_ALIVE_SECONDS = 65
"""Longer than a reverse proxy keeps its idle connections, so that the proxy closes them and not we."""
SHORTEST_TOKEN = 16


@app.command()
def serve() -> None:
    """Serve the API on SELOSTE_HOST and SELOSTE_PORT until SIGTERM or Ctrl-C.

    The database must be migrated (seloste migrate) and a definition applied (seloste register apply FILE). When told
    to stop, it takes no new connections, finishes the requests in flight, and ends with code 0.
    """
    settings = console.start()
    check_token(settings)
    asyncio.run(_check_register(settings))
    place, settings = bound(settings)
    with place:
        listen(settings, place, lambda: log.info("serving", url=settings.base_url))


async def _check_register(settings: Settings) -> None:
    async with console.ready(settings):
        pass


def check_token(settings: Settings) -> None:
    """Raise `Refused` for an owner's token that is too short to be safe."""
    token = settings.bootstrap_admin_token
    if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
        raise Refused(f"SELOSTE_BOOTSTRAP_ADMIN_TOKEN: needs {SHORTEST_TOKEN} characters or more")


def bound(settings: Settings) -> tuple[socket.socket, Settings]:
    """A socket at the address of the settings, not yet listening, and the settings with its port.

    Raises `Refused` when the address is taken or none of this machine's; port 0 takes any free one.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        place = _bind(socket.socket(family, kind, protocol), address)
    except OSError as error:
        raise Refused(f"cannot listen on {where}: {error.strerror} (SELOSTE_HOST, SELOSTE_PORT)") from None
    return place, settings.model_copy(update={"port": place.getsockname()[1]})


def _bind(place: socket.socket, address: Any) -> socket.socket:
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(address)
    except OSError:
        place.close()
        raise
    return place


def listen(settings: Settings, place: socket.socket, announce: Callable[[], None]) -> None:
    """Serve on a bound socket until a signal; raises `Refused` when the service cannot start."""
    with _traced(create_app(settings), settings) as built:
        _run(_Server(_configuration(built, settings), announce), place)


@contextmanager
def _traced(built: FastAPI, settings: Settings) -> Iterator[ASGIApp]:
    """The app, with SELOSTE_TRACING one that sends spans; the last of them are sent when the service has stopped."""
    if not settings.tracing:
        yield built
        return
    try:
        from app.telemetry.tracing import exporting  # noqa: PLC0415 (most installations go without)
    except ModuleNotFoundError:
        raise Refused("SELOSTE_TRACING: install the packages of requirements-otel.txt first") from None
    provider = exporting()
    try:
        yield trace_with(built, provider)
    finally:
        provider.shutdown()


def _run(server: uvicorn.Server, place: socket.socket) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        server.run(sockets=[place])
    except SystemExit as end:
        if end.code:
            raise Refused("the service could not start; the log says why") from None


def _configuration(built: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        built,
        proxy_headers=settings.trusted_proxies is not None,
        forwarded_allow_ips=settings.trusted_proxies or "",
        http=limited(Limits(settings.request_seconds, settings.max_connections)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _end(_number: int, _frame: object) -> None:
    """The signal that uvicorn repeats once it has stopped gracefully, or one that comes before it listens."""
    raise SystemExit(0)


class _Server(uvicorn.Server):
    """Says when it serves and when it stops."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in flight, then close."""
        log.info("stopping", connections=len(self.server_state.connections))
        await super().shutdown(sockets)
        log.info("stopped")
