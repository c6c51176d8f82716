"""Runs one scenario over the hot paths and again step by step, on clean databases, and compares all that is left."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db import Database, Prepared
from app.db.postgres import PostgresDatabase
from app.db.sqlite import SqliteDatabase
from tests.hot.scenarios import Scenario
from tests.worlds import Caller, Template, World

TABLES = ("consent_events", "consent_states", "purchases", "vouchers", "audit_events", "audit_subjects", "customers")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_OF_THE_RUN = {"content_hash"}
"""Columns that hang on ids made in the run."""


class Hot:
    """Counts the prepared statements that did their work; `off` lets every one of them find nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, off: bool = False) -> None:
        self.served = 0
        for kind in (PostgresDatabase, SqliteDatabase):
            monkeypatch.setattr(kind, "fetch", self._watched(kind.fetch, off=off))

    def _watched(self, fetch: Any, *, off: bool) -> Any:
        async def watched(db: Database, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
            rows: Sequence[Any] = () if off else await fetch(db, statement, values)
            self.served += bool(rows)
            return rows

        return watched


class _Recorder(Caller):
    """Keeps every answer."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        super().__init__(api)
        self.answers: list[tuple[int, str]] = []

    async def __call__(
        self, role: str, method: str, path: str, json: Any = None, expect: int | None = None, **headers: str
    ) -> Any:
        answer = await super().__call__(role, method, path, json, None, **headers)
        self.answers.append((answer.status_code, answer.text))
        assert expect is None or answer.status_code == expect, answer.text
        return answer if expect is None else answer.json()


async def outcome(app: FastAPI, template: Template, place: Path, scenario: Scenario) -> dict[str, Any]:
    """What the scenario answered and left in the database, with ids replaced by what they are ids of."""
    world = World(app, template, template.fresh(place))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as api:
        call = _Recorder(api)
        await scenario(call, world)
    tables = {table: await world.rows(f"SELECT * FROM {table}") for table in TABLES}
    names = await _names(world)
    await world.close()
    left = {
        table: sorted(
            repr({k: _named(names, v) for k, v in row._mapping.items() if k not in _OF_THE_RUN}) for row in rows
        )
        for table, rows in tables.items()
    }
    return {"answers": [(status, _named(names, text)) for status, text in call.answers], **left}


async def _names(world: World) -> dict[str, str]:
    """What each id that matters is the id of; any other is just an id."""
    queries = {
        "client": "SELECT id, name FROM api_clients",
        "customer": "SELECT customer_id, external_id FROM customer_references",
        "key": "SELECT c.audit_key, r.external_id FROM customers c JOIN customer_references r ON r.customer_id = c.id",
        "event": "SELECT id, event_id FROM consent_events",
        "purchase": "SELECT id, order_id FROM purchases",
    }
    return {
        str(row[0]).replace("-", ""): f"{kind} {row[1]}"
        for kind, sql in queries.items()
        for row in await world.rows(sql)
    }


def _named(names: dict[str, str], value: Any) -> str:
    return _UUID.sub(lambda found: names.get(found[0].replace("-", ""), "id"), str(value))
