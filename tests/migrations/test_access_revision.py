"""Revision 0008: requests that are there get room for replies; going back ends every link and leaves no copy."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, inspect, text

from app.db import Database, open_database
from app.migrating import downgrade, upgrade
from app.subject_requests.tables import subject_requests
from app.subject_requests.tables_replies import access_redactions, access_release_parts, access_releases
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
CASE, RELEASE = UUID(int=7), UUID(int=8)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"replies_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(url)
    yield opened
    await opened.close()


def _request(connection: Connection) -> None:
    """A request as every release before knew it."""
    named = {"case_number": "2026-00001", "right": "access", "state": "in_review", "channel": "email"}
    when = {"received_at": STARTED, "received_on": STARTED.date(), "due_on": STARTED.date(), "created_at": STARTED}
    row: dict[str, Any] = {"id": CASE, "version": 1, "purposes": [], "channels": [], "person_in_charge": "M", **named}
    row |= {**when, "register_version": 1, "created_by": CASE}
    known = {column["name"] for column in inspect(connection).get_columns("subject_requests")}
    connection.execute(insert(subject_requests).values({name: row[name] for name in row if name in known}))


def _reply(connection: Connection) -> None:
    mark = {"id": CASE, "request_id": CASE, "record": "person:1", "field": "", "reason": "Shared."}
    connection.execute(insert(access_redactions).values(**mark, marked_at=STARTED, marked_by=CASE))
    made = {"id": RELEASE, "request_id": CASE, "token_hash": "a" * 64, "language": "fi", "size": 1, "sha256": "b" * 64}
    when = {"released_at": STARTED, "released_by": CASE, "expires_on": STARTED.date(), "expires_at": STARTED}
    connection.execute(insert(access_releases).values(**made, records=1, withheld=1, **when))
    connection.execute(insert(access_release_parts).values(release_id=RELEASE, number=0, content=b"sealed"))


async def test_up_with_requests_and_back_with_replies(db: Database) -> None:
    """The request stays through it all; the copies do not outlive the release that knows how to end them."""
    await db.write(upgrade, before("0008"))
    await db.write(_request)
    await db.write(upgrade, "0008")
    await db.write(_reply)
    await db.write(downgrade, before("0008"))

    def left(connection: Connection) -> tuple[set[str], list[Any]]:
        names = {name for name in inspect(connection).get_table_names() if name.startswith("access_")}
        return names, list(connection.execute(text("SELECT case_number FROM subject_requests")).scalars())

    assert await db.read(left) == (set(), ["2026-00001"])
    await db.write(upgrade, "0008")
    assert len((await db.read(left))[0]) == 3
