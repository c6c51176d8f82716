"""What one connection may cost: how long a request may take to arrive, how long its address and headers may be, how
many connections there may be at once.

uvicorn by itself waits for ever and reads headers without end. What it cannot parse, it answers in plain text; here
that is a problem document too. The limit of bodies is `app.middleware`'s.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

from prometheus_client import Counter
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.errors import (
    HEADERS,
    PROBLEM_JSON,
    AddressTooLong,
    BadRequest,
    HeadersTooLarge,
    Problem,
    TooLarge,
    TooSlow,
    TryLater,
)

REFUSED = Counter("seloste_connections_refused_total", "Connections that ended before a whole request", ("code",))

LONGEST_ADDRESS = 8 * 1024
"""Bytes of path and query."""
LARGEST_HEADERS = 32 * 1024
"""Bytes of the address and all header names and values."""
MOST_HEADERS = 100
LARGEST_FRAMING = 1024 * 1024
"""Bytes that come with a body and are none of it: lengths of chunks, and trailers, which nobody reads."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` for a request to arrive whole, or for a caller to take our answer; `connections` at once."""

    seconds: float
    connections: int


class _Stage(Enum):
    """How much of a request has arrived."""

    HEADERS = auto()
    BODY = auto()
    WHOLE = auto()


def limited(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol of connections under these limits."""
    return type("Connection", (_Connection,), {"limits": limits})


class _Connection(HttpToolsProtocol):
    limits: ClassVar[Limits]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stage = _Stage.HEADERS
        self._begun = 0  # bytes of headers that have not all arrived
        self._framing = 0
        self._arriving: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._problem: Problem = BadRequest()
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Start the clock; close at once where there are too many."""
        super().connection_made(transport)
        self._arriving = self.loop.call_later(self.limits.seconds, self._late)
        if len(self.connections) > self.limits.connections:
            self._refuse(TryLater())

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop both clocks, and tell the answer under way; uvicorn tells only the last request of the connection."""
        self._arrived()
        self._taken()
        if self._answering is not None:
            self._answering.disconnected = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and keep the clock running until the request is whole."""
        before = self._stage
        super().data_received(data)
        if self.transport.is_closing() or self._is_busy():
            return
        if self._arriving is None:
            self._arriving = self.loop.call_later(self.limits.seconds, self._late)
        if self._stage is before:
            self._count(len(data))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stage = _Stage.HEADERS
        self._begun = self._framing = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and no trailer."""
        if self._stage is _Stage.HEADERS:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the app, if its address and headers are of a sensible size."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > LARGEST_HEADERS or len(self.url) > LONGEST_ADDRESS or len(self.headers) > MOST_HEADERS:
            self._problem = _too_large(self.url)
            raise ValueError  # ends the parsing: uvicorn calls send_400_response
        self._stage = _Stage.BODY
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body; `app.middleware` counts it."""
        self._framing -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._stage = _Stage.WHOLE
        self._arrived()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's own words, in plain text)
        """Refuse what is no HTTP request, or one that was refused while it was parsed."""
        self._refuse(self._problem)

    def pause_writing(self) -> None:
        """The caller does not take the answer as fast as it comes: give it a while."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.limits.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller has taken most of it."""
        self._taken()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        """An upgrade that a caller offers is passed over; uvicorn would advise to install a library."""

    def _count(self, arrived: int) -> None:
        """Count what has arrived of headers, or of the body and all that is around it."""
        if self._stage is _Stage.HEADERS:
            self._begun += arrived
            if self._begun > LARGEST_HEADERS:
                self._refuse(_too_large(self.url))
        elif self._stage is _Stage.BODY:
            self._framing += arrived
            if self._framing > LARGEST_FRAMING:
                self._refuse(TooLarge())

    def _late(self) -> None:
        self._arriving = None
        if self._stage is _Stage.BODY or self._begun:
            self._refuse(TooSlow())
        else:
            self.transport.close()  # nothing was asked

    def _refuse(self, problem: Problem) -> None:
        """Answer, where that could not be taken for the answer to something else, and close."""
        REFUSED.labels(problem.code).inc()
        if self._may_answer(self.cycle):
            self.transport.write(_response(problem))
        self.transport.close()

    def _may_answer(self, cycle: RequestResponseCycle | None) -> bool:
        """Whether nothing stands in the way: no answer to this request has begun, none to an earlier one is due."""
        if cycle is None:
            return True
        return not cycle.response_started if self._stage is _Stage.BODY else cycle.response_complete

    def _is_busy(self) -> bool:
        """Whether the wait is ours: a whole request is being answered, or has been and uvicorn's own clock runs."""
        if self._stage is not _Stage.WHOLE:
            return False
        return not self.cycle.response_complete or self.timeout_keep_alive_task is not None

    def _arrived(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


def _too_large(address: bytes) -> Problem:
    return AddressTooLong() if len(address) > LONGEST_ADDRESS else HeadersTooLarge()


def _response(problem: Problem) -> bytes:
    body = json.dumps(problem.body()).encode()
    headers: Iterable[tuple[str, str]] = {
        "Content-Type": PROBLEM_JSON,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **{name.decode(): value.decode() for name, value in HEADERS},
        **problem.headers,
    }.items()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return STATUS_LINE[problem.status] + lines.encode() + b"\r\n" + body
