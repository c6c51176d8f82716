"""`seloste audit` as an operator and an auditor use it: seal, export, verify on the database and offline."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import CommandLine

HASH = re.compile(r"^seal +([0-9a-f]{64})$", re.MULTILINE)
PUBLIC_KEY = re.compile(r"^public key ([0-9a-f]{64})$", re.MULTILINE)


def _sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "seloste.db")) as file, file:
        for statement in statements:
            file.execute(statement)


def test_a_trail_is_sealed_exported_and_verified_without_its_database(
    ready: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seal and the public key that were noted are all that an auditor needs beside the file."""
    ready("clients", "create", "shop", "--role", "mailer")
    sealed = ready("audit", "seal")
    seal, key = HASH.findall(sealed.out)[0], PUBLIC_KEY.findall(sealed.out)[0]
    on_database = ready("audit", "verify", "--expect-last", seal)
    exported = ready("audit", "export", tmp_path / "trail.jsonl")
    again = ready("audit", "export", tmp_path / "trail.jsonl")
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    offline = ready("audit", "verify", tmp_path / "trail.jsonl", "--expect-last", seal, "--public-key", key)
    without_key = ready("audit", "verify", tmp_path / "trail.jsonl")

    assert sealed.out.startswith("sealed 2 rows; last batch 1\n")
    assert on_database.out.endswith("the audit trail is as it was sealed\n")
    assert "not sealed yet: 0 rows" in on_database.out
    assert exported.out.endswith(f"last seal {seal}\n")
    assert (again.code, "exists" in again.err) == (1, True)
    assert [ran.code for ran in (sealed, on_database, exported, offline, without_key)] == [0] * 5
    assert "signatures were not checked" in without_key.err
    assert "signatures" not in offline.err


def test_what_was_tampered_with_is_told_by_line_and_code(ready: CommandLine, tmp_path: Path) -> None:
    """On the database, in the file, and when the noted seal is gone."""
    ready("clients", "create", "shop", "--role", "mailer")
    seal = HASH.findall(ready("audit", "seal").out)[0]
    ready("audit", "export", tmp_path / "trail.jsonl")
    file = tmp_path / "trail.jsonl"
    file.write_text(file.read_text().replace('"action":"make"', '"action":"take"'))
    offline = ready("audit", "verify", file)
    wrong_key = ready("audit", "verify", file, "--public-key", "beef")
    _sql(
        tmp_path,
        "DROP TRIGGER audit_events_no_update",
        "UPDATE audit_events SET role = 'owner' WHERE entity = 'api_client'",
    )
    changed = ready("audit", "verify")
    _sql(tmp_path, *(f"DROP TRIGGER {name}_no_delete" for name in ("audit_seals", "audit_seal_members")))
    _sql(tmp_path, "DELETE FROM audit_seal_members", "DELETE FROM audit_seals")
    without = ready("audit", "verify")
    truncated = ready("audit", "verify", "--expect-last", seal)

    assert [ran.code for ran in (offline, wrong_key, changed, without, truncated)] == [1, 1, 1, 0, 1]
    assert re.search(r"^batch 1, row [0-9a-f-]{36}: changed row: ", offline.out, re.MULTILINE)
    assert re.search(r"^batch 1, row [0-9a-f-]{36}: changed row: ", changed.out, re.MULTILINE)
    assert changed.err.endswith("seloste: the audit trail is NOT as it was sealed: 1 findings\n")
    assert wrong_key.err.startswith("seloste: --public-key: not a public key")
    assert f"truncated: no batch has the seal {seal}" in truncated.out


def test_a_seal_that_is_no_seal_any_more_is_told(ready: CommandLine, tmp_path: Path) -> None:
    """SQLite keeps whatever is written into a column; a verification does not fall over it."""
    ready("audit", "seal")
    _sql(tmp_path, "DROP TRIGGER audit_seals_no_update", "UPDATE audit_seals SET up_to = 'nowhere'")
    unreadable = ready("audit", "verify")
    _sql(tmp_path, "UPDATE audit_seals SET up_to = replace(printf('%032d', 9), ' ', '0'), row_count = 'many'")
    no_number = ready("audit", "verify")

    assert (unreadable.code, no_number.code) == (1, 1)
    assert "batch 1: unreadable: " in unreadable.out + unreadable.err
    assert "batch 1: changed seal: " in no_number.out


def test_nothing_expires_before_its_time(ready: CommandLine) -> None:
    """The definition keeps audit rows for three years."""
    ready("audit", "seal")
    assert ready("audit", "expire").out == "deleted 0 audit rows of 0 batches; their seals stay\n"


def test_an_empty_trail_has_nothing_to_seal(seloste: CommandLine) -> None:
    """Nor anything to object to."""
    seloste("migrate")
    assert seloste("audit", "seal").out == "there is nothing to seal\n"
    assert seloste("audit", "verify").code == 0
