"""Health, readiness, metrics and the documentation pages."""

import re

import httpx
import pytest
from sqlalchemy import Connection, text

from app.db import Unavailable
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio


async def test_a_service_in_order_is_ready(api: httpx.AsyncClient) -> None:
    """Database, migrations and definition each say ok; no token is needed."""
    alive, ready = await api.get("/healthz"), await api.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "checks": dict.fromkeys(("database", "migrations", "register", "ledger"), "ok"),
    }


async def test_a_database_behind_the_code_is_not_ready(api: httpx.AsyncClient, world: World) -> None:
    """Another revision, or none, is 503 and says what to run."""

    def set_back(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    head = (await world.rows("SELECT version_num FROM alembic_version"))[0][0]
    await world.db.write(set_back)
    answer = await api.get("/readyz")
    await world.db.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head}))

    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert "seloste migrate" in answer.json()["checks"]["migrations"]


async def test_a_database_of_the_next_release_is_served(api: httpx.AsyncClient, world: World) -> None:
    """Migrations only add, so the processes of this release stay ready until they are replaced."""
    head = (await world.rows("SELECT version_num FROM alembic_version"))[0][0]
    await world.db.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    answer = await api.get("/readyz")
    await world.db.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head}))

    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (200, "ok")


async def test_without_a_definition_nothing_is_ready(api: httpx.AsyncClient, call: Caller, world: World) -> None:
    """Readiness says what to run, and the API answers 503 instead of guessing a purpose."""
    if world.dialect == "postgresql":
        await world.db.write(lambda c: c.execute(text("SET LOCAL session_replication_role = 'replica'")))
    await world.db.write(forget_definition)
    answer, asked = await api.get("/readyz"), await call("owner", "GET", "/v1/register")

    assert answer.status_code == 503
    assert "seloste register apply" in answer.json()["checks"]["register"]
    assert (asked.status_code, asked.json()["code"]) == (503, "register-missing")


def forget_definition(connection: Connection) -> None:
    connection.execute(text("DELETE FROM register_versions"))


async def test_while_the_database_is_away_the_process_lives(
    api: httpx.AsyncClient, call: Caller, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readiness is 503, liveness 200, and every route says when to come back."""

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("the database is away")

    for way in ("read", "write", "once"):
        monkeypatch.setattr(type(world.db), way, away)
    ready, alive = await api.get("/readyz"), await api.get("/healthz")
    asked = await call("owner", "GET", "/v1/register")

    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "the database is away")
    assert alive.status_code == 200
    assert (asked.status_code, asked.headers["retry-after"]) == (503, "1")


async def test_metrics_know_routes_and_nobody(api: httpx.AsyncClient, call: Caller) -> None:
    """Labels are methods, route templates and statuses; what a caller chose is in none of them."""
    person = "01900000-0000-7000-8000-00000000abcd"
    await call("owner", "GET", f"/v1/customers/{person}")
    await call("owner", "GET", "/v1/customers/duplicates?shared=phone")
    await call("owner", "GET", "/zzyzx")
    await api.request("ZZYZX", "/zzyzx")
    await call("owner", "GET", f"/v1/transfers/{person}")
    metrics = (await api.get("/metrics")).text

    assert 'route="/v1/customers/{customer_id}"' in metrics
    assert 'route="/v1/transfers/{transfer_id:uuid}"' in metrics or 'route="/v1/transfers/{transfer_id}"' in metrics
    assert 'method="other",route="unmatched"' in metrics
    assert not [secret for secret in (person, "zzyzx", "phone", TOKENS["owner"]) if secret in metrics.lower()]


async def test_the_documentation_needs_nothing_from_elsewhere(api: httpx.AsyncClient) -> None:
    """Swagger UI, its scripts and its styles come from here, and the browser is told to load nothing else."""
    page = await api.get("/docs")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.status_code == 200
    assert not re.search(r"https?://|//[a-z]", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.headers["content-security-policy"]
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert len(files) >= 3
    for file in files:
        assert file.startswith("/docs-assets/")
        assert (await api.get(file)).status_code == 200, file
    assert (await api.get("/openapi.json")).status_code == 200


async def test_the_root_leads_to_the_documentation(api: httpx.AsyncClient) -> None:
    """Who opens the address finds the way."""
    answer = await api.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


async def test_every_answer_carries_the_security_headers(api: httpx.AsyncClient) -> None:
    """Pages, problems and API answers alike."""
    for path in ("/docs", "/healthz", "/v1/register", "/nowhere", "/openapi.json"):
        headers = (await api.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert headers["referrer-policy"] == "no-referrer", path
