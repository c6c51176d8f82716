"""Does again, on a database that is older than its ledger, everything that the ledger holds beyond it.

First the rows that entries remember, each in its newest state, then the erasures and sweeps in their order. Every step
may be done twice, so a replay that was interrupted is simply run again; the database counts as having followed the
ledger only when all of it is done.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from app.deps import Services
from app.ledger import repository
from app.ledger.facts import SWEPT, Facts, row_of
from app.ledger.follower import Ledger, Unfollowed
from app.ledger.replay_batches import batch_again
from app.ledger.replay_erasures import execution_again, sweep_again
from app.ledger.replay_rows import ORDER, again
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers

CHUNK = 200


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one entry: its number, kind, the id of what it is about, and whether it changed anything."""

    n: int
    kind: str
    about: str
    outcome: str


async def replay(served: Services, registers: Registers, ledger: Ledger) -> list[Replayed]:
    """Do everything again that this database has not followed; raises `LedgerUnfit` when the ledger cannot tell."""
    async with ledger.held():
        unfollowed = await ledger.unfollowed()
        op = await builtin_operation(BACKGROUND, served, registers)
        done = [one async for one in _rows(op, unfollowed.entries)]
        for erasure in _erasures(unfollowed.entries):
            done.append(await _erased(op, erasure))  # noqa: PERF401 (each is a transaction of its own)
        await op.write(_finish, unfollowed, len(done))
    return sorted(done, key=lambda one: one.n)


async def _rows(op: Operation, entries: list[Facts]) -> AsyncIterator[Replayed]:
    newest = {(facts["kind"], facts["row"]["id"]): facts for facts in entries if facts["kind"] in ORDER}
    erased = {UUID(facts[name]) for facts in entries if facts["kind"] == "erasure" for name in _ABOUT}
    for kind in ORDER:
        of_kind = [facts for facts in newest.values() if facts["kind"] == kind]
        for at in range(0, len(of_kind), CHUNK):
            chunk = of_kind[at : at + CHUNK]
            outcomes = await op.write(again, kind, [row_of(kind, facts) for facts in chunk], erased)
            for facts in chunk:
                key = facts["row"]["id"]
                yield Replayed(facts["n"], kind, key, outcomes[UUID(key)])


_ABOUT = ("request_id", "customer_id")


def _erasures(entries: list[Facts]) -> list[list[Facts]]:
    """Executions, and what one sweep took of one person, in the order in which they happened."""
    found: dict[object, list[Facts]] = {}
    for facts in entries:
        if facts["kind"] == "erasure":
            found[facts["id"]] = [facts]
        elif facts["kind"] == SWEPT:
            found[facts["batch"]] = [facts]
        elif facts["kind"] == "sweep":
            row = facts["row"]
            found.setdefault((row["customer_id"], row["decided_at"]), []).append(facts)
    return list(found.values())


async def _erased(op: Operation, entries: list[Facts]) -> Replayed:
    first = entries[0]
    if first["kind"] == "erasure":
        outcome = await op.write(execution_again, first)
        return Replayed(first["n"], "erasure", first["customer_id"], outcome)
    if first["kind"] == SWEPT:
        outcome = await op.write(batch_again, first)
        return Replayed(first["n"], "sweep", first["batch"], outcome)
    outcome = await op.write(sweep_again, [facts["row"] for facts in entries])
    return Replayed(first["n"], "sweep", first["row"]["customer_id"], outcome)


def _finish(connection: Connection, op: Operation, unfollowed: Unfollowed, done: int) -> None:
    """The database has followed: forget what the ledger held already, and let the service be ready."""
    ids = [UUID(facts["id"]) for facts in unfollowed.entries]
    for at in range(0, len(ids), CHUNK):
        repository.forget(connection, ids[at : at + CHUNK])
    repository.keep(connection, unfollowed.state)
    op.audit(connection, "replay", "ledger", details={"entries": done, "through": unfollowed.state.entries})
