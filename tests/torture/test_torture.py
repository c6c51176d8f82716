"""Short versions of `make torture`: a few rounds of each fault, and nothing lost, halved or doubled."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.nursery import Nursery
from tests.torture import rounds
from tests.torture.disk import Fullness
from tests.torture.installation import Installation, Prepared
from tests.torture.postgres import postgres
from tests.torture.rounds import Run

pytestmark = pytest.mark.anyio


@pytest.fixture
async def run(installation: Installation) -> AsyncIterator[Run]:
    """One process, started."""
    made = Run(installation, [installation.service()], random.Random(1))
    await made.start()
    yield made
    made.end()


async def test_sigkill_loses_nothing(run: Run) -> None:
    """Killed at random moments under load, and started again."""
    for _ in range(2):
        await rounds.killed(run)
    assert run.faults == []
    assert run.journal.acknowledged
    assert run.journal.lost


async def test_sigterm_answers_what_is_in_flight(run: Run) -> None:
    """What was carried out was answered, and the process ended with code 0."""
    await rounds.drained(run)
    assert run.faults == []
    assert run.journal.acknowledged


async def test_dropped_connections_leave_no_halves(run: Run) -> None:
    """Clients that break off anywhere and come again with the same key."""
    await rounds.dropped(run)
    assert run.faults == []
    assert run.journal.lost


async def test_a_full_disk_is_survived(prepared_sqlite: Prepared) -> None:
    """What does not fit is refused; when there is room again the same process goes on."""
    installation = prepared_sqlite.fresh()
    run = Run(installation, [installation.service()], random.Random(1))
    await run.start()
    try:
        await rounds.starved(Fullness(installation, run.services[0], mounted=False))(run)
    finally:
        run.end()
    assert run.faults == []
    assert run.journal.put_off


async def test_one_of_two_processes_is_killed(on_postgres: Installation) -> None:
    """The other goes on, and takes over what the first held."""
    run = Run(on_postgres, [on_postgres.service(), on_postgres.service()], random.Random(1))
    await run.start()
    try:
        await rounds.killed(run)
    finally:
        run.end()
    assert run.faults == []


async def test_a_restart_of_postgresql_is_survived(nursery: Nursery, tmp_path: Path) -> None:
    """Stopped under load: 503 meanwhile, and the pool recovers by itself."""
    with postgres() as server:
        prepared = await asyncio.to_thread(Prepared, tmp_path, nursery, server.url)
        installation = await asyncio.to_thread(prepared.fresh)
        run = Run(installation, [installation.service()], random.Random(1))
        await run.start()
        try:
            await rounds.restarted(server, "fast")(run)
        finally:
            run.end()
    assert run.faults == []
    assert run.journal.put_off
