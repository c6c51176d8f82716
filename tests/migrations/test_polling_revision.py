"""Revision 0016: references that are there get room for what their system last said; going back leaves them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, inspect, text

from app.db import Database, open_database
from app.migrating import downgrade, upgrade
from app.polling import repository
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
ONE = UUID(int=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"polling_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(url)
    yield opened
    await opened.close()


def _person(connection: Connection) -> None:
    """A customer whom a shop knows, as every release before has it."""
    made = {"id": ONE.hex if connection.dialect.name == "sqlite" else ONE, "at": STARTED.isoformat()}
    if connection.dialect.name == "postgresql":
        made["at"] = STARTED  # type: ignore[assignment] # the driver wants the instant itself
    columns = {c["name"]: c for c in inspect(connection).get_columns("customers") if not c["nullable"]}
    fixed: dict[str, Any] = {"version": 1, "kind": "customer", "language": "fi", "source": "web_form"}
    fixed |= {"interaction_kind": "form", "audit_key": made["id"], "id": made["id"]}
    names = ", ".join(columns)
    binds = {name: fixed.get(name, made["at"]) for name in columns}
    connection.execute(text(f"INSERT INTO customers ({names}) VALUES ({', '.join(f':{n}' for n in columns)})"), binds)
    connection.execute(
        text(
            "INSERT INTO customer_references (system, external_id, customer_id, created_at) VALUES ('s', '7', :id, :at)"
        ),
        made,
    )


async def test_up_with_references_and_back_with_readings(db: Database) -> None:
    """The reference stays through it all; readings and what was said go with the release that knows them."""
    await db.write(upgrade, before("0016"))
    await db.write(_person)
    await db.write(upgrade, "0016")
    assert await db.write(repository.claim, "shop", "orders", ONE, STARTED, STARTED) is not None
    await db.write(repository.hint, "shop", "orders", "1001", STARTED)
    await db.write(repository.note_said, "s", {"7": {"email": "hash"}})
    assert await db.read(repository.last_said, "s", ["7"]) == {"7": {"email": "hash"}}
    await db.write(downgrade, before("0016"))

    def left(connection: Connection) -> tuple[set[str], list[Any]]:
        names = {name for name in inspect(connection).get_table_names() if name.startswith("poll")}
        return names, list(connection.execute(text("SELECT external_id FROM customer_references")).scalars())

    assert await db.read(left) == (set(), ["7"])
    await db.write(upgrade, "0016")
    assert await db.read(repository.last_said, "s", ["7"]) == {"7": {}}
