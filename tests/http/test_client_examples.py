"""The examples for integrations run as they stand, twice, because a retry must be safe."""

import runpy
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processors.calls import DPF, transfer
from tests.worlds import TOKENS, Caller, Template, World

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
LINES = 10


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """What an integration says does not depend on the engine."""
    return sqlite_template


def example(name: str) -> dict[str, Any]:
    """What the file defines."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


async def test_the_webshop_and_the_booking_system(call: Caller, world: World, api: httpx.AsyncClient) -> None:
    """The newsletter waits for the transfer; the booking system hears of the person it shares."""
    sell, book = example("webshop")["sell"], example("booking")["book"]
    now = "2026-11-22T10:00:00+02:00"
    api.headers["Authorization"] = f"Bearer {TOKENS['webshop']}"
    assert await sell(api, "1001", "veera@example.fi", now) is False
    await call(
        "dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(purposes=["newsletter"], **DPF), expect=201
    )
    assert await sell(api, "1001", "veera@example.fi", now) is True
    api.headers["Authorization"] = f"Bearer {TOKENS['booking']}"
    for _ in range(2):
        assert {one["kind"] for one in await book(api, "B-7", "varpu@example.com", now)} <= {"registered"}
    assert len(await world.rows("SELECT id FROM customers WHERE name IS NOT NULL")) == 2
    assert len(await world.rows("SELECT id FROM bookings")) == 1
    assert len(await world.rows("SELECT id FROM consent_events")) == 2


@pytest.mark.parametrize(("name", "function"), [("webshop", "sell"), ("booking", "book")])
def test_an_example_is_ten_lines(name: str, function: str) -> None:
    """Somebody reads it in a minute: so many lines of code within its function, which the README shows as it stands."""
    code = (EXAMPLES / f"{name}.py").read_text("utf-8")
    head, body = f"async def {function}(", code.partition(f"async def {function}(")[2].partition("\n\n\n")[0]
    assert len(body.splitlines()[2:]) <= LINES, body
    assert f"```python\n{head}{body}\n```" in (ROOT / "README.md").read_text("utf-8")
