"""`seloste migrate`, `register`, `clients`, `sweep`, `maintain` and `openapi`."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.auth.actor import token_hash
from app.commands import openapi
from tests.cli.running import CommandLine

ROOT = Path(__file__).resolve().parents[2]
LUMICOS = ROOT / "app" / "register" / "registers" / "lumicos.yaml"
IRISH = ROOT / "tests" / "register" / "irish_shop.yaml"


def rows(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "seloste.db")) as connection:
        return connection.execute(sql).fetchall()


def test_migrate_and_apply_work_on_both_databases(
    seloste: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an empty database: migrate says from where to where, apply makes version 1; both may be repeated."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert seloste("register", "apply", LUMICOS).err == "seloste: the database is not migrated: run seloste migrate\n"
    assert seloste("migrate").out.startswith("database: empty → ")
    assert seloste("migrate").out.endswith("nothing to migrate\n")
    assert seloste("clients", "list").err.startswith("seloste: no register definition has been applied")
    assert seloste("register", "apply", LUMICOS).out == "lumicos: applied as version 1\n"
    assert seloste("register", "apply", LUMICOS).out == "lumicos: says nothing new, it is version 1\n"
    assert seloste("register", "apply", IRISH).out == "liffey_cycles: applied as version 2\n"
    assert seloste("clients", "create", "mail", "--role", "mailer").code == 0
    assert seloste("maintain").code == 0
    assert "version 2" in seloste("register", "show").out


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://127.0.0.1:1/none", "sqlite:///{folder}/text"])
def test_a_database_that_cannot_be_used_is_one_line(
    seloste: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    """No traceback: the line says which setting to look at."""
    (tmp_path / "text").write_text("This is no database, though it is long enough to be one." * 100)
    monkeypatch.setenv("DATABASE_URL", url.format(folder=tmp_path))
    monkeypatch.setattr("threading.excepthook", lambda _args: None)
    ran = seloste("migrate")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "DATABASE_URL" in ran.err


def test_an_applied_definition_leaves_an_audit_row_that_names_its_version(ready: CommandLine, tmp_path: Path) -> None:
    """The first definition has no earlier version to be audited under: its row pins the version it made."""
    ready("register", "apply", IRISH)
    found = rows(tmp_path, "SELECT action, entity, role, register_version FROM audit_events ORDER BY id")
    assert found == [("apply", "register", "builtin", 1), ("apply", "register", "builtin", 2)]


def test_check_says_what_a_definition_holds(seloste: CommandLine) -> None:
    """A valid definition is one line with name, counts and digest; no database is asked."""
    ran = seloste("register", "check", LUMICOS)
    assert ran.code == 0
    assert ran.out.startswith("lumicos: valid, 8 purposes, ")


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_a_faulty_definition_is_a_line_for_each_problem_with_its_place(
    ready: CommandLine, tmp_path: Path, verb: str
) -> None:
    """FILE:line:column: place: message (hint), as editors understand it; nothing is applied."""
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text(IRISH.read_text().replace("languages: [en]", "languages: [e]\nbwzz: 1"))
    ran = ready("register", verb, faulty)
    assert ran.code == 1
    first, second = ran.err.splitlines()
    assert first.startswith(f"{faulty}:23:13: languages[0]: is misspelt (write ")
    assert second == f"{faulty}:24:1: bwzz: is not a known key"
    assert rows(tmp_path, "SELECT count(*) FROM register_versions") == [(1,)]


def test_show_gives_back_the_text_that_was_applied(ready: CommandLine) -> None:
    """The document of the version in force is kept to the letter."""
    assert ready("register", "show", "--document").out == LUMICOS.read_text() + "\n"


def test_a_client_is_made_listed_and_withdrawn(ready: CommandLine, tmp_path: Path) -> None:
    """The token comes alone on stdout, this once; the database knows its hash; each change leaves an audit row."""
    made = ready("clients", "create", "shop", "--role", "webshop", "--system", "webshop", "--system", "till")
    assert made.code == 0
    token = made.out.strip()
    assert token not in made.err
    stored = rows(tmp_path, "SELECT token_hash, systems FROM api_clients WHERE name = 'shop'")
    assert stored == [(token_hash(token), '["till", "webshop"]')]
    assert "shop  webshop  till,webshop" in ready("clients", "list").out
    assert ready("clients", "withdraw", "shop").code == 0
    assert ready("clients", "revoke", "shop").err.startswith("seloste: there is no active client named 'shop'")
    audited = rows(tmp_path, "SELECT action, role FROM audit_events WHERE entity = 'api_client' ORDER BY id")
    assert audited == [("make", "builtin"), ("withdraw", "builtin")]


@pytest.mark.parametrize(
    "options",
    [
        ["--role", "webshop"],
        ["--role", "admin"],
        ["--role", "admin", "--employment", "employee", "--system", "x"],
        ["--role", "mailer", "--employment", "employee"],
        ["--role", "mailer", "--purpose", "world_domination"],
        ["--role", "webshop", "--system", "Not A Code"],
    ],
)
def test_a_client_that_does_not_fit_together_is_refused(ready: CommandLine, tmp_path: Path, options: list[str]) -> None:
    """Role, systems, employment and purpose are checked as over HTTP, and nothing is stored."""
    ran = ready("clients", "create", "odd", *options)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("seloste: ")
    assert rows(tmp_path, "SELECT count(*) FROM api_clients WHERE name = 'odd'") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM audit_events WHERE entity = 'api_client'") == [(0,)]


def test_neither_the_last_owner_nor_the_service_itself_can_be_withdrawn(ready: CommandLine) -> None:
    """Somebody can always sign in, and audit rows always have an author."""
    ready("clients", "create", "boss", "--role", "owner", "--employment", "employee")
    for name in ("boss", "background"):
        assert ready("clients", "withdraw", name).code == 1


def test_a_sweep_never_runs_ahead_of_its_day(ready: CommandLine) -> None:
    """Looking ahead is a dry run: nothing is erased before its date."""
    refused = ready("sweep", "--as-of", "2190-01-01")
    assert (refused.code, refused.out) == (1, "")
    assert "--dry-run" in refused.err
    assert ready("sweep", "--as-of", "2190-01-01", "--dry-run").out.startswith("would erase 0 rows")
    assert ready("sweep").out.startswith("erased 0 rows")


def test_openapi_is_written_and_compared(seloste: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """--check fails with the first differences until the document is written anew."""
    published = tmp_path / "published" / "openapi.json"
    monkeypatch.setattr(openapi, "_document", cache(openapi._document))
    monkeypatch.setattr(openapi, "PUBLISHED", published)
    assert seloste("openapi", "--check").code == 1
    assert seloste("openapi").code == 0
    assert seloste("openapi", "--check").code == 0
    published.write_text(published.read_text().replace('"Seloste"', '"Other"'))
    ran = seloste("openapi", "--check")
    assert ran.code == 1
    assert "run make openapi" in ran.err
    assert "Other" in ran.err


def test_maintain_does_what_a_service_does_by_itself(ready: CommandLine, tmp_path: Path) -> None:
    """With SELOSTE_BACKGROUND=false nothing else proposes who has been inactive, or opens the cases approved."""
    assert ready("seed", "--customers", "40").code == 0
    assert rows(tmp_path, "SELECT 1 FROM inactivity_proposals") == []
    assert ready("maintain").code == 0
    proposed = len(rows(tmp_path, "SELECT 1 FROM inactivity_proposals WHERE state = 'proposed'"))
    assert proposed
    with closing(sqlite3.connect(tmp_path / "seloste.db")) as connection:  # somebody approves all of them
        day, instant, nobody = "2026-11-23", "2026-11-23 09:00:00.000000", "0" * 32
        connection.execute(
            "INSERT INTO inactivity_decisions VALUES (?, 'erase', 'Seen.', ?, ?, ?, ?, ?, ?, 'Mari', 1, NULL)",
            (nobody, day, proposed, "2027-11-23", instant, instant, nobody),
        )
        connection.execute("UPDATE inactivity_proposals SET state = 'approved', decision_id = ?", (nobody,))
        connection.commit()
    assert ready("maintain").out.startswith(f"executed {proposed} erasures;")
    assert rows(tmp_path, "SELECT 1 FROM inactivity_proposals WHERE state = 'approved' AND request_id IS NULL") == []


def test_maintain_sweeps_once_a_day(ready: CommandLine, tmp_path: Path) -> None:
    """A timer may call it every minute; one that rings once a day finds the sweep due, though it ring early."""
    with closing(sqlite3.connect(tmp_path / "seloste.db")) as connection:
        old = "2026-11-01 09:00:00.000000"
        connection.execute("INSERT INTO idempotency_keys VALUES ('c', 'r', 'k', 'b', NULL, NULL, ?)", (old,))
        connection.commit()
    first = ready("maintain").out
    assert "; erased 0 rows" in first
    assert "; forgot 1 idempotency keys" in first
    assert "; the sweep of the day is done, or under way; " in ready("maintain").out
    ((until,),) = rows(tmp_path, "SELECT until FROM leases WHERE name = 'sweep'")
    ahead = datetime.fromisoformat(until).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(hours=19) < ahead < timedelta(hours=23)
