"""A desk at which requests are handled, and a worker that tells recipients."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.connectors.connector import Connector
from app.delivery.worker import Worker
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

Deliver = Callable[..., Awaitable[Counter[str]]]


@pytest.fixture
def desk(call: Caller) -> Desk:
    """Somebody who registers people and handles their requests over HTTP."""
    return Desk(call)


@pytest.fixture
def deliver(world: World) -> Deliver:
    """Everything that is due, through these connectors; humans tell the other recipients."""

    async def run(**connected: Connector) -> Counter[str]:
        return await Worker(world.services, world.registers, connected).run_once()

    return run


@pytest.fixture
def outbox(call: Caller) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """The notifications to a recipient, oldest first."""

    async def read(recipient: str = "mailchimp", **wanted: Any) -> list[dict[str, Any]]:
        asked = "&".join(f"{name}={value}" for name, value in {"recipient": recipient, **wanted}.items())
        found = await call("dpo", "GET", f"/v1/notifications?{asked}", expect=200)
        return [await call("dpo", "GET", f"/v1/notifications/{one['id']}", expect=200) for one in found["items"]]

    return read


@pytest.fixture
async def in_the_eea(call: Caller) -> None:
    """Every recipient is in Finland, so that nothing of Chapter V stands in the way."""
    for code in ("mailchimp", "tehden", "mycashflow", "digitalbooker"):
        await call("dpo", "PATCH", f"/v1/processors/{code}", {"country": "FI"}, expect=200, If_Match="*")
