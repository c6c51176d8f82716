"""Bookings of a stateful account on loopback come into the register; off without a map; a human is told the rest."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.connectors.configuration import Connectors
from app.connectors.digitalbooker import Bookings, DigitalBookerConfig
from app.connectors.outcome import Sent
from app.digitalbooker.service import poll
from app.policy.notifications import Act
from app.polling.service import Reading
from tests.cli.running import CommandLine
from tests.connectors.telling import told, world_outside
from tests.vendors import digitalbooker
from tests.vendors.serving import serving
from tests.worlds import STARTED, Template, World

pytestmark = pytest.mark.anyio
BOOKINGS: dict[str, Any] = {
    "path": "/api/admin/bookings", "page": "page", "since": "updated_since", "updated": "updated",
    "fields": {
        "id": "id", "starts": "from", "ends": "to", "service": "service.name", "state": "status", "booked": "created",
        "customer": "customer.id", "name": "customer.name", "email": "customer.email", "phone": "customer.phone",
    },
    "states": {"confirmed": "booked", "cancelled": "cancelled", "done": "done"},
}  # fmt: skip


@pytest.fixture(params=["sqlite"])
def template(request: pytest.FixtureRequest) -> Template:
    """What is done differently on PostgreSQL is tried with a shop."""
    found: Template = request.getfixturevalue("sqlite_template")
    return found


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key, in the environment."""
    monkeypatch.setenv("DB_ID", digitalbooker.KEY_ID)
    monkeypatch.setenv("DB_WORD", digitalbooker.KEY_PASSWORD)


def _document(address: str, **more: Any) -> dict[str, Any]:
    one = {"kind": "digitalbooker", "base_url": f"{address}/lumicos/fi", "per_second": 50}
    key = {"key_id": {"env": "DB_ID"}, "key_password": {"env": "DB_WORD"}}
    return {"connectors": {"digitalbooker": {**one, **key, **more}}}


async def _read(world: World, address: str, **more: Any) -> Reading:
    config = Connectors.model_validate(_document(address, bookings={**BOOKINGS, **more})).connectors["digitalbooker"]
    assert isinstance(config, DigitalBookerConfig)
    async with world_outside() as outside:
        bookings = Bookings.of(config, outside, 0.001)
        return (await poll(world.services, world.registers, "digitalbooker", config, bookings))[0]


async def test_bookings_are_read_and_followed(world: World) -> None:
    """Four in one second over pages of three, then a cancellation; read again, nothing is written; faults by code."""
    account = digitalbooker.Account()
    aino = {"id": 7, "name": "Aino Esimerkki", "email": "aino@example.fi", "phone": "040 123 4567"}
    first = account.book(aino)
    for _ in range(3):
        account.book()
    account.book(status="odd")
    account.book({**aino, "email": "nothing"})
    with serving(account.app) as address:
        account.troubles.outage = 1
        found = await _read(world, address)
        assert [found.summary.of("taken"), found.summary.of("refused", "state_unknown")] == [4, 1]
        assert found.summary.of("refused", "email_invalid") == 1
        assert found.failure is None
        assert len(await world.rows("SELECT id FROM customers")) == 2

        account.now = STARTED.replace(hour=10)
        account.change(first, status="cancelled")
        world.later(hours=2)
        await _read(world, address)
        rows = await world.rows("SELECT state, version FROM bookings ORDER BY booking_id")
        assert [(row.state, row.version) for row in rows] == [("cancelled", 2)] + [("booked", 1)] * 3

        again = await _read(world, address)
        assert (again.summary.of("known"), again.summary.of("taken")) == (1, 0)
        whole = await _read(world, address, since=None, updated=None)
        assert (whole.summary.of("known"), whole.failure) == (4, None)
        account.troubles.outage = 9
        assert (await _read(world, address)).failure == "http_503"


async def test_everything_it_is_told_is_a_humans() -> None:
    """No call that changes anything is known."""
    async with world_outside() as outside:
        made = Connectors.model_validate(_document("http://localhost:1")).connect(outside)["digitalbooker"]
        assert not made.capabilities
        for act, task in ((Act.ERASURE, "digitalbooker_erase"), (Act.OBJECTION, "tell_recipient")):
            assert await made.apply(told(act)) == await made.verify(told(act)) == Sent(task=task)


def test_the_commands_read_what_is_configured(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`seloste digitalbooker poll` tells counts and codes; without a map, or another recipient, it says so."""
    monkeypatch.setenv("SELOSTE_CONNECTORS_REACH_PRIVATE", "true")
    monkeypatch.setenv("DATABASE_URL", template.fresh(tmp_path))
    monkeypatch.setenv("SELOSTE_SECRET_FILE", str(template.secret_file))
    monkeypatch.setenv("SELOSTE_LEDGER", str(tmp_path / "seloste.ledger"))
    monkeypatch.setattr("app.logs.configure", lambda _level: None)
    seloste, file = CommandLine(capsys), tmp_path / "connectors.yaml"
    monkeypatch.setenv("SELOSTE_CONNECTORS", str(file))
    account = digitalbooker.Account()
    account.book()
    account.book(status="odd")
    with serving(account.app) as address:
        file.write_text(yaml.safe_dump(_document(address, bookings=BOOKINGS)))
        done = seloste("digitalbooker", "poll")
        assert (done.code, done.err) == (0, "")
        assert "1  taken" in done.out
        assert "71: refused, state_unknown" in done.out
        assert "example.fi" not in done.out
        file.write_text(yaml.safe_dump(_document(address)))
        assert "no map" in seloste("digitalbooker", "poll").err
        assert seloste("mycashflow", "poll").code == 1
        file.write_text(yaml.safe_dump(_document(address, key_id="clear")))
        refused = seloste("digitalbooker", "poll")
        assert (refused.code, "clear" in refused.err) == (1, False)
