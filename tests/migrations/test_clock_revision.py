"""Revision 0010 on a register in use: questions keep their answers, and going back pauses no clock that must run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.db import Database, open_database
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before

pytestmark = pytest.mark.anyio

REQUEST = "00000000-0000-0000-0000-0000000000aa"
_REQUEST = """
INSERT INTO subject_requests (id, case_number, version, "right", state, channel, purposes, channels, received_at,
  received_on, due_on, person_in_charge, register_version, created_at, created_by)
VALUES ('{id}', '2026-00001', 1, 'access', 'in_review', 'post', '[]', '[]', '2026-03-02 10:00:00.000000',
  '2026-03-02', '2026-04-02', 'Mari Helenius', 1, '2026-03-02 10:00:00.000000', '{id}')
"""
_CHECK = """
INSERT INTO identity_checks (id, request_id, asked_on, reason, asked_for, sufficient_on)
VALUES ('{id}', '{request}', '2026-03-03', 'Doubt.', 'The order number.', {sufficient})
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"clock_{abs(hash(str(tmp_path))) % 10**12}"
    yield create_database(server, name)
    drop_database(server, name)


def _id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def _as_stored(connection: Connection, key: str) -> str:
    return key.replace("-", "") if connection.dialect.name == "sqlite" else key


def _in_use(connection: Connection) -> None:
    request = _as_stored(connection, REQUEST)
    connection.execute(text(_REQUEST.format(id=request)))
    for number, sufficient in enumerate(("'2026-03-10'", "NULL", "NULL", "NULL", "NULL")):
        check = _as_stored(connection, _id(number))
        connection.execute(text(_CHECK.format(id=check, request=request, sufficient=sufficient)))


def _checks(connection: Connection) -> list[Any]:
    return list(connection.execute(text("SELECT * FROM identity_checks ORDER BY id")))


def _ends(connection: Connection) -> None:
    for number, values in (
        (1, "ended_on = '2026-03-11', ending = 'insufficient'"),
        (2, "ended_on = '2026-03-11', ending = 'withdrawn'"),
        (3, "kind = 'clarification'"),
    ):
        key = _as_stored(connection, _id(number))
        connection.execute(text(f"UPDATE identity_checks SET {values} WHERE id = '{key}'"))


async def test_questions_keep_their_ends(url: str) -> None:
    """Up: an answer is an end. Down: other ends are ends for the release before, and what must not pause it is gone."""
    db: Database = open_database(url)
    await db.write(upgrade, before("0010"))
    await db.write(_in_use)
    await db.write(upgrade, "0010")
    after = await db.read(_checks)
    await db.write(_ends)
    await db.write(downgrade, before("0010"))
    back = await db.read(_checks)
    await db.close()

    assert [(row.kind, str(row.ended_on), row.ending) for row in after[:2]] == [
        ("identity", "2026-03-10", "sufficient"),
        ("identity", "None", None),
    ]
    assert [str(row.sufficient_on) for row in back] == ["2026-03-10", "2026-03-11", "None"]
    assert "ended_on" not in back[0]._fields
