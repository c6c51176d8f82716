"""Revision 0014 on a register in use: who waited to be told still does, and what had been answered stays answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, text

from app.customers.tables import customers
from app.db import open_database
from app.keys import Keys
from app.migrating import downgrade, upgrade
from app.notifications import repository as notifications
from app.sealing import sealed
from app.subject_requests.tables import envelopes, subject_requests
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
SOMEBODY, CASE = UUID(int=7), UUID(int=8)
KEYS = Keys("k1", b"0" * 32)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"notifications_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


def _fill(connection: Connection) -> None:
    dates = {"version": 1, "created_at": STARTED}
    connection.execute(insert(customers).values(id=SOMEBODY, updated_at=STARTED, **dates))
    asked = {"right": "erasure", "state": "executing", "customer_id": SOMEBODY, "channel": "email", "purposes": []}
    when = {"received_at": STARTED, "received_on": STARTED.date(), "due_on": STARTED.date()}
    who = {"case_number": "2026-00001", "person_in_charge": "Maija Malli", "created_by": SOMEBODY}
    row = {"id": CASE, "channels": [], "register_version": 1, **asked, **when, **who, **dates}
    connection.execute(insert(subject_requests).values(**row))
    told: list[dict[str, Any]] = [
        {"id": UUID(int=11), "addressee": "letter", **sealed(KEYS, f"{CASE}/letter", {"name": "Aino"})},
        {"id": UUID(int=12), "addressee": "mailchimp", **sealed(KEYS, f"{CASE}/mailchimp", {"email": "a@example.fi"})},
        {"id": UUID(int=13), "addressee": "takk", "key_id": "k1", "outcome": "refused", "outcome_reason": "531/2017"},
    ]
    for one in told:
        closed = STARTED if one.get("outcome") else None
        values = {**one, "request_id": CASE, "sealed_at": STARTED, "destroyed_at": closed}
        connection.execute(insert(envelopes).values(**values))


def _addressees(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(text("SELECT addressee, outcome, outcome_reason FROM envelopes ORDER BY addressee"))
    return [tuple(row) for row in rows]


async def test_recipients_move_and_come_back(url: str) -> None:
    """Up: recipients are notifications that open with the same keys. Down: all are envelopes again."""
    db = open_database(url)
    await db.write(upgrade, before("0014"))
    await db.write(_fill)
    await db.write(upgrade, "0014")
    moved = await db.read(notifications.of_request, CASE)
    left = await db.read(_addressees)
    await db.write(downgrade, before("0014"))
    back = await db.read(_addressees)
    await db.close()

    assert [(one.recipient, one.act, one.state, one.task, one.reason) for one in moved] == [
        ("mailchimp", "erasure", "sent", "tell_recipient", None),
        ("takk", "erasure", "refused", None, "531/2017"),
    ]
    assert notifications.content_of(KEYS, moved[0]) == {"email": "a@example.fi"}
    assert left == [("letter", None, None)]
    assert back == [("letter", None, None), ("mailchimp", None, None), ("takk", "refused", "531/2017")]
