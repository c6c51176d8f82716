"""A fake vendor as a real HTTP server on loopback, in a thread of its own; and the troubles it can have."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The app on a port of its own, free unless named; its address without a trailing slash."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    listener.listen(64)
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()


@dataclass
class Troubles:
    """What goes wrong with the next answers; each counts down as it strikes, and strikes nobody at 0.

    `outage`: 503 and nothing is done. `bare_403`, `bare_429`: refused at the door, without a body. `half`: it is done,
    but the connection breaks in the middle of the answer. `lost`: it is done and nothing is answered. `slow`: seconds
    that each answer takes.
    """

    outage: int = 0
    bare_403: int = 0
    bare_429: int = 0
    half: int = 0
    lost: int = 0
    slow: float = 0.0
    retry_after: int | None = None
    outage_body: bytes = b""

    def strikes(self, name: str) -> bool:
        """Whether this trouble strikes now."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


class Troubled:
    """Wraps a fake: has its troubles before and after what the fake does."""

    def __init__(self, app: ASGIApp, troubles: Troubles) -> None:
        self.app = app
        self.troubles = troubles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, be slow, break off, or be out of order."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.troubles.slow:
            await asyncio.sleep(self.troubles.slow)
        for name, status in (("outage", 503), ("bare_403", 403), ("bare_429", 429)):
            if self.troubles.strikes(name):
                await self._refuse(status, send)
                return
        if self.troubles.strikes("lost"):
            await self.app(scope, receive, _silence)
            return  # uvicorn closes the connection of an app that answers nothing
        await self.app(scope, receive, _breaking(send) if self.troubles.strikes("half") else send)

    async def _refuse(self, status: int, send: Send) -> None:
        wait = [] if self.troubles.retry_after is None else [(b"retry-after", b"%d" % self.troubles.retry_after)]
        body = self.troubles.outage_body if status == 503 else b""
        await send({"type": "http.response.start", "status": status, "headers": wait})
        await send({"type": "http.response.body", "body": body})


async def _silence(message: Message) -> None:
    """Say nothing."""


class BrokenOff(Exception):
    """The fake's connection breaks, as asked."""


def _breaking(send: Send) -> Send:
    async def broken(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            raise BrokenOff
        promised = [(name, value) for name, value in message.get("headers", []) if name != b"content-length"]
        await send({**message, "headers": [*promised, (b"content-length", b"1000000")]})

    return broken
