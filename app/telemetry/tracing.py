"""OpenTelemetry, for installations that ask for it: one span for each request, one for each piece of database work.

Needs the extra `otel`. Where spans go is told by the variables that OpenTelemetry itself defines, such as
OTEL_EXPORTER_OTLP_ENDPOINT. Spans name route templates and functions; no path, query, header, statement or value.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db import Database, Prepared
from app.db.database import P, T, Work
from app.db.loading import RowsByTable

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def exporting() -> TracerProvider:
    """A provider that sends spans in batches to the endpoint of the environment; `shutdown` sends what is left."""
    provider = TracerProvider(resource=Resource.create({"service.name": "seloste"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Trace:
    """Pure ASGI middleware: the server span of a request, a child of the caller's when a `traceparent` came along."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self.tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with self.tracer.start_as_current_span(
            method, extract(carrier), SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            structlog.contextvars.bind_contextvars(trace_id=f"{span.get_span_context().trace_id:032x}")
            span.set_attribute("http.request.method", method)

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, told)
            route = getattr(scope.get("route"), "path_format", None)
            if route is not None:
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)


class TracedDatabase:
    """A `Database` whose every piece of work is a span that names the function."""

    def __init__(self, db: Database, tracer: Tracer) -> None:
        self._db = db
        self._tracer = tracer

    @property
    def dialect(self) -> str:
        """See `Database`."""
        return self._db.dialect

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database`."""
        with self._span("write", work):
            return await self._db.write(work, *args, **kwargs)

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database`."""
        with self._span("once", work):
            return await self._db.once(work, *args, **kwargs)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database`."""
        with self._span("read", work):
            return await self._db.read(work, *args, **kwargs)

    async def apart(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database`."""
        with self._span("apart", work):
            return await self._db.apart(work, *args, **kwargs)

    async def snapshot(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database`."""
        with self._span("snapshot", work):
            return await self._db.snapshot(work, *args, **kwargs)

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        """See `Database`."""
        with self._span("fetch", statement):
            return await self._db.fetch(statement, values)

    async def copy_in(self, rows: RowsByTable) -> None:
        """See `Database`."""
        await self._db.copy_in(rows)

    def load(self) -> Mapping[str, int]:
        """See `Database`."""
        return self._db.load()

    @property
    def calls(self) -> int:
        """See `Database`."""
        return self._db.calls

    async def others(self) -> bool:
        """See `Database`."""
        return await self._db.others()

    async def close(self) -> None:
        """See `Database`."""
        await self._db.close()

    @contextmanager
    def _span(self, way: str, work: object) -> Iterator[None]:
        attributes = {"db.system.name": self._db.dialect, "code.function.name": getattr(work, "__qualname__", "?")}
        with self._tracer.start_as_current_span(
            f"database {way}", kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ):
            yield
