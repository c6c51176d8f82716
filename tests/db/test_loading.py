"""Many rows at once arrive as they were given, whatever they have in common."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from app.audit.tables import audit_events
from app.db import insert_all
from app.db.loading import MANY
from tests.worlds import STARTED, World

pytestmark = pytest.mark.anyio


def _rows(many: int) -> list[dict[str, Any]]:
    """A column that differs, one that does so at the end, and others that are alike: null, JSON, texts, numbers."""
    alike = {
        "client_id": UUID(int=9), "role": "webshop", "purpose": "a'b\\ä", "action": "read", "outcome": "done",
        "entity_id": None, "subject_key": None, "register_version": 1, "details": {"found": [1, "ä"]},
    }  # fmt: skip
    at = [STARTED + timedelta(microseconds=n) for n in range(many)]
    return [{"id": UUID(int=n), "at": at[n], "entity": "x" if n == many - 1 else "y", **alike} for n in range(many)]


@pytest.mark.parametrize("many", [1, MANY - 1, MANY, 3 * MANY])
async def test_rows_that_have_much_in_common_arrive_whole(world: World, many: int) -> None:
    """PostgreSQL is given once what all of many rows have."""
    rows = _rows(many)

    def written(connection: Connection) -> tuple[int, list[dict[str, Any]]]:
        count = insert_all(connection, audit_events, rows)
        found = connection.execute(select(audit_events).where(audit_events.c.client_id == UUID(int=9)))
        return count, sorted((dict(row._mapping) for row in found), key=lambda row: row["id"])

    assert await world.db.write(written) == (many, rows)
