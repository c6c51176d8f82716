"""Lines from a SQLite file say what its rows hold; `test_audit_seals.py` compares them with PostgreSQL's."""

import json
from uuid import UUID

import pytest

from app.audit.canonical import lines, lines_between
from app.audit.tables import audit_events
from tests.audit.trails import ALL, STARTED, event, insert_rows
from tests.worlds import Template, World

pytestmark = pytest.mark.anyio

LOWEST = UUID(int=0)


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """PostgreSQL hands over its columns."""
    return sqlite_template


async def test_a_line_says_what_its_row_holds(world: World) -> None:
    """With people and without, details of any order, and texts that look like an empty list of people."""
    likeness = '"subjects":[]'
    rows = [
        event(1, STARTED, entity_id=likeness, purpose=f'","{likeness}', details={likeness: "null}"}),
        event(2, STARTED, details={"found": 1, "a": {"zz": [1], "b": "ä\n\x1f"}}),
        event(3, STARTED, details=None, subject_key=None),
        event(4, STARTED, entity_id=None),
    ]
    await world.db.write(insert_rows, rows, named=3)
    people: dict[str, list[str]] = {}
    for one, key in await world.rows("SELECT event_id, audit_key FROM audit_subjects ORDER BY audit_key"):
        people.setdefault(one, []).append(key)

    made = [json.loads(line) for line in await world.db.read(lines_between, LOWEST, ALL)]
    assert [line["subjects"] for line in made] == [people.get(row["id"].hex, []) for row in rows]
    assert [len(line["subjects"]) for line in made] == [3, 0, 0, 3]
    for name in ("purpose", "entity_id", "details"):
        assert [line[name] for line in made] == [row[name] for row in rows]
    assert await world.db.read(lines_between, ALL, ALL) == []
    some = await world.db.read(lines, audit_events.c.id.in_([rows[1]["id"], rows[3]["id"]]))
    assert [json.loads(line) for line in some] == [made[1], made[3]]
