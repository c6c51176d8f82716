"""The same file in one batch and row by row: what is told of it, and what it leaves."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from app.customers.identity import email_address
from app.imports import service
from tests.imports.files import Seen
from tests.worlds import Caller, World

WAYS = {"together": 100, "singly": 1}
"""Rows of a batch; each way has people and addresses of its own."""

Import = Callable[[Path, str, int], Awaitable[Seen]]
Shown = Callable[[Caller, dict[str, Any], str], Awaitable[str]]


async def tells_the_same(monkeypatch: pytest.MonkeyPatch, place: Path, number: int, taken: Import) -> None:
    """Import file `number` each way, from a folder of its own; the outcome of each row is the same."""
    told = []
    for way, rows in WAYS.items():
        monkeypatch.setattr(service, "BATCH", rows)
        folder = place / f"{way}-{number}"
        folder.mkdir()
        told.append((await taken(folder, way, number)).outcomes)
    assert told[0] == told[1]


async def leaves_the_same(world: World, call: Caller, addresses: Iterable[str], shown: Shown) -> None:
    """By address: the people behind it, as `shown` tells of them, and what suppresses it."""
    sql = "SELECT purpose, channel, state, since, origin FROM suppressions WHERE address_hash = :address"
    for name in addresses:
        left = []
        for way in WAYS:
            email = f"{name}.{way}@example.fi"
            page = await call("admin", "POST", "/v1/customers/search", {"email": email}, expect=200)
            people = [(await shown(call, one, way)).replace(way, "") for one in page["items"]]
            stops = await world.rows(sql, address=email_address(world.services.keys, email).hash)
            left.append((sorted(people), sorted(map(str, stops))))
        assert left[0] == left[1], name
