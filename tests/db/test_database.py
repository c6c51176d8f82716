"""What holds on both engines: write, once and read, instants, and nothing left open."""

import gc
import warnings
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from app.auth.tables import idempotency_keys
from app.db import new_id, open_database
from tests.worlds import World

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=3)))


def add_key(connection: Connection, at: datetime) -> str:
    route = str(new_id())
    values = {"client_id": new_id(), "route": route, "key_hash": "k", "body_hash": "b", "created_at": at}
    connection.execute(insert(idempotency_keys).values(values))
    return route


def at_of(connection: Connection, route: str) -> datetime | None:
    c = idempotency_keys.c
    return connection.execute(select(c.created_at).where(c.route == route)).scalar_one_or_none()


async def test_an_instant_comes_back_in_utc_to_the_microsecond(world: World) -> None:
    """Whatever the zone it was given in."""
    route = await world.db.write(add_key, NOON)
    found = await world.db.read(at_of, route)

    assert found == NOON
    assert found is not None
    assert found.tzinfo is UTC


async def test_an_instant_without_a_zone_is_refused(world: World) -> None:
    """A naive value never reaches the database."""
    with pytest.raises(Exception, match="time zone"):
        await world.db.write(add_key, NOON.replace(tzinfo=None))


async def test_a_write_that_raises_has_changed_nothing(world: World) -> None:
    """The exception comes out as it was raised, and the row is not there."""
    routes: list[str] = []

    def half(connection: Connection) -> None:
        routes.append(add_key(connection, NOON))
        raise LookupError("seen")

    with pytest.raises(LookupError, match="seen"):
        await world.db.write(half)
    assert await world.db.read(at_of, routes[0]) is None


async def test_once_is_stored_when_it_returns(world: World) -> None:
    """A single statement in autocommit is there for the next reader."""
    route = await world.db.once(add_key, NOON)
    assert await world.db.read(at_of, route) == NOON


async def test_a_reader_sees_what_was_written_just_before(world: World) -> None:
    """Reads after an answered write never lag behind it."""
    for number in range(20):
        route = await world.db.write(add_key, NOON + timedelta(seconds=number))
        assert await world.db.read(at_of, route) == NOON + timedelta(seconds=number)


async def test_closing_leaves_nothing_open(world: World) -> None:
    """No connection, thread or socket is left to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        for _ in range(3):
            db = open_database(world.url)
            await db.write(add_key, NOON)
            await db.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())
            await db.close()
            del db
        gc.collect()


async def test_closing_twice_is_harmless(world: World) -> None:
    """A second close finds nothing to do."""
    db = open_database(world.url)
    await db.close()
    await db.close()


def test_an_address_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Only SQLite and PostgreSQL are served, and the message does not repeat a password."""
    with pytest.raises(ValueError, match="sqlite: or postgresql:") as refused:
        open_database("mysql://user:secret@host/db")
    assert "secret" not in str(refused.value)


async def test_an_address_may_say_sslmode(world: World) -> None:
    """The name that libpq and most hosts write works as it does there: `disable` connects, nonsense is refused."""
    if world.dialect == "sqlite":
        return
    mark = "&" if "?" in world.url else "?"
    plain = open_database(f"{world.url}{mark}sslmode=disable")
    assert await plain.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one()) == 1
    await plain.close()
    with pytest.raises(Exception, match="sslmode"):
        await open_database(f"{world.url}{mark}sslmode=perhaps").read(at_of, "none")
