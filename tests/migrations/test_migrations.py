"""Migrations: up, down and up again, no drift from the tables of the code, and the database's own refusals."""

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from app.db import Database, metadata, open_database
from app.migrating import alembic_config, current_revision, downgrade, head_revision, upgrade
from app.register.builtin import BACKGROUND
from app.tables import TABLES
from tests.databases import create_database, drop_database

pytestmark = pytest.mark.anyio

APPEND_ONLY = ("audit_events", "audit_subjects", "verdicts", "transfer_assessments")
IMMUTABLE = (
    *("register_versions", "request_events", "wordings", "consent_events", "suppression_events", "disclosures"),
    *("breach_events", "breach_assessments", "breach_notices", "notice_versions"),
)
WITH_THEIR_FILE = ("letters", "letter_deliveries")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"migrating_{abs(hash(str(tmp_path))) % 10**12}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
async def db(empty_url: str) -> AsyncIterator[Database]:
    """That database, open."""
    opened = open_database(empty_url)
    yield opened
    await opened.close()


@cache
def revisions() -> list[str]:
    """Every revision, oldest first."""
    script = ScriptDirectory.from_config(alembic_config())
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def before(revision: str) -> str:
    """The revision that one follows, whatever their order has become."""
    known = revisions()
    return known[known.index(revision) - 1]


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def triggers(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        sql = "SELECT DISTINCT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return set(connection.execute(text(sql)).scalars())


def functions(connection: Connection) -> int:
    if connection.dialect.name == "sqlite":
        return 0
    return int(connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname LIKE 'seloste%'")).scalar_one())


async def test_up_down_and_up_again(db: Database) -> None:
    """From nothing to the newest, back to nothing without a leftover, and to the newest again."""
    await db.write(upgrade)
    first = (await db.read(tables), await db.read(triggers))
    await db.write(downgrade, "base")
    nothing = (await db.read(tables), await db.read(triggers), await db.read(functions))
    await db.write(upgrade)

    assert first[0] == set(metadata.tables)
    assert nothing == (set(), set(), 0)
    assert (await db.read(tables), await db.read(triggers)) == first
    assert await db.read(current_revision) == head_revision()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


def checks(connection: Connection) -> set[str]:
    found = inspect(connection)
    names = (check["name"] for table in tables(connection) for check in found.get_check_constraints(table))
    return {name for name in names if name}


async def test_the_newest_revision(db: Database) -> None:
    """What is asked of it needs to be migrated to only once."""
    await db.write(upgrade)

    await _is_what_the_code_declares(db)
    assert await db.read(_misnamed) == []
    await _each_trail_has_its_triggers(db)
    await _append_only_tables_refuse_to_change(db)


async def _is_what_the_code_declares(db: Database) -> None:
    """Alembic would generate nothing: tables, columns, types, defaults, indexes and keys agree, and so do checks."""
    assert TABLES
    assert await db.read(differences) == []
    declared = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.__visit_name__ == "check_constraint"
    }
    assert await db.read(checks) == declared


def _misnamed(connection: Connection) -> list[str]:
    """Each index and constraint says its kind and table, within PostgreSQL's 63 characters."""
    found = inspect(connection)
    named: list[tuple[str, str, Any]] = []
    for (_, table), indexes in found.get_multi_indexes().items():
        named += [("uq_" if index["unique"] else "ix_", table, index["name"]) for index in indexes]
    for (_, table), keys in found.get_multi_foreign_keys().items():
        named += [("fk_", table, key["name"]) for key in keys]
    named += [("pk_", table, key["name"]) for (_, table), key in found.get_multi_pk_constraint().items()]
    ours = [(kind + table, str(name)) for kind, table, name in named if table != "alembic_version"]
    assert len(ours) > 2 * len(metadata.tables)
    return [name for begins, name in ours if not name.startswith(begins) or len(name) > 63]


async def _append_only_tables_refuse_to_change(db: Database) -> None:
    """The database itself refuses to change or delete an audit row, and to replace or truncate it."""
    await db.write(_fill)
    attempts = ["UPDATE audit_events SET outcome = 'x'", "DELETE FROM audit_events"]
    if db.dialect == "postgresql":
        attempts.append("TRUNCATE audit_events CASCADE")
    else:
        attempts.append("INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events")
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="may not be changed"):
            await db.write(lambda connection, sql=attempt: connection.execute(text(sql)))  # type: ignore[misc] # bound now
    assert (await db.read(_counted))["audit_events"] == 1


async def _each_trail_has_its_triggers(db: Database) -> None:
    """Append-only tables refuse updates and deletes, immutable ones updates; letters go with a closed file."""
    found = await db.read(triggers)

    wanted = {f"{table}_no_update" for table in (*APPEND_ONLY, *IMMUTABLE, *WITH_THEIR_FILE)}
    wanted |= {f"{table}_no_delete" for table in (*APPEND_ONLY, *WITH_THEIR_FILE)}
    assert wanted | {"letters_no_person"} <= found


async def test_data_survives_the_step_to_the_newest_revision(db: Database) -> None:
    """What the revision before the newest holds is still there after it; with one revision, its own rows are."""
    known = revisions()
    before = known[-2] if len(known) > 1 else known[0]
    await db.write(upgrade, before)
    await db.write(_fill)
    held = await db.read(_counted)
    await db.write(upgrade)

    assert await db.read(current_revision) == head_revision()
    assert {name: rows for name, rows in (await db.read(_counted)).items() if name in held} == held
    assert held["audit_events"] == 1
    assert held["api_clients"] == 2


AUDIT = (
    "INSERT INTO audit_events (id, at, client_id, role, purpose, action, outcome, entity, register_version) VALUES "
    "(:id, :at, :client, 'builtin', 'subject_rights', 'sweep', 'done', 'register', 1)"
)


def _fill(connection: Connection) -> None:
    """Rows of the kind that may never be lost."""
    key = "0" * 31 + "7" if connection.dialect.name == "sqlite" else "00000000-0000-0000-0000-000000000007"
    client = BACKGROUND.id.hex if connection.dialect.name == "sqlite" else str(BACKGROUND.id)
    connection.exec_driver_sql(
        AUDIT.replace(":id", f"'{key}'").replace(":at", "'2026-06-01 12:00:00'").replace(":client", f"'{client}'")
    )


def _counted(connection: Connection) -> dict[str, int]:
    return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables(connection)}
