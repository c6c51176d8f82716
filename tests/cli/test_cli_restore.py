"""The night's work of docs/operations.md with real processes: backup, erasure, restore, replay, ready again."""

import asyncio
import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.customers.identity import Address
from app.customers.suppression import Suppression, apply
from app.db import open_database
from app.policy.vocabulary import Channel
from app.register.builtin import BACKGROUND
from tests.cli.running import CommandLine, Process, process
from tests.nursery import Nursery

ERASURE: dict[str, Any] = {"right": "erasure", "customer": {"system": "webshop", "id": "demo-1"}, "channel": "email"}
DECISION = {
    "outcome": "as_assessed",
    "reasoning": "No order is open.",
    "identity": {"level": "substantial", "how": "Answered from the address held."},
}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_restored_backup_serves_nobody_until_it_is_replayed(
    nursery: Nursery,
    database_url: str,
    environment: dict[str, str],
    seloste: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A backup beside a running service; an erasure; the database lost; restored into SQLite; replayed; gone again."""
    settings = {**environment, "DATABASE_URL": database_url, "SELOSTE_EXECUTION_DELAY_HOURS": "0"}
    settings["SELOSTE_BACKGROUND_INTERVAL_SECONDS"] = "0.1"
    file = tmp_path / "seloste.backup"
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with process("run", settings=settings, folder=tmp_path / "first", nursery=nursery) as service:
        tokens = service.tokens
        assert seloste("backup", file).code == 0
        again = seloste("backup", file)
        assert (again.code, "is there already" in again.err) == (1, True)
        person = _erased(service, tokens)
        assert service.stop() == 0

    settings["DATABASE_URL"] = f"sqlite:///{tmp_path / 'restored.db'}"
    monkeypatch.setenv("DATABASE_URL", settings["DATABASE_URL"])
    restored = seloste("restore", file)
    assert (restored.code, "seloste ledger replay" in restored.err) == (0, True), restored.err
    assert seloste("restore", file).code == 1
    assert seloste("sweep").code == 1
    assert seloste("ledger", "verify").code == 1

    with process("serve", settings=settings, folder=tmp_path / "second", nursery=nursery) as service:
        status, ready = service.call("", "GET", "/readyz")
        assert (status, ready["checks"]["database"]) == (503, "ok")
        assert "seloste ledger replay" in ready["checks"]["ledger"]
        assert service.call(tokens["dpo"], "GET", f"/v1/customers/{person}")[0] == 503

        replayed = seloste("ledger", "replay")
        assert (replayed.code, f"erasure {person}: applied" in replayed.out) == (0, True), replayed.err
        _until_ready(service)
        assert service.call(tokens["owner"], "GET", f"/v1/customers/{person}")[0] == 410
        assert service.stop() == 0
    verified = seloste("ledger", "verify")
    assert (verified.code, "the database follows it" in verified.out) == (0, True), verified.err


def _erased(service: Process, tokens: dict[str, str]) -> str:
    """A demo person whom the service has erased; the id."""
    sent = {**ERASURE, "received_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    status, case = service.call(tokens["admin"], "POST", "/v1/subject-requests", sent)
    assert status == 201, case
    path = f"/v1/subject-requests/{case['case_number']}"
    assert service.call(tokens["dpo"], "POST", f"{path}/decision", DECISION)[0] == 200
    give_up_at = time.monotonic() + 30
    while service.call(tokens["dpo"], "GET", path)[1]["state"] != "executing":
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    return str(case["customer_id"])


def _until_ready(service: Process) -> None:
    give_up_at = time.monotonic() + 30
    while service.call("", "GET", "/readyz")[0] != 200:
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


@pytest.fixture
def ban(ready: CommandLine, environment: dict[str, str], tmp_path: Path) -> Path:
    """A register with a ledger that holds a ban; where the ledger is."""
    asyncio.run(_ban(environment["DATABASE_URL"]))
    assert ready("sweep").code == 0
    return tmp_path / "secret.ledger"


async def _ban(url: str) -> None:
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    what = Suppression("*", "suppressed", "marketing_ban", at, BACKGROUND.id, at)
    db = open_database(url)
    await db.write(apply, "k1", [Address("email", "", "a" * 64)], {Channel.EMAIL}, what)
    await db.close()


def test_a_lost_ledger_is_begun_anew_by_hand_with_all_that_is_known(
    ready: CommandLine, ban: Path, tmp_path: Path
) -> None:
    """Work is refused until the file is back or adopt was called with --yes; the new ledger begins with everything."""
    entries = _kinds(ban)
    assert len(entries) > 1
    shutil.move(ban, tmp_path / "lost")

    swept, unsure = ready("sweep"), ready("ledger", "adopt")
    assert (swept.code, "seloste ledger adopt" in swept.err) == (1, True)
    assert (unsure.code, "--yes" in unsure.err) == (1, True)
    assert ready("ledger", "adopt", "--yes").code == 0
    assert ready("sweep").code == 0
    assert sorted(_kinds(ban)) == sorted(entries)
    assert ready("ledger", "verify").code == 0


def _kinds(place: Path) -> list[str]:
    return [json.loads(line.partition(" ")[2])["kind"] for line in place.read_text().splitlines()]


def test_a_changed_ledger_is_named_by_verify(ready: CommandLine, ban: Path) -> None:
    """The entry is named, and the code is 1."""
    ban.write_text(ban.read_text().replace('"state":"suppressed"', '"state":"lifted"'))
    found = ready("ledger", "verify")
    assert (found.code, "entry 1 is not as it was written" in found.err) == (1, True), found
