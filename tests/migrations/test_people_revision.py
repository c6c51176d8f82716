"""Revision 0011: what the former release decided stands, verdicts are guarded, proposals go back on the way down."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Uuid, bindparam, text
from sqlalchemy.exc import DBAPIError

from app.db import Database, Instant, open_database
from app.migrating import downgrade, upgrade
from tests.databases import create_database, drop_database
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
CASE, VERDICT, PERSON = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"people_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(url)
    yield opened
    await opened.close()


def run(connection: Connection, /, sql: str, **values: Any) -> Any:
    typed = [
        bindparam(name, type_=Uuid() if isinstance(value, UUID) else Instant())
        for name, value in values.items()
        if isinstance(value, UUID) or name == "at"
    ]
    return connection.execute(text(sql).bindparams(*typed), values)


def fill(connection: Connection) -> None:
    """A case that waits to be carried out, with its verdict and restriction."""
    run(connection, "INSERT INTO customers (id, version, created_at, updated_at) VALUES (:person, 1, :at, :at)",
        person=PERSON, at=STARTED)  # fmt: skip
    run(
        connection,
        'INSERT INTO subject_requests (id, case_number, version, "right", state, customer_id, channel, purposes, '
        "channels, received_at, received_on, due_on, person_in_charge, register_version, created_at, "
        "created_by) VALUES (:case, '2026-00001', 1, 'erasure', 'decided', :person, 'email', '[]', '[]', :at, "
        "'2026-11-22', '2026-12-22', 'x', 1, :at, :case)",
        case=CASE, person=PERSON, at=STARTED,
    )  # fmt: skip
    run(
        connection,
        "INSERT INTO decisions (id, request_id, outcome, reasoning, identity_level, identity_how, overrides, "
        "decided_at, decided_by, decided_by_name, register_version) VALUES "
        "(:case, :case, 'as_assessed', 'x', 'high', 'x', '[]', :at, :case, 'x', 1)",
        case=CASE, at=STARTED,
    )  # fmt: skip
    run(
        connection,
        "INSERT INTO verdicts (id, request_id, decision_id, customer_id, holding, holding_kind, purpose, verdict, "
        "reason, overridden, decided_at, register_version) VALUES "
        "(:verdict, :case, :case, :person, 'contact_details', 'contact_details', '', 'erase', 'x', false, :at, 1)",
        verdict=VERDICT, case=CASE, person=PERSON, at=STARTED,
    )  # fmt: skip
    run(connection, "INSERT INTO restrictions (id, customer_id, ground, request_id, began_at) VALUES "
        "(:case, :person, 'erasure_pending', :case, :at)", case=CASE, person=PERSON, at=STARTED)  # fmt: skip


async def test_a_case_of_the_former_release_goes_up_and_a_proposal_comes_down(db: Database) -> None:
    """Verdicts go only after an undoing names them; on the way down a proposal is under review and restricts nobody."""
    await db.write(upgrade, "0006")
    await db.write(fill)
    await db.write(upgrade)
    with pytest.raises(DBAPIError):
        await db.write(run, "DELETE FROM verdicts")
    columns = "id, cause_id, kind, row_id, at, client_id"
    row = f"INSERT INTO undoings ({columns}) VALUES (:case, :case, 'verdict', :row, :at, :case)"
    await db.write(run, row, case=CASE, row=VERDICT, at=STARTED)
    with pytest.raises(DBAPIError):
        await db.write(run, "DELETE FROM undoings")
    await db.write(run, "DELETE FROM verdicts")
    confirmed = await db.read(lambda c: run(c, "SELECT confirmed_at FROM decisions").scalar_one())
    await db.write(run, "UPDATE subject_requests SET state = 'proposed'")
    await db.write(downgrade, "0006")

    def after(connection: Connection) -> tuple[Any, ...]:
        sql = (
            "SELECT state FROM subject_requests",
            "SELECT cancelled_at FROM decisions",
            "SELECT lifted_at FROM restrictions",
        )
        return tuple(run(connection, one).scalar_one() for one in sql)

    state, cancelled, lifted = await db.read(after)
    assert confirmed is None
    assert state == "in_review"
    assert cancelled is not None
    assert lifted is not None
    await db.write(upgrade)
