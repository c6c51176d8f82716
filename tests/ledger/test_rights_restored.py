"""After a restore restrictions and objections are there again; a correction that is lost restricts its record."""

from pathlib import Path

import pytest

from app.ledger.follower import Ledger
from app.ledger.replay import replay
from tests.ledger.conftest import kept
from tests.ledger.restores import back_up, new_database, restored
from tests.subject_requests.people import Desk
from tests.subject_requests.test_rights_rectification import found
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


def words_in(place: Path) -> list[str]:
    """What somebody wrote, and no ledger may hold."""
    return [words for words in ("Uusinimi", "It is corrected.") if words in place.read_text()]


async def test_rights_hold_after_a_restore(
    world: World, ledger: Ledger, desk: Desk, call: Caller, place: Path, tmp_path: Path, postgres_url: str
) -> None:
    """Restricted, objected and corrected after the backup; restored and replayed into the same kind of database."""
    people = {name: await desk.person(n) for n, name in enumerate(("restricts", "objects", "corrects"), start=1)}
    corrects = {"rectification": {"values": {"name": "Aino Uusinimi"}}}
    assert await ledger.drain()
    file = await back_up(world, tmp_path / "backup")
    await desk.asks("restriction", people["restricts"], restriction_ground="18(1)(c)")
    await desk.asks("objection", people["objects"], purposes=["legal_claims"])
    case = (await desk.asks("rectification", people["corrects"], **corrects))["case_number"]
    await desk.decides(case, outcome="granted", findings=found("name=as_proposed"))
    lift = {"reason": "It is corrected.", "told_on": "2026-11-23", "how": "letter"}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/restriction-lift", lift, expect=200)
    assert await ledger.drain()
    assert not words_in(place)

    with new_database(world.dialect, tmp_path, postgres_url) as url:
        again = await restored(world, file, url)
        kept(again, place)
        await replay(again.services, again.registers, again.ledger)
        states = {
            name: (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["state"]
            for name, person in people.items()
        }
        name = (await call("dpo", "GET", f"/v1/customers/{people['corrects']}", expect=200))["name"]
        objected = await again.rows("SELECT purpose, state FROM objections")
        lost = await call("dpo", "GET", f"/v1/subject-requests/{case}", expect=200)
        await again.db.close()

    assert states == dict.fromkeys(people, "restricted")
    assert name == "Aino Esimerkki3"
    assert [tuple(row) for row in objected] == [("legal_claims", "pending")]
    assert "restriction_lift" in lost["open"]
