"""One keep-alive connection of a client that may break off anywhere, and knows whether it was answered."""

import asyncio
import json
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any

PATIENCE = 20.0
"""Seconds that a client waits for an answer."""


class Lost(Exception):
    """No answer came, because the other end was gone: it was carried out before that, or never."""


class Abandoned(Lost):
    """The client broke off when all was sent, or waited no longer: the service lives and may yet carry it out."""


class Halved(Lost):
    """The client broke off before all was sent: nothing can have come of it."""


class Refused(Exception):
    """Nobody listens: nothing was sent."""


class Drop(Enum):
    """Where a client breaks off."""

    HEADERS = "after the headers"
    HALF = "in the middle of the body"
    WHOLE = "before the answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how long."""

    status: int
    headers: dict[str, str]
    body: Any
    seconds: float


class Line:
    """A connection to a port of this machine; opened when needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: Any = None, drop: Drop | None = None
    ) -> Answer:
        """Send a request and read its answer; raises `Refused` or `Lost`."""
        began = time.monotonic()
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                raise Refused from None
        try:
            async with asyncio.timeout(PATIENCE):
                status, sent, raw = await self._exchange(method, path, headers, body, drop)
        except (OSError, EOFError, ValueError, Lost) as error:
            await self.close()
            raise _loss(error) from None
        if sent.get("connection") == "close":
            await self.close()
        is_json = sent.get("content-type", "").endswith("json")
        return Answer(status, sent, json.loads(raw) if is_json and raw else None, time.monotonic() - began)

    async def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: Any, drop: Drop | None
    ) -> tuple[int, dict[str, str], bytes]:
        assert self._streams is not None
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        told = {"Host": "seloste.test", "Content-Length": str(len(content)), **headers}
        if body is not None:
            told["Content-Type"] = "application/json"
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in told.items()) + "\r\n"
        kept = {None: len(content), Drop.WHOLE: len(content), Drop.HALF: len(content) // 2, Drop.HEADERS: 0}[drop]
        writer.write(head.encode() + content[:kept])
        await writer.drain()
        if drop is not None:
            raise Abandoned if kept == len(content) else Halved
        return await _answer(reader)

    async def close(self) -> None:
        """Close the connection, if one is open."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _loss(error: Exception) -> Lost:
    match error:
        case Lost():
            return error
        case TimeoutError():
            return Abandoned()
        case _:
            return Lost()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return status, headers, await reader.readexactly(int(headers.get("content-length", "0")))
