"""Pairs of runs, alternating between the service and what it is compared with, and what makes a run invalid."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import median

from benchmarks import machine
from benchmarks.databases import TOKENS, Prepared, audit_rows
from benchmarks.driver import Load, Sample
from benchmarks.scenarios import Scenario
from benchmarks.servers import Server

OTHERS = 0.25
"""Processors that other programs may keep busy while we measure."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one side."""

    sample: Sample
    cpu_ms: float
    resident_mb: float
    load_average: float
    others: float
    faults: list[str]


@dataclass(slots=True)
class Comparison:
    """All runs of one call on one database."""

    scenario: Scenario
    dialect: str
    runs: dict[str, list[Run]] = field(default_factory=lambda: {"base": [], "ours": []})

    @property
    def ratios(self) -> list[float]:
        """Our rate over the other's, pair by pair."""
        pairs = zip(self.runs["ours"], self.runs["base"], strict=True)
        return [ours.sample.per_second / max(base.sample.per_second, 0.001) for ours, base in pairs]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def cpu_ratio(self) -> float:
        """The other's processor time per request over ours: what remains when others use the machine too."""
        return self.middle("base", "cpu_ms") / max(self.middle("ours", "cpu_ms"), 0.001)

    @property
    def faults(self) -> list[str]:
        """Why the runs prove nothing; empty when they are valid."""
        return [f"{side}: {fault}" for side, runs in self.runs.items() for run in runs for fault in run.faults]

    def middle(self, side: str, what: str) -> float:
        """The median of a figure of the runs or of their samples."""
        return middle(self.runs[side], what)


def middle(runs: list[Run], what: str) -> float:
    """The median of a figure of the runs or of their samples."""
    figures: list[float] = [getattr(run if hasattr(run, what) else run.sample, what) for run in runs]
    return median(figures)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often."""

    pairs: int
    seconds: float
    warm_up: float


@dataclass(frozen=True, slots=True)
class HalfLoad:
    """One call at half of the rate that the service reached, in an open loop."""

    scenario: Scenario
    dialect: str
    rate: float
    runs: list[Run]

    @property
    def spread(self) -> float:
        """The 99th percentile over the median."""
        return median([run.sample.p99_ms / max(run.sample.p50_ms, 0.001) for run in self.runs])

    @property
    def faults(self) -> list[str]:
        """Why the runs prove nothing; empty when they are valid."""
        return [f"half load: {fault}" for run in self.runs for fault in run.faults]


def compare(prepared: Prepared, scenario: Scenario, servers: Mapping[str, Server], plan: Plan) -> Comparison:
    """Measure one call, the sides taking turns in going first."""
    found = Comparison(scenario, prepared.dialect)
    sides = {"base": servers[scenario.base], "ours": servers["ours"]}
    for pair in range(plan.pairs):
        order = ("base", "ours") if pair % 2 == 0 else ("ours", "base")
        for side in order:
            load = _load(prepared, scenario, sides[side], plan, f"{scenario.name}-{pair}")
            found.runs[side].append(_run(prepared, sides[side], load))
    return found


def at_half_load(prepared: Prepared, peak: Comparison, server: Server, plan: Plan) -> HalfLoad:
    """Measure a call again at half of the rate that it reached."""
    rate, runs = max(peak.middle("ours", "per_second") / 2, 1.0), []
    for n in range(plan.pairs):
        load = _load(prepared, peak.scenario, server, plan, f"half-{n}", rate)
        runs.append(_run(prepared, server, load))
    return HalfLoad(peak.scenario, prepared.dialect, rate, runs)


def _load(prepared: Prepared, scenario: Scenario, server: Server, plan: Plan, salt: str, rate: float = 0.0) -> Load:
    return Load(
        scenario=scenario.name,
        port=server.port,
        token=TOKENS[scenario.role],
        people=prepared.people,
        salt=salt,
        connections=scenario.connections,
        warm_up=plan.warm_up,
        seconds=plan.seconds,
        rate=rate,
    )


def _run(prepared: Prepared, server: Server, load: Load) -> Run:
    roots = [os.getpid()] + ([prepared.server_pid] if prepared.server_pid else [])
    rows, spent, before = audit_rows(server.url), server.cpu_seconds(), machine.now(roots)
    sample = _drive(load)
    others = machine.now(roots).others_since(before)
    cpu_ms = (server.cpu_seconds() - spent) * 1000 / max(sample.requests, 1)
    written = audit_rows(server.url) - rows
    due = 0 if server.name == "unaudited" else sample.requests
    faults = [f"{count} × {status}" for status, count in sample.statuses.items() if not status.startswith("2")]
    faults += [f"what went wrong first: {sample.first_failure}"] if sample.first_failure else []
    faults += [f"{written} audit rows for {due} operations that leave one"] if written != due else []
    faults += ["nothing was answered in time"] if not sample.per_second else []
    return Run(sample, cpu_ms, server.resident_mb(), os.getloadavg()[0], others, faults)


def _drive(load: Load) -> Sample:
    command = [sys.executable, "-m", "benchmarks.driver"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the driver failed:\n{done.stderr[-2000:]}")
    return Sample(**json.loads(done.stdout))
