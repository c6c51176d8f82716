"""Restore without resurrection: a backup, then rights exercised, then the backup restored, then the ledger replayed."""

from pathlib import Path
from shutil import copyfile
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.ledger.errors import LedgerUnfit
from app.ledger.follower import Ledger
from app.ledger.replay import Replayed, replay
from tests.ledger.conftest import kept
from tests.ledger.restores import back_up, new_database, picture, restored
from tests.ledger.story import Story
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def done_again(world: World) -> list[Replayed]:
    """A replay on the world's database."""
    return await replay(world.services, world.registers, world.ledger)


async def test_what_people_asked_for_since_the_backup_is_done_again_exactly(
    world: World, story: Story, place: Path, tmp_path: Path, postgres_url: str, api: httpx.AsyncClient, call: Caller
) -> None:
    """Restored into the other kind of database: not ready, replayed, then both registers hold the same of everybody."""
    file = await back_up(world, tmp_path / "backup")
    await story.after()
    people = {UUID(person) for name, person in story.people.items() if name != "new"}
    original = await world.db.read(picture, people)
    other = "postgresql" if world.dialect == "sqlite" else "sqlite"

    with new_database(other, tmp_path, postgres_url) as url:
        again = await restored(world, file, url)
        kept(again, place)
        assert "seloste ledger replay" in str(await again.ledger.look())
        assert (await call("webshop", "GET", "/v1/changes")).status_code == 503
        assert await again.run_due() == 0

        done = await done_again(again)
        assert await again.ledger.drain()
        assert (await api.get("/readyz")).status_code == 200
        assert await again.db.read(picture, people) == original
        outcomes = {one.about: one.outcome for one in done if one.kind in {"erasure", "sweep"}}
        gone = ("erased", "came_back", "decided_before", "open_order", "called_off")
        assert outcomes == {story.people[name]: "applied" for name in gone}
        for name in gone:
            assert (await call("owner", "GET", f"/v1/customers/{story.people[name]}")).status_code == 410
        await _is_told(again, story)
        await _is_answered_anew(call, story.cases["erased"])
        original["letters"] = (await again.db.read(picture, people))["letters"]
        assert await done_again(again) == []
        assert await again.db.read(picture, people) == original
        again.later(minutes=1)
        assert await again.run_due() == 1  # the one that was decided and is restricted
        assert (await call("owner", "GET", f"/v1/customers/{story.people['decided_after']}")).status_code == 410
        await again.db.close()


async def _is_answered_anew(call: Caller, case: str) -> None:
    """Its letters are known by number, their content is lost, and a human may have the answer written once more."""
    path = f"/v1/subject-requests/{case}/letter"
    lost = await call("dpo", "GET", path, expect=200)
    page = await call("dpo", "GET", f"/v1/letters/{lost['number']}/page")
    anew = await call("dpo", "POST", f"{path}s", {"kind": "outcome"}, expect=201)

    assert (lost["kind"], lost["text"], page.json()["code"]) == ("partial", None, "letter-lost")
    assert (anew["kind"], anew["text"] is None) == ("partial", False)
    assert anew["number"] > lost["number"]


async def _is_told(world: World, story: Story) -> None:
    """The systems that know the people hear of it, and the trail names them."""
    feed = await world.rows("SELECT customer_id, kind FROM customer_changes WHERE system = 'webshop'")
    told = {(str(UUID(str(item.customer_id))), item.kind) for item in feed}
    gone = {(story.people[name], "erased") for name in ("erased", "came_back", "decided_before", "open_order")}
    ids = story.people
    assert (
        gone | {(ids["banned"], "banned"), (ids["withdrew"], "withdrawn"), (ids["decided_after"], "restricted")} <= told
    )
    assert not [kind for person, kind in told if person in {ids["untouched"], ids["printed"]}]
    trail = await world.rows("SELECT entity, outcome FROM audit_events WHERE action = 'replay'")
    assert {row.entity for row in trail} == {"ledger", "subject_request", "retention"}


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
async def test_a_replay_is_hindered(
    world: World, story: Story, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a changed ledger, by being killed, by dealings since: one story, whose playing takes longer than all three."""
    file = await back_up(world, tmp_path / "backup")
    await story.after()
    people = {UUID(person) for name, person in story.people.items() if name != "new"}
    original = await world.db.read(picture, people)
    ledger = copyfile(place, tmp_path / "ledger")

    again = await restored(world, file, f"sqlite:///{tmp_path / 'again.db'}")
    await _a_ledger_that_was_tampered_with_is_not_replayed(again, place)
    await _one_that_was_interrupted_is_run_again(again, place, monkeypatch)
    assert await again.db.read(picture, people) == original

    copyfile(ledger, place)
    again = await restored(world, file, f"sqlite:///{tmp_path / 'used.db'}")
    await _newer_dealings_on_the_same_record_are_not_erased_unseen(again, story, place)
    await again.db.close()


async def _a_ledger_that_was_tampered_with_is_not_replayed(again: World, place: Path) -> None:
    """Nothing is done from a ledger in which a line was changed."""
    _swap_two_lines(place)
    kept(again, place)
    with pytest.raises(LedgerUnfit, match="not as it was written"):
        await done_again(again)
    assert await again.rows("SELECT 1 FROM audit_events WHERE action = 'replay'") == []
    _swap_two_lines(place)


def _swap_two_lines(place: Path) -> None:
    lines = place.read_bytes().splitlines(keepends=True)
    lines[-1], lines[-2] = lines[-2], lines[-1]
    place.write_bytes(b"".join(lines))


async def _one_that_was_interrupted_is_run_again(again: World, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was done when it stopped, the service is not ready before all of it is done."""
    for step in (1, 3, 5, 7):
        kept(again, place)
        with monkeypatch.context() as killed:
            _kill_after(killed, step)
            with pytest.raises(KeyboardInterrupt):
                await done_again(again)
        assert "seloste ledger replay" in str(await again.ledger.look())
    await done_again(again)
    assert await again.ledger.drain()


def _kill_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    from app.register.operation import Operation

    write, left = Operation.write, steps

    async def counted(self: Operation, *args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        return await write(self, *args, **kwargs)

    monkeypatch.setattr(Operation, "write", counted)


async def _newer_dealings_on_the_same_record_are_not_erased_unseen(again: World, story: Story, place: Path) -> None:
    """If somebody let people use the restored database before the replay, an order made then keeps what it needs."""
    again.later(days=1)
    order = {"fulfilled_on": None, "payment": {"settled_on": None}}
    await story.desk.buys(story.people["erased"], again.now.date().isoformat(), "NEW", **order)
    kept(again, place)
    done = {one.about: one.outcome for one in await done_again(again) if one.kind == "erasure"}

    assert "newer dealings" in done[story.people["erased"]]
    rows = await again.rows("SELECT order_id FROM purchases WHERE order_id IN ('order-NEW', 'order-V-1')")
    assert [row.order_id for row in rows] == ["order-NEW"]


async def test_a_copy_that_was_put_in_place_by_other_means_is_noticed_too(
    world: World, ledger: Ledger, place: Path, tmp_path: Path, postgres_url: str, desk: Desk
) -> None:
    """Without `seloste restore` to say so, the ledger itself tells that the database is older."""
    await desk.asks("marketing_ban", await desk.person(1))
    assert await ledger.drain()
    file = await back_up(world, tmp_path / "backup")
    await desk.asks("marketing_ban", await desk.person(2))
    assert await ledger.drain()
    with new_database(world.dialect, tmp_path, postgres_url) as url:
        again = await restored(world, file, url)
        await again.db.write(_unsay)
        assert "entries that this database has not followed" in str(await kept(again, place).look())
        await done_again(again)
        assert await again.ledger.look() is None
        await again.db.close()


def _unsay(connection: Any) -> None:
    from app.ledger.repository import block

    block(connection, None)


async def test_what_a_sweep_has_taken_since_the_backup_is_taken_again(
    world: World, ledger: Ledger, call: Caller, place: Path, tmp_path: Path, postgres_url: str
) -> None:
    """One entry for a batch, of a living customer and of an erased one; a dispute since does not bring it back."""
    desk = Desk(call)
    living, erased = await desk.person(1), await desk.person(2)
    await desk.buys(living, "2016-05-10", "V-1")
    await desk.buys(erased, "2016-05-11", "V-2")
    case = (await desk.asks("erasure", erased))["case_number"]
    await desk.decides(case)
    await world.run_due()
    assert await ledger.drain()
    world.now = world.now.replace(month=12, day=31)
    file = await back_up(world, tmp_path / "backup")
    world.now = world.now.replace(year=2027, month=1, day=1)
    assert (await world.sweep()).rows["accounting"] == 2
    assert await ledger.drain()
    (entry,) = [one.facts for one in ledger.file.entries() if one.facts["kind"] == "swept"]
    assert (entry["rule"], len(entry["gone"])) == ("accounting", 2)
    hold = {"kind": "dispute", "claim": "Order V-1 is disputed.", "review_on": "2027-06-01"}
    await call("dpo", "POST", f"/v1/customers/{living}/legal-holds", hold, expect=201)
    assert await ledger.drain()

    with new_database(world.dialect, tmp_path, postgres_url) as url:
        again = await restored(world, file, url)
        kept(again, place)
        assert len(await again.rows("SELECT 1 FROM vouchers")) == 2
        assert [one.outcome for one in await done_again(again) if one.kind == "sweep"] == ["applied"]
        assert await again.rows("SELECT 1 FROM vouchers") == []
        assert len(await again.rows("SELECT 1 FROM verdicts WHERE decision_id IN (SELECT id FROM sweep_batches)")) == 2
        assert await again.ledger.drain()
        assert await done_again(again) == []
        await again.db.close()
