"""Lines of a range of a SQLite file are those that it writes for each row by itself."""

from uuid import UUID

import pytest

from app.audit import sqlite_rows
from app.audit.canonical import lines, lines_between
from tests.audit.trails import ALL, STARTED, event, insert_rows
from tests.worlds import Template, World

pytestmark = pytest.mark.anyio

LOWEST = UUID(int=0)


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """PostgreSQL hands over its columns."""
    return sqlite_template


async def test_a_range_is_its_rows(world: World) -> None:
    """With people and without, details of any order, and texts that look like an empty list of people."""
    likeness = '"subjects":[]'
    rows = [
        event(1, STARTED, entity_id=likeness, purpose=f'","{likeness}', details={likeness: "null}"}),
        event(2, STARTED, details={"found": 1, "a": {"zz": [1], "b": "ä\n\x1f"}}),
        event(3, STARTED, details=None, subject_key=None),
        event(4, STARTED, entity_id=None),
    ]
    await world.db.write(insert_rows, rows, named=3)

    made = await world.db.read(lines_between, LOWEST, ALL)
    assert made == await world.db.read(lines)
    assert [one.count(b'"subjects":[]') for one in made] == [0, 1, 1, 0]
    assert await world.db.read(lines_between, ALL, ALL) == []


async def test_somebody_named_by_no_row_changes_none(world: World) -> None:
    """Such a row was left by force; the lines are those of the rows that are there."""
    await world.db.write(insert_rows, [event(1, STARTED), event(3, STARTED)])
    rows = await world.db.read(lines)
    before = list(rows)
    for missing in (event(2, STARTED), event(4, STARTED)):
        sqlite_rows._name(rows, missing["id"].hex, '["x"]')
    assert rows == before
