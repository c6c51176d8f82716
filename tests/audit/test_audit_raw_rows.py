"""Lines that are made here from PostgreSQL's raw columns are those that the server would write."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Connection

from app.audit.canonical import lines, lines_between
from app.audit.raw_rows import _around, lines_of
from tests.audit.trails import ALL, STARTED, event, insert_rows
from tests.worlds import Template, World

pytestmark = pytest.mark.anyio

LOWEST = UUID(int=0)


@pytest.fixture
def template(postgres_template: Template) -> Template:
    """SQLite writes its lines itself."""
    return postgres_template


async def test_ordinary_rows_are_made_here(world: World) -> None:
    """With people and without, and instants whose last digits are zeros."""
    instants = [STARTED, *(datetime(2026, 11, 3, 9, 0, 1, 10**n, UTC) for n in range(6))]
    await world.db.write(insert_rows, [event(n, at) for n, at in enumerate(instants)], named=3)

    made = await world.db.read(lines_of, LOWEST, ALL)
    assert made == await world.db.read(lines)
    assert len(made) == len(instants)
    assert await world.db.read(lines_of, ALL, ALL) == []


TWO_ROWS = "a|read|done|customer\nx|y|z|||null|c|1|webshop|b".replace("|", "\x1f")
"""As a purpose, the end of one row and the beginning of another: what follows it ends that one."""


@pytest.mark.parametrize("text", ["a\x1fb", "a\nb", TWO_ROWS])
async def test_a_text_that_ends_a_column_or_a_row_is_left_to_the_server(world: World, text: str) -> None:
    """Or a changed row could look like another one, or like two of which one was deleted."""
    await world.db.write(insert_rows, [event(1, STARTED, purpose=text), event(2, STARTED, entity_id=text)])

    assert await world.db.read(lines_of, LOWEST, ALL) is None
    assert await world.db.read(lines_between, LOWEST, ALL) == await world.db.read(lines)


def test_a_column_that_is_null_leaves_its_place_to_none_behind_it() -> None:
    """Though none may be, an administrator could allow it."""
    with pytest.raises(ValueError, match="longer"):
        _around(f"{UUID(int=9)}\x1f1\x1fwebshop\x1fpurpose\x1f\x1f\x1fdone\x1fcustomer")


async def test_a_session_that_writes_dates_otherwise_is_left_to_the_server(world: World) -> None:
    """An administrator may have set that for the whole database; some of its forms are as long as ours."""
    await world.db.write(insert_rows, [event(1, datetime(2026, 11, 3, 9, 0, 1, 1, UTC))])

    def otherwise(connection: Connection) -> tuple[list[bytes] | None, list[bytes]]:
        connection.exec_driver_sql("SET DateStyle = 'SQL, DMY'")
        try:
            return lines_of(connection, LOWEST, ALL), lines_between(connection, LOWEST, ALL)
        finally:
            connection.exec_driver_sql("RESET DateStyle")

    assert await world.db.read(otherwise) == (None, await world.db.read(lines))
