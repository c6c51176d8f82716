"""Revision 0007 on a register in use: open requests stay, letters are theirs, and going back forgets only letters."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from app.db import Database, open_database
from app.letters.tables import letters
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
REQUEST, LETTER = UUID(int=7), UUID(int=8)
OLD = (
    'INSERT INTO subject_requests (id, case_number, version, "right", state, channel, purposes, channels, received_at, '
    "received_on, due_on, person_in_charge, register_version, created_at, created_by) VALUES (:id, '2026-00001', 1, "
    "'access', 'received', 'post', '[]', '[]', '2026-11-23 09:00:00.000000', '2026-11-23', '2026-12-23', 'Somebody', "
    "1, '2026-11-23 09:00:00.000000', :id)"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"letters_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(url)
    yield opened
    await opened.close()


def _request(connection: Connection) -> None:
    key = REQUEST.hex if connection.dialect.name == "sqlite" else str(REQUEST)
    connection.exec_driver_sql(OLD.replace(":id", f"'{key}'"))


def _letter(connection: Connection) -> None:
    row = {"id": LETTER, "number": "K-2026-000001", "kind": "acknowledgement", "case_number": "2026-00001"}
    pinned = {"template_version": 1, "register_version": 1, "notice_version": 1, "issued_by": REQUEST}
    told = {"request_id": REQUEST, "language": "fi", "content": {}, "issued_at": STARTED}
    connection.execute(insert(letters).values(**row, **pinned, **told))


def _forget(connection: Connection) -> None:
    connection.execute(text("DELETE FROM letters"))


def _rows(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def _noted(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM ledger_outbox WHERE kind = 'letter'")).scalar_one())


async def test_requests_from_before_get_letters_and_keep_themselves(db: Database) -> None:
    """Up: the open request guards its letter, which the ledger notes. Down: the request is still there."""
    await db.write(upgrade, "0006")
    await db.write(_request)
    for _ in range(2):
        await db.write(upgrade, "0007")
        await db.write(_letter)
        with pytest.raises(DBAPIError, match="may not be changed"):
            await db.write(_forget)
        assert await db.read(_noted) == 1
        await db.write(downgrade, "0006")
        assert (await db.read(_rows, "subject_requests"), await db.read(_noted)) == (1, 0)
