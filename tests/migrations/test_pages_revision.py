"""Revision 0019 on a register in use: requests keep their rows, links and private pages come and go."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, select, text, update

from app.consents.tables import unsubscribe_links
from app.db import open_database
from app.migrating import downgrade, upgrade
from app.subject_requests.tables import subject_requests
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
REQUEST = UUID(int=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"paged_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


def _request(connection: Connection) -> None:
    on = {"received_on": STARTED.date(), "due_on": STARTED.date(), "received_at": STARTED, "created_at": STARTED}
    about = {"case_number": "2026-00001", "right": "access", "state": "received", "channel": "form"}
    lists = {"purposes": [], "channels": [], "person_in_charge": "x", "register_version": 1, "created_by": REQUEST}
    connection.execute(insert(subject_requests).values(id=REQUEST, version=1, **about, **on, **lists))


def _pages(connection: Connection) -> None:
    connection.execute(update(subject_requests).values(page_token_hash="f" * 64))
    link = {"id": REQUEST, "token_hash": "e" * 64, "address_kind": "email", "address_hash": "d" * 64}
    common = {"purpose": "newsletter", "channel": "email", "language": "fi", "issued_at": STARTED}
    connection.execute(insert(unsubscribe_links).values(**link, **common))


def _numbers(connection: Connection) -> list[str]:
    return list(connection.execute(select(subject_requests.c.case_number)).scalars())


async def test_requests_outlive_the_pages(url: str) -> None:
    """Up, used, down and up again: the request is there, the links are not."""
    db = open_database(url)
    await db.write(upgrade, before("0019"))
    await db.write(_request)
    await db.write(upgrade, "0019")
    await db.write(_pages)
    await db.write(downgrade, before("0019"))
    assert await db.read(_numbers) == ["2026-00001"]
    await db.write(upgrade, "0019")
    links = await db.read(lambda c: c.execute(text("SELECT count(*) FROM unsubscribe_links")).scalar_one())
    pages = await db.read(lambda c: c.execute(select(subject_requests.c.page_token_hash)).scalars().all())
    await db.close()
    assert (links, pages) == (0, [None])
