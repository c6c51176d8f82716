"""OpenTelemetry: what a span tells, and that it tells nothing of a person."""

from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from app.main import trace_with
from tests.subject_requests.people import customer
from tests.worlds import TOKENS, World

pytestmark = pytest.mark.anyio
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where the spans of a test go."""
    return InMemorySpanExporter()


@pytest.fixture
async def traced(world: World, spans: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the service with tracing on."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    app = trace_with(world.app, provider)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://seloste.test") as client:
        yield client


async def register(client: httpx.AsyncClient) -> httpx.Response:
    """One customer, with a caller's trace."""
    return await client.put(
        "/v1/customers/by-reference/webshop/c-1",
        json=customer(),
        headers={"Authorization": f"Bearer {TOKENS['webshop']}", "traceparent": CALLER},
    )


def server_span(spans: InMemorySpanExporter) -> ReadableSpan:
    """The span of the request."""
    (found,) = (span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER)
    return found


async def test_a_request_is_a_span_of_the_callers_trace(traced: httpx.AsyncClient, spans: InMemorySpanExporter) -> None:
    """Named by method and route template, with its status, a child of what the caller sent."""
    assert (await register(traced)).status_code == 201
    span = server_span(spans)

    assert span.name == "PUT /v1/customers/by-reference/{system}/{external_id}"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 201
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == CALLER.split("-")[1]


async def test_database_work_is_told_below_it(
    traced: httpx.AsyncClient, spans: InMemorySpanExporter, world: World
) -> None:
    """Each piece by the name of its function."""
    await register(traced)
    request = server_span(spans)
    below = [span for span in spans.get_finished_spans() if span.parent and span.parent == request.context]

    assert {span.name.split()[0] for span in below} == {"database"}
    assert {span.attributes["db.system.name"] for span in below if span.attributes} == {world.dialect}


async def test_no_span_tells_of_a_person(traced: httpx.AsyncClient, spans: InMemorySpanExporter) -> None:
    """Neither what was sent nor a path, a query or a token is in any of them, faults included."""
    await register(traced)
    await traced.get("/v1/customers/duplicates?shared=aino1@example.fi", headers={"traceparent": "nonsense"})
    told = "".join(span.to_json() for span in spans.get_finished_spans())

    values = ("Aino", "aino1", "example.fi", "040 100", "Koetie", "c-1", TOKENS["webshop"])
    assert [value for value in values if value in told] == []
