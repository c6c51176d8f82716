"""Leases: one process at a time, and what a killed one left passes on when its time has run out."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.subject_requests import leases
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
LENGTH = timedelta(minutes=2)


@pytest.fixture
async def world(world: World) -> World:
    """A day on: today's sweep is due."""
    world.later(days=1)
    return world


async def begins(world: World, who: str) -> bool:
    return await world.db.write(leases.begin, "sweep", who, world.now, LENGTH)


async def test_one_of_many_begins(world: World) -> None:
    """However many ask at once."""
    assert sorted(await asyncio.gather(*(begins(world, f"p{n}") for n in range(8)))) == [False] * 7 + [True]


async def test_after_a_kill_the_work_passes_on_within_its_lease(world: World) -> None:
    """Nobody else begins while the lease runs, and anybody once it has run out; the former holder notices."""
    assert await begins(world, "killed")
    world.later(seconds=119)
    assert not await begins(world, "other")
    world.later(seconds=2)
    assert await begins(world, "other")
    until = world.now + LENGTH
    assert not await world.db.write(leases.keep_lease, leases.running("sweep"), "killed", until)
    assert await world.db.write(leases.keep_lease, leases.running("sweep"), "other", until)


async def test_what_is_done_is_not_due_until_tomorrow(world: World) -> None:
    """Neither for who did it nor for anybody else."""
    assert await begins(world, "one")
    await world.db.write(leases.end, "sweep", "one", world.now, world.now + timedelta(hours=24))
    world.later(hours=23)
    assert not await begins(world, "one")
    assert not await begins(world, "other")
    world.later(hours=2)
    assert await begins(world, "other")


async def test_a_sweep_that_was_cut_short_is_due_still(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that fails is tried again after two minutes, not after a day."""
    from app import background

    async def fails(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(background, "sweep_all", fails)
    with pytest.raises(ConnectionError):
        await world.run_due()
    monkeypatch.undo()
    stop = asyncio.Event()
    assert not await background.sweep_due(world.services, world.registers, world.ledger, stop)
    world.later(seconds=121)
    assert await background.sweep_due(world.services, world.registers, world.ledger, stop)
    assert not await background.sweep_due(world.services, world.registers, world.ledger, stop)


async def test_decided_erasures_are_carried_out_between_the_batches_of_a_sweep(
    world: World, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of sweeping delay nobody's erasure: it is gone when the second batch begins."""
    from app import background

    desk = Desk(call)
    person = await desk.person()
    await desk.decides((await desk.asks("erasure", person))["case_number"])
    world.later(minutes=1)
    seen: list[int] = []

    async def two_batches(*_: object, may_go_on: Callable[[], Awaitable[bool]], **__: object) -> Any:
        for _batch in range(2):
            assert await may_go_on()
            seen.append((await call("dpo", "GET", f"/v1/customers/{person}")).status_code)
        return SimpleNamespace(finished=False)

    monkeypatch.setattr(background, "sweep_all", two_batches)
    assert not await background.sweep_due(world.services, world.registers, world.ledger, asyncio.Event())
    assert seen == [410, 410]


def test_two_processes_of_one_machine_are_two_holders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a machine alone would let one process give back what the other holds."""
    mine = leases.own_name()
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert leases.own_name() != mine
    assert len(mine) <= 80
