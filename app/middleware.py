"""Pure ASGI middleware: request id, body limit, security headers, metrics and one log line per request."""

import time
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("seloste.http")

LATENCY = Histogram(
    "seloste_request_seconds",
    "Time to answer, by route",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REFUSED = Counter("seloste_bodies_too_large_total", "Requests refused for the size of their body")

HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class Observe:
    """Wraps the whole app; logs method, route template and status, never the path itself or the body."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = str(uuid4())
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id)
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self.app(scope, self._limited(scope, receive), answer)
        finally:
            _observe(scope, status, time.perf_counter() - began)
            structlog.contextvars.clear_contextvars()

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        left = self.max_body_bytes
        if declared.isdigit() and int(declared) > left:
            left = -1

        async def limited() -> Message:
            nonlocal left
            message = await receive() if left >= 0 else {}
            left -= len(message.get("body", b""))
            if left < 0:
                REFUSED.inc()
                raise HTTPException(413)
            return message

        return limited


def _add_headers(message: Message, request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-Id"] = request_id
    for name, value in HEADERS:
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path_format", "unmatched")
    LATENCY.labels(scope["method"], route, str(status)).observe(seconds)
    level = log.error if status >= 500 else log.info
    level("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
