"""Which faults are played how often on which database, and what came of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.nursery import Nursery
from tests.torture import rounds
from tests.torture.disk import Fullness, small_disk
from tests.torture.installation import Installation, Prepared
from tests.torture.postgres import Postgres, postgres
from tests.torture.rounds import Run

ON_ONE_DATABASE = 10
"""Rounds before the next fresh database, so that reading all of it stays quick."""

Round = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table; `share` is how many rounds it gets of 200."""

    name: str
    dialects: tuple[str, ...]
    share: int
    processes: int = 1


BOTH = ("sqlite", "postgresql")
FAULTS = (
    Fault("SIGKILL", BOTH, 200),
    Fault("SIGKILL, one of two", ("postgresql",), 20, processes=2),
    Fault("PostgreSQL restarted", ("postgresql",), 10),
    Fault("PostgreSQL crashed", ("postgresql",), 10),
    Fault("disk full", ("sqlite",), 10),
    Fault("connections dropped", BOTH, 20),
    Fault("SIGTERM", BOTH, 20),
)


@dataclass
class Figures:
    """What came of one fault on one database."""

    fault: Fault
    dialect: str
    rounds: int = 0
    acknowledged: int = 0
    unknown: int = 0
    faults: list[str] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)

    def add(self, run: Run, played: int) -> None:
        """Count a run."""
        self.rounds += played
        self.acknowledged += run.journal.acknowledged
        self.unknown += run.journal.lost + run.journal.put_off
        self.faults += run.faults
        self.recoveries += run.recoveries

    def p99(self) -> float:
        """The recovery that one in a hundred exceeds."""
        ordered = sorted(self.recoveries)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] if ordered else 0.0


class Bench:
    """Prepared databases and the nursery of the processes."""

    def __init__(self, place: Path, nursery: Nursery, server: Postgres | None) -> None:
        self._place, self._server = place, server
        self._prepared = {"sqlite": Prepared(place / "sqlite", nursery, None)}
        if server is not None:
            self._prepared["postgresql"] = Prepared(place / "postgresql", nursery, server.url)

    def play(self, fault: Fault, dialect: str, times: int, seed: int) -> Figures:
        """Play a fault so many times; stops at the first database on which something is wrong."""
        figures, dice = Figures(fault, dialect), random.Random(seed)
        while figures.rounds < times and not figures.faults:
            self._play_some(figures, min(ON_ONE_DATABASE, times - figures.rounds), dice)
        return figures

    def _play_some(self, figures: Figures, times: int, dice: random.Random) -> None:
        with ExitStack() as stack:
            mounted = figures.fault.name == "disk full" and stack.enter_context(small_disk(self._place / "small"))
            installation = self._prepared[figures.dialect].fresh(self._place / "small" if mounted else None)
            stack.callback(installation.drop)
            run = Run(installation, [installation.service() for _ in range(figures.fault.processes)], dice)
            stack.callback(run.end)
            figures.add(run, asyncio.run(_rounds(run, self._round(figures.fault, installation, run, mounted), times)))

    def _round(self, fault: Fault, of: Installation, run: Run, mounted: bool) -> Round:
        match fault.name:
            case "disk full":
                return rounds.starved(Fullness(of, run.services[0], mounted=mounted))
            case "PostgreSQL restarted" if self._server is not None:
                return rounds.restarted(self._server, "fast")
            case "PostgreSQL crashed" if self._server is not None:
                return rounds.restarted(self._server, "immediate")
            case "connections dropped":
                return rounds.dropped
            case "SIGTERM":
                return rounds.drained
            case _:
                return rounds.killed


async def _rounds(run: Run, round_: Round, times: int) -> int:
    await run.start()
    for played in range(1, times + 1):
        await round_(run)
        if run.faults:
            return played
    return times


@contextmanager
def bench(place: Path, *, with_postgres: bool) -> Iterator[Bench]:
    """Everything that rounds need, ended afterwards."""
    with ExitStack() as stack:
        nursery = Nursery()
        stack.callback(nursery.close)
        server = stack.enter_context(postgres()) if with_postgres else None
        yield Bench(place, nursery, server)
