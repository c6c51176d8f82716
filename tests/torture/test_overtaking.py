"""A retry that overtakes the call it repeats, which waits in the middle of its transaction on PostgreSQL."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.torture import payloads
from tests.torture.checker import accords, rows_about, whole
from tests.torture.facts import Row
from tests.torture.installation import Installation
from tests.torture.journal import Call, Person
from tests.torture.load import Load
from tests.torture.rounds import Run
from tests.torture.wire import Drop, Line

pytestmark = pytest.mark.anyio
DICE = random.Random(1)
GATE = """
CREATE SEQUENCE passed;
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('passed') = 1 THEN PERFORM pg_advisory_xact_lock(7, 1), pg_advisory_xact_lock(7, 2); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gate BEFORE INSERT ON consent_events FOR EACH STATEMENT EXECUTE FUNCTION gate();
CREATE TRIGGER gate BEFORE INSERT ON customers FOR EACH STATEMENT EXECUTE FUNCTION gate();
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7 AND objid = 2 AND NOT granted"
ENDED = "SELECT pg_try_advisory_xact_lock(7, 1)"


@dataclass
class Gate:
    """While it is shut, holds the first call that is about to store a consent or a person; those behind it pass."""

    connection: Any

    async def shut(self) -> None:
        await self.connection.execute("SELECT pg_advisory_lock(7, 2); ALTER SEQUENCE passed RESTART")

    async def holds_one(self) -> None:
        """Wait until a transaction stands before it."""
        await self._until(WAITING)

    async def open(self) -> None:
        """Let it go on, and wait until its transaction is over."""
        await self.connection.execute("SELECT pg_advisory_unlock(7, 2)")
        await self._until(ENDED)

    async def _until(self, query: str) -> None:
        for _ in range(2000):
            if await self.connection.fetchval(query):
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never true: {query}")


@dataclass
class Scene:
    """A process under nobody's load, a person whom it knows, and the gate."""

    run: Run
    gate: Gate
    line: Line
    load: Load = field(init=False)
    who: Person = field(default_factory=lambda: Person(1, "webshop"))

    def __post_init__(self) -> None:
        self.load = self.run.load()

    async def meet(self) -> None:
        body = payloads.customer(self.who.number, DICE)
        path = f"/v1/customers/by-reference/webshop/{self.who.reference}"
        assert await self.load.call(self.line, Call("upsert", "webshop", "PUT", path, body, person=self.who))

    def registration(self) -> Call:
        body = payloads.customer(2, DICE) | {"references": [{"system": "webshop", "id": "p-2"}]}
        call = Call("register", "webshop", "POST", "/v1/customers", body, uuid4().hex, Person(2, "webshop"))
        self.run.journal.calls.append(call)
        return call

    def batch(self) -> Call:
        items = [payloads.consent(uuid4().hex, {"id": self.who.id}, DICE) for _ in range(3)]
        call = Call("batch", "webshop", "POST", "/v1/consents/batch", {"items": items})
        self.run.journal.calls.append(call)
        return call

    async def trail(self, *, over: bool) -> list[Row]:
        """The audit rows of batches, as many as the count allows; when all is `over`, it allows no more than these."""
        facts = await self.run.of.facts(ended=False)
        assert [*whole(facts), *accords(facts, self.run.journal)] == []
        rows = rows_about(facts, "consent", "batch")
        facts["audit_events"].append(rows[0])
        assert bool(accords(facts, self.run.journal)) == over
        return rows


@pytest.fixture
async def scene(on_postgres: Installation) -> AsyncIterator[Scene]:
    run = Run(on_postgres, [on_postgres.service()], DICE)
    connection = await asyncpg.connect(on_postgres.url)
    await connection.execute(GATE)
    await run.start()
    made = Scene(run, Gate(connection), Line(run.services[0].port))
    await made.meet()
    yield made
    await made.line.close()
    run.end()
    await connection.close()


async def test_only_a_call_that_its_client_abandoned_is_carried_out_beside_its_retry(scene: Scene) -> None:
    """All in one test, as starting a process takes longer than all else."""
    await abandoned(scene)
    await abandoned_with_a_key(scene)
    await killed(scene)


async def abandoned(scene: Scene) -> None:
    """The client breaks off and comes again while the process lives: what was sent first commits second."""
    call = scene.batch()
    await scene.gate.shut()
    assert not await scene.load.send(scene.line, call, Drop.WHOLE)
    await scene.gate.holds_one()
    assert await scene.load.send(scene.line, call)
    retried = await scene.trail(over=False)
    await scene.gate.open()
    both = await scene.trail(over=True)

    assert words(call) == ["recorded"] * 3
    assert (len(retried), len(both)) == (1, 2)
    assert (call.at_least, call.at_most) == (1, 2)


async def abandoned_with_a_key(scene: Scene) -> None:
    """The retry is put off while the first is under way, which makes the person; then it reads what was made."""
    call = scene.registration()
    await scene.gate.shut()
    assert not await scene.load.send(scene.line, call, Drop.WHOLE)
    await scene.gate.holds_one()
    assert not await scene.load.send(scene.line, call)
    await scene.gate.open()
    assert await scene.load.send(scene.line, call)
    await scene.trail(over=True)

    trail = rows_about(await scene.run.of.facts(ended=False), "customer", "register", "read")
    assert [row["action"] for row in sorted(trail, key=lambda row: row["id"])] == ["register", "register", "read"]
    assert (call.unknown, scene.run.journal.put_off) == (1, 1)


async def killed(scene: Scene) -> None:
    """The process is killed, its session in the database goes on for a moment: it can store and tell nothing."""
    call = scene.batch()
    (service,) = scene.run.services
    await scene.gate.shut()
    sent = asyncio.create_task(scene.load.send(scene.line, call))
    await scene.gate.holds_one()
    service.end()
    assert not await sent
    service.start()
    await service.ready()
    assert await scene.load.send(scene.line, call)
    await scene.gate.open()

    assert words(call) == ["recorded"] * 3
    assert len(await scene.trail(over=True)) == 3, "the two before, and one"
    assert (call.at_least, call.at_most) == (1, 1)


def words(call: Call) -> list[str]:
    """What the answer says of each event."""
    return [result["event"]["status"] for result in call.answers[0].body["results"]]
