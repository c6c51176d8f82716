"""Whether a SQLite file holds a text that is too long for its column; PostgreSQL would have answered 500 to it."""

from contextlib import suppress

from sqlalchemy import Connection, String, text
from sqlalchemy.exc import DBAPIError

from app.db import Unavailable, metadata
from tests.worlds import World

LIMITED = [
    (column, column.type.length)
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, String) and column.type.length
]
QUESTION = text(
    " UNION ALL ".join(
        f"SELECT '{column}' WHERE EXISTS (SELECT 1 FROM {column.table} WHERE length({column.name}) > {length})"
        for column, length in LIMITED
    )
)


async def must_fit(world: World) -> None:
    """Fail if there is one."""
    found: list[str] = []
    with suppress(Unavailable, DBAPIError):  # a test may have taken its database away
        found = await world.db.read(_too_long) if world.dialect == "sqlite" else []
    assert found == [], f"longer than their columns: {found}"


def _too_long(connection: Connection) -> list[str]:
    return list(connection.scalars(QUESTION))
