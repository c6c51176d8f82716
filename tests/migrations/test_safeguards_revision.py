"""Revision 0018 on a register in use: transfers speak as before, checks are kept as found, and down loses no record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from app.db import Database, open_database
from app.migrating import downgrade, upgrade
from app.policy.transfers import Permitted, justify
from app.processors.adequacy import table
from app.processors.flows import to_record
from app.processors.record import evidence_of
from app.processors.tables import processors, transfers
from app.processors.tables_safeguards import transfer_checks
from tests.databases import create_database, drop_database
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
ONE = UUID(int=7)
DPF = {"entity": "Intuit Inc.", "status": "active", "checked_on": "2026-11-01", "expires_on": "2027-08-01"}
OLD = {"dpf": DPF, "scc": None, "tia": None, "instrument": None, "scope_confirmed_on": None, "compelling": None}
"""Evidence as it was recorded before the entry was asked whom and what it covers."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"safeguards_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


def _transfer(connection: Connection) -> None:
    """As the program before this revision wrote it."""
    lists: dict[str, Any] = {key: [] for key in ("aliases", "purposes", "categories", "fields", "edited")}
    row = {"code": "mail", "version": 1, "name": "Mail", "legal_name_confirmed": False, "role": "processor"}
    on = {"country": "US", "active": True, "always_notified": False, "created_at": STARTED, "updated_at": STARTED}
    connection.execute(insert(processors).values(id=ONE, **row, **lists, **on))
    sent = {"exporter": "x", "importer": "Example Inc.", "importer_role": "processor", "country": "US"}
    says = {"access": "hosting", "frequency": "regular", "mechanism": "45", "evidence": OLD, "approved_by": ONE}
    none: dict[str, Any] = {
        key: [] for key in ("purposes", "categories", "person_categories", "supplementary_measures", "onward")
    }
    dates = {"valid_from": STARTED.date(), "register_version": 1, "recorded_at": STARTED}
    connection.execute(insert(transfers).values(id=ONE, processor_id=ONE, **sent, **says, **none, **dates))


def _judged(connection: Connection) -> Any:
    row = connection.execute(select(transfers)).one()
    assert evidence_of(row)["dpf"]["covered_entities"] is None
    return justify(to_record(row).transfer, table(), STARTED.date())


def _check(connection: Connection) -> None:
    when = {"checked_on": STARTED.date(), "recorded_at": STARTED}
    found = {"kind": "dpf", "finding": "x", "evidence": DPF, "client_id": ONE}
    connection.execute(insert(transfer_checks).values(id=ONE, transfer_id=ONE, **found, **when))


async def test_records_speak_as_before(url: str) -> None:
    """What nobody noted is a caution and no refusal; checks cannot be changed; down and up again keep the record."""
    db: Database = open_database(url)
    await db.write(upgrade, before("0018"))
    await db.write(_transfer)
    await db.write(upgrade)
    judged = await db.read(_judged)
    await db.write(_check)
    with pytest.raises(DBAPIError):
        await db.write(lambda connection: connection.execute(text("UPDATE transfer_checks SET finding = 'y'")))
    await db.write(downgrade, before("0018"))
    left = await db.read(lambda connection: connection.execute(text("SELECT count(*) FROM transfers")).scalar_one())
    await db.write(upgrade)
    again = await db.read(_judged)
    await db.close()

    assert isinstance(judged, Permitted)
    assert "Nobody noted" in judged.cautions[0]
    assert (left, again) == (1, judged)
