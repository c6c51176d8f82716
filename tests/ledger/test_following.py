"""The ledger follows the database; the database's age is told by the ledger; callers are kept out meanwhile."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from app.ledger.errors import LedgerUnfit
from app.ledger.file import LedgerFile
from app.ledger.follower import Ledger
from app.ledger.repository import State, keep, state
from tests.ledger.conftest import kept
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


class OnDisk:
    """The ledger file as whoever is on the machine can change it."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @property
    def content(self) -> bytes:
        return self.place.read_bytes()

    @content.setter
    def content(self, content: bytes) -> None:
        self.place.write_bytes(content)

    def exists(self) -> bool:
        return self.place.exists()

    def make_it_a_folder(self) -> None:
        self.place.mkdir()

    def remove_the_folder(self) -> None:
        self.place.rmdir()


def kinds(place: Path) -> list[str]:
    """The kinds of the entries, in order."""
    return [json.loads(line.partition(" ")[2])["kind"] for line in place.read_text().splitlines()]


async def ban(desk: Desk, number: int = 1) -> str:
    """A person who has banned marketing; the id."""
    person = await desk.person(number)
    await desk.asks("marketing_ban", person)
    return person


async def test_a_fresh_installation_is_ready_and_makes_no_ledger(
    world: World, ledger: Ledger, place: Path, api: httpx.AsyncClient
) -> None:
    """There is nothing to remember yet, so nothing to miss."""
    assert await ledger.drain()
    assert not OnDisk(place).exists()
    assert (await api.get("/readyz")).json()["checks"]["ledger"] == "ok"


async def test_what_must_be_done_again_is_in_the_ledger_and_nothing_else(
    world: World, ledger: Ledger, place: Path, desk: Desk, call: Caller
) -> None:
    """Bans, withdrawals, holds, decisions, executions leave entries; registering, buying, consenting leave none."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    await call("webshop", "POST", "/v1/consents", consent("given"), expect=201)
    assert await ledger.drain()
    assert not OnDisk(place).exists()

    await call("webshop", "POST", "/v1/consents", consent("withdrawn"), expect=201)
    await desk.asks("marketing_ban", person)
    hold = {"kind": "dispute", "claim": "The person disputes order V-1.", "review_on": "2027-06-01"}
    await call("dpo", "POST", f"/v1/customers/{await desk.person(2)}/legal-holds", hold, expect=201)
    assert await ledger.drain()
    assert set(kinds(place)) == {"ledger", "withdrawal", "suppression", "request", "hold", "letter"}

    await desk.decides((await desk.asks("erasure", person))["case_number"])
    world.later(minutes=1)
    assert await world.run_due() == 1
    assert set(kinds(place)) >= {"decision", "restriction", "erasure"}


def consent(action: str) -> dict[str, Any]:
    """A consent of person 1 to the newsletter."""
    given = {"wording": {"id": "newsletter", "version": 1, "language": "fi"}} if action == "given" else {}
    return {
        "event_id": f"aino-{action}",
        "customer": {"system": "webshop", "id": "c-1"},
        "purpose": "newsletter",
        "channels": ["email"],
        "action": action,
        "collected_via": "web_form",
        "occurred_at": f"2026-11-2{2 if action == 'given' else 3}T08:00:00Z",
        **given,
    }


async def test_the_ledger_holds_no_name_address_or_word_of_anybody(
    world: World, ledger: Ledger, place: Path, desk: Desk, call: Caller
) -> None:
    """Not even what a caller chose as event id, or what a human wrote as reasons."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    await call("webshop", "POST", "/v1/consents", consent("given"), expect=201)
    await call("webshop", "POST", "/v1/consents", consent("withdrawn"), expect=201)
    case = (await desk.asks("erasure", person, details="Aino asks."))["case_number"]
    overrides = [{"holding": "contact_details", "verdict": "erase", "reason": "Aino insists."}]
    await desk.decides(case, reasoning="Aino Esimerkki1 wrote twice.", overrides=overrides)
    world.later(minutes=1)
    assert await world.run_due() == 1

    text = OnDisk(place).content.decode().lower()
    assert "erasure" in kinds(place)
    assert not [word for word in ("aino", "example.fi", "koetie", "401000001", "order-v-1") if word in text]


async def test_lag_is_told_until_the_ledger_has_followed(
    world: World, ledger: Ledger, place: Path, desk: Desk, api: httpx.AsyncClient
) -> None:
    """The metric is the age of what the ledger does not hold; an unwritable ledger keeps it and stops executions."""
    await ban(desk)
    await ledger.look()
    assert (REGISTRY.get_sample_value("seloste_ledger_lag_seconds") or 0) > 0

    OnDisk(place).make_it_a_folder()
    assert not await ledger.drain()
    OnDisk(place).remove_the_folder()
    assert await ledger.drain()
    await ledger.look()
    assert REGISTRY.get_sample_value("seloste_ledger_lag_seconds") == 0


async def test_a_crash_between_append_and_commit_writes_nothing_twice(
    world: World, ledger: Ledger, place: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file holds already is acknowledged by the next process, without a second line."""

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    await ban(desk)
    monkeypatch.setattr(Ledger, "_acknowledge", killed)
    with pytest.raises(KeyboardInterrupt):
        await ledger.drain()
    monkeypatch.undo()
    after_the_crash = OnDisk(place).content
    assert len(kinds(place)) > 1

    again = kept(world, place)
    await ban(desk, 2)
    assert await again.drain()
    assert OnDisk(place).content.startswith(after_the_crash)
    ids = [entry.facts["id"] for entry in LedgerFile(place, world.services.keys).entries()]
    assert len(ids) == len(set(ids))
    assert (await world.db.read(state)).entries == len(ids) - 1


async def test_two_processes_append_in_turn(world: World, ledger: Ledger, place: Path, desk: Desk) -> None:
    """Each goes on where the other stopped."""
    other = Ledger(world.services, keeps=True)
    other.file = LedgerFile(place, world.services.keys)
    for number, process in enumerate((ledger, other, ledger, other)):
        await ban(desk, number + 1)
        assert await process.drain()
    assert await ledger.look() is None
    assert await other.look() is None
    entries = list(LedgerFile(place, world.services.keys).entries())
    assert (await world.db.read(state)).entries == len(entries) - 1 >= 8


async def test_an_older_database_serves_nobody_and_erases_nothing(
    world: World, ledger: Ledger, place: Path, desk: Desk, api: httpx.AsyncClient, call: Caller
) -> None:
    """Readiness and every route say why; executions and sweeps wait; a process that sees no file is told too."""
    await ban(desk)
    assert await ledger.drain()
    backup = await world.db.read(state)
    await ban(desk, 2)
    assert await ledger.drain()
    await world.db.write(keep, State(backup.ledger_id, backup.entries, backup.mac))
    blind = Ledger(world.services, keeps=False)

    assert await ledger.look() is not None
    ready, asked = await api.get("/readyz"), await call("owner", "GET", "/v1/register")
    assert ready.status_code == 503
    assert "seloste ledger replay" in ready.json()["checks"]["ledger"]
    assert (asked.status_code, asked.json()["code"]) == (503, "ledger-behind")
    assert asked.json()["detail"] == ready.json()["checks"]["ledger"]
    assert (await call("owner", "GET", "/consents/invitations/x")).status_code == 503
    assert (await api.get("/healthz")).status_code == 200
    assert await world.run_due() == 0
    assert "seloste ledger replay" in str(await blind.look())


BROKEN = {
    "missing": lambda place: place.unlink(),
    "emptied": lambda place: place.write_bytes(b""),
    "cut": lambda place: place.write_bytes(b"".join(place.read_bytes().splitlines(keepends=True)[:-1])),
    "changed": lambda place: place.write_bytes(place.read_bytes().replace(b'"kind"', b'"kint"')),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_without_its_ledger_the_service_is_not_ready(
    world: World, ledger: Ledger, place: Path, desk: Desk, api: httpx.AsyncClient, how: str
) -> None:
    """A ledger that is missing, cut or changed, at start and under a running service; bringing it back is enough.

    Nothing is done again from it meanwhile.
    """
    await ban(desk)
    assert await ledger.drain()
    whole = OnDisk(place).content
    BROKEN[how](place)

    restarted = kept(world, place)
    reasons = [str(await restarted.look())]
    with pytest.raises(LedgerUnfit):
        await restarted.unfollowed()
    if how != "changed":
        reasons.append(str(await ledger.look()))
    assert [("seloste ledger adopt" in reason) for reason in reasons] == [True] * len(reasons)
    assert (await api.get("/readyz")).status_code == 503

    OnDisk(place).content = whole
    assert await world.ledger.look() is None
    assert await ledger.look() is None
    assert (await api.get("/readyz")).status_code == 200
