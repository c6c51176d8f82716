"""PostgreSQL: what is lost is tried again, and an absent server is said to be absent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from app.db import TransactionLost, Unavailable, postgres
from app.db.postgres import PostgresDatabase
from app.deps import utc_now
from app.main import serve_from
from app.settings import Settings
from tests.databases import ServerHandle, create_database, drop_database, postgres_server
from tests.worlds import TOKENS

pytestmark = pytest.mark.anyio


@pytest.fixture
def url(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"outages_{abs(hash(request.node.nodeid)) % 10**12}"
    yield create_database(postgres_url, name)
    drop_database(postgres_url, name)


@pytest.fixture
async def db(url: str) -> AsyncIterator[PostgresDatabase]:
    made = PostgresDatabase(url, 4)
    await made.write(execute, "CREATE TABLE things (id int PRIMARY KEY, n int NOT NULL)")
    await made.write(execute, "INSERT INTO things VALUES (1, 0), (2, 0)")
    yield made
    await made.close()


def execute(connection: Connection, sql: str) -> None:
    connection.execute(text(sql))


def count(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM things ORDER BY id")).scalars())


async def test_a_deadlock_is_tried_again_and_both_callers_succeed(db: PostgresDatabase) -> None:
    """Two transactions that take two rows in opposite order both end up stored, once each."""
    tries: list[int] = []

    def add(connection: Connection, first: int, second: int) -> None:
        tries.append(first)
        for row in (first, second):
            connection.execute(text("UPDATE things SET n = n + 1 WHERE id = :row"), {"row": row})
            connection.execute(text("SELECT pg_sleep(0.2)"))

    await asyncio.gather(db.write(add, 1, 2), db.write(add, 2, 1))

    assert await db.read(count) == [2, 2]
    assert len(tries) > 2  # more where the machine is slow and they meet again


async def test_a_serialisation_failure_is_tried_again(db: PostgresDatabase) -> None:
    """Two serialisable transactions that read and then write the same row both count."""
    tries: list[int] = []

    def add(connection: Connection) -> None:
        tries.append(1)
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
        found = connection.execute(text("SELECT n FROM things WHERE id = 1")).scalar_one()
        connection.execute(text("SELECT pg_sleep(0.1)"))
        connection.execute(text("UPDATE things SET n = :n WHERE id = 1"), {"n": found + 1})

    await asyncio.gather(db.write(add), db.write(add))

    assert (await db.read(count))[0] == 2
    assert len(tries) > 2


async def test_a_transaction_that_is_always_lost_is_given_up(db: PostgresDatabase) -> None:
    """After a few tries the caller is told to come back, and nothing has changed."""
    tries: list[int] = []

    def lose(connection: Connection) -> None:
        tries.append(1)
        execute(connection, "UPDATE things SET n = 9")
        raise TransactionLost

    with pytest.raises(Unavailable):
        await db.write(lose)
    assert len(tries) == 4
    assert await db.read(count) == [0, 0]


async def test_a_broken_rule_is_not_tried_again(db: PostgresDatabase) -> None:
    """A constraint that refuses a row says so at once."""
    with pytest.raises(IntegrityError):
        await db.once(execute, "INSERT INTO things VALUES (1, 0)")


async def test_a_busy_pool_answers_that_it_is_busy(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long for a connection is told to come back."""
    monkeypatch.setattr(postgres, "POOL_TIMEOUT", 0.1)
    db = PostgresDatabase(url, 1)
    busy = asyncio.create_task(db.read(execute, "SELECT pg_sleep(0.5)"))
    await asyncio.sleep(0.1)

    with pytest.raises(Unavailable, match="busy"):
        await db.read(execute, "SELECT 1")
    await busy
    await db.read(execute, "SELECT 1")
    await db.close()


async def test_a_database_that_is_not_there_is_away(postgres_url: str) -> None:
    """Refused connections and refused log-ins are outages, not faults of the request."""
    nobody = PostgresDatabase("postgresql://nobody@127.0.0.1:1/none", 1)
    with pytest.raises(Unavailable):
        await nobody.read(execute, "SELECT 1")
    await nobody.close()


async def test_a_lost_connection_hurts_one_request_only(db: PostgresDatabase) -> None:
    """When the server ends our connections, one caller is told to come back and the next one is served."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with pytest.raises(Unavailable):
        await db.read(execute, ended)
    assert await db.read(count) == [0, 0]


async def test_work_under_way_ends_before_close_returns(url: str) -> None:
    """Closing gives every connection back to the server."""
    db = PostgresDatabase(url, 4)
    await asyncio.gather(*(db.read(execute, "SELECT 1") for _ in range(4)))
    await db.close()
    other = PostgresDatabase(url, 1)
    mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    left = -1
    for _ in range(50):
        left = await other.read(lambda c: c.execute(text(mine)).scalar_one())
        if not left:
            break
        await asyncio.sleep(0.02)
    await other.close()
    assert left == 0


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerHandle]:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with postgres_server() as server:
        yield server


async def test_a_stopped_server_answers_503_with_retry_after(
    app: FastAPI, own_server: ServerHandle, tmp_path: Path
) -> None:
    """While the database is away every route says 503 and when to come back, readiness says why, the process lives."""
    settings = Settings(database_url=own_server.url, secret_file=tmp_path / "secret", background=False)
    db = PostgresDatabase(own_server.url, 2)
    serve_from(app, settings, db, utc_now)
    await db.read(execute, "SELECT 1")
    await asyncio.to_thread(own_server.stop)

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as api:
        asked = await api.get("/v1/register", headers={"Authorization": f"Bearer {TOKENS['owner']}"})
        ready, alive = await api.get("/readyz"), await api.get("/healthz")
    await db.close()

    assert (asked.status_code, asked.headers["retry-after"], asked.json()["code"]) == (503, "1", "try-later")
    assert (ready.status_code, ready.json()["ready"], alive.status_code) == (503, False, 200)
