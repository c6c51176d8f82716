"""Revisions 0013 and 0015 on a register in use: people keep their rows, and an erasure reaches the list of a breach.

Down takes the new tables with what stands in them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, select, text, update

from app.breaches.tables import breach_people, breaches
from app.customers.tables import customers
from app.customers.tables_audiences import audience_members
from app.db import Database, open_database
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
SOMEBODY, OTHER, BREACH = UUID(int=7), UUID(int=8), UUID(int=9)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"breached_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


def _people(connection: Connection) -> None:
    dates = {"version": 1, "created_at": STARTED, "updated_at": STARTED}
    for one in (SOMEBODY, OTHER):
        connection.execute(insert(customers).values(id=one, audit_key=one, name="Aino Esimerkki", **dates))


def _breach(connection: Connection) -> None:
    told = {"what_happened": "x", "natures": [], "person_categories": [], "data_categories": [], "discovered_how": "x"}
    at = dict.fromkeys(("aware_at", "due_at", "reported_at"), STARTED)
    by = {"person_in_charge": "x", "register_version": 1, "reported_by": SOMEBODY, "reported_by_name": "x"}
    made = {"id": BREACH, "number": "B-2026-0001", "version": 1, "clock_runs": True}
    connection.execute(insert(breaches).values(**made, **told, **at, **by))
    for one in (SOMEBODY, OTHER):
        person = {"breach_id": BREACH, "subject_key": one, "customer_id": one, "state": "to_tell"}
        connection.execute(insert(breach_people).values(**person, listed_at=STARTED))


def _member(connection: Connection) -> None:
    row = {"customer_id": OTHER, "recipient": "mailchimp", "audience": "a", "email_hash": "0" * 64}
    connection.execute(insert(audience_members).values(**row, state="sent", changed_at=STARTED))


def _erase(connection: Connection) -> None:
    emptied = {"name": None, "audit_key": None, "erased_at": STARTED}
    connection.execute(update(customers).where(customers.c.id == SOMEBODY).values(**emptied))


def _listed(connection: Connection) -> dict[Any, Any]:
    rows = connection.execute(select(breach_people.c.subject_key, breach_people.c.customer_id))
    return {row.subject_key: row.customer_id for row in rows}


async def test_people_survive_and_erasure_unlinks(url: str) -> None:
    """Up on rows there already; an erasure by plain SQL takes the link; down and up again without a leftover.

    With a member in an audience too.
    """
    db: Database = open_database(url)
    await db.write(upgrade, before("0013"))
    await db.write(_people)
    await db.write(upgrade)
    await db.write(_breach)
    await db.write(_member)
    await db.write(_erase)
    listed = await db.read(_listed)
    await db.write(downgrade, before("0013"))
    left = await db.read(lambda connection: connection.execute(text("SELECT count(*) FROM customers")).scalar_one())
    await db.write(upgrade)
    again = await db.read(_listed)
    members = await db.read(lambda connection: connection.execute(select(audience_members)).all())
    await db.close()

    assert listed == {SOMEBODY: None, OTHER: OTHER}
    assert (left, again, list(members)) == (2, {}, [])
