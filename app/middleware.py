"""Pure ASGI middleware: request id, body limit, HEAD, security headers, metrics and one log line per request."""

import time
from collections.abc import Callable, Iterable
from functools import cache
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import HEADERS

log = structlog.get_logger("seloste.http")

LATENCY = Histogram(
    "seloste_request_seconds",
    "Time to answer, by route",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REFUSED = Counter("seloste_bodies_too_large_total", "Requests refused for the size of their body")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that metrics and logs tell apart; callers can invent others."""
LONGEST_LENGTH = 15
"""Digits of a Content-Length that is worth reading."""


class Observe:
    """Wraps the whole app; logs method, route template and status, never the path itself or the body.

    `unexpected` makes the answer to a fault of ours, so that it too carries the headers and the request's id.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int, unexpected: Callable[[Exception], Response]) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.unexpected = unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        method = scope["method"]
        asked = {**scope, "method": "GET"} if method == "HEAD" else scope
        answer = _Answer(send, str(uuid4()), bodyless=method == "HEAD")
        structlog.contextvars.bind_contextvars(request_id=answer.request_id)
        try:
            await self._run(asked, self._limited(scope, receive), answer)
        finally:
            _observe(method, asked, answer.status, time.perf_counter() - began)
            structlog.contextvars.clear_contextvars()

    async def _run(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            if answer.started:
                raise
            await self.unexpected(error)(scope, receive, answer)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        left = self.max_body_bytes
        refused = _refused_unread(scope["headers"], left)

        async def limited() -> Message:
            nonlocal left
            if refused:
                raise HTTPException(refused)
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                REFUSED.inc()
                raise HTTPException(413)
            return message

        return limited


class _Answer:
    """Sends the answer on, with our headers, and remembers its status."""

    __slots__ = ("_bodyless", "_send", "request_id", "started", "status")

    def __init__(self, send: Send, request_id: str, *, bodyless: bool) -> None:
        self._send = send
        self._bodyless = bodyless
        self.request_id = request_id
        self.started = False
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            self._add_headers(message)
        elif self._bodyless and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    def _add_headers(self, message: Message) -> None:
        headers = list(message.get("headers", ()))
        said = {name for name, _ in headers}
        headers += [header for header in HEADERS if header[0] not in said]
        headers.append((b"x-request-id", self.request_id.encode()))
        message["headers"] = headers


@cache
def _latency(method: str, route: str, status: int) -> Histogram:
    """The histogram of these labels, of which there are few; finding it anew costs as much as observing."""
    return LATENCY.labels(method, route, str(status))


def _observe(method: str, scope: Scope, status: int, seconds: float) -> None:
    method = method if method in METHODS else "other"
    route = getattr(scope.get("route"), "path_format", "unmatched")
    _latency(method, route, status).observe(seconds)
    level = log.error if status >= 500 else log.info
    level("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _refused_unread(headers: Iterable[tuple[bytes, bytes]], limit: int) -> int | None:
    """The status for a body that its headers condemn: longer than the limit, or compressed, which could be a bomb."""
    for name, value in headers:
        if name == b"content-length" and (len(value) > LONGEST_LENGTH or (value.isdigit() and int(value) > limit)):
            REFUSED.inc()
            return 413
        if name == b"content-encoding" and value.lower() != b"identity":
            return 415
    return None
