"""The watch over personal values works: it sits where it should, and it finds each kind of leak."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import REGISTRY, Counter
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.middleware import Observe
from app.problem_handlers import unexpected
from tests import leaks
from tests.customers.people import person, upsert
from tests.leaks import WATCH, look_into
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio

AINO = {"name": "Aino Vuotaja", "email": "aino.vuotaja@example.fi", "phone": "040 765 4321"}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What these tests leak on purpose is no finding."""
    yield
    WATCH.leaks()
    WATCH.ever -= {value for value in WATCH.ever if "vuotaja" in value}


async def asked(app: Any, path: str = "/v1/customers", body: Any = AINO) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://leak.test") as api:
        await api.post(path, json=body)


def echoing(status: int, said: str) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await JSONResponse({"detail": said}, status)(scope, receive, send)

    return Observe(app, 10_000, unexpected)


def test_the_watch_is_in_its_place(request: pytest.FixtureRequest) -> None:
    """It wraps the middleware and the loggers of this process, and every test is asked for its leaks."""
    assert Observe.__call__ is leaks.observe
    assert structlog.BoundLoggerBase._proxy_to_logger is leaks.log
    assert "no_leaks" in request.fixturenames
    assert any(isinstance(handler, leaks.Lines) for handler in logging.getLogger().handlers)


@pytest.mark.parametrize("said", ["of AINO VUOTAJA", "to aino.vuotaja@example.fi", "+358407654321 is", "040 765 4321"])
@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_value_in_a_refusal_is_found(status: int, said: str) -> None:
    """Whatever the case of its letters and the spaces of its digits."""
    await asked(echoing(status, said))
    assert [found.split(":")[0] for found in WATCH.leaks()] in (["refusal"], ["refusal"] * 2)


async def test_a_value_in_an_answer_is_none() -> None:
    """Who may read a person reads their values."""
    await asked(echoing(200, "Aino Vuotaja"))
    assert WATCH.leaks() == []


async def test_a_value_in_a_log_line_is_found() -> None:
    """Said by the service or by a library, in whatever part of the line."""
    await asked(echoing(200, ""))
    structlog.get_logger("x").info("made", whom=["Aino Vuotaja"])
    logging.getLogger("library").warning("cannot reach %s", "aino.vuotaja@example.fi")
    found = WATCH.leaks()
    assert len(found) == 2
    assert all(one.startswith("log: ") for one in found)


async def test_a_value_in_an_address_is_found() -> None:
    """What stands in a path or a query is somebody's too."""
    await asked(echoing(200, ""), "/v1/anything?since=who@vuotaja.example.fi", {})
    structlog.get_logger("x").info("asked", query="who@vuotaja.example.fi")
    assert len(WATCH.leaks()) == 1


async def test_a_value_in_the_trail_is_found(call: Caller, world: World) -> None:
    """Details of an audit row are read when a test ends."""
    await upsert(call, name="Aino Vuotaja")
    await look_into(world)
    assert WATCH.leaks() == []
    await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-2", person(name="Aino Vuotaja"))
    insert = (
        "INSERT INTO idempotency_keys (client_id, route, key_hash, body_hash, created_at) "
        "VALUES ('00000000000000000000000000000001', 'of Aino Vuotaja', 'k', 'b', '2026-11-23 09:00:00')"
    )
    await world.db.write(lambda connection: connection.exec_driver_sql(insert))
    await look_into(world)
    assert [found.split(":")[0] for found in WATCH.leaks()] == ["row"]


async def test_a_value_in_a_metric_is_found() -> None:
    """Labels are looked at once, when all tests of a process have run."""
    counter = Counter("leaking", "A metric that names people", ("whom",))
    await asked(echoing(200, ""))
    WATCH.leaks()
    assert WATCH.leaks_in_metrics() == []
    counter.labels("Aino Vuotaja").inc()
    found = WATCH.leaks_in_metrics()
    REGISTRY.unregister(counter)
    assert found == ["aino vuotaja"]


async def test_a_token_that_is_said_is_found() -> None:
    """Tokens are no person's, and as secret."""
    structlog.get_logger("x").info("signed in", token=TOKENS["owner"])
    assert leaks.tokens_told() == ["owner"]
