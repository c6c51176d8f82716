"""Pairs of runs, alternating between the twin and the service, and what makes a run invalid."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from statistics import median

from benchmarks.databases import TOKENS, Prepared, audit_rows
from benchmarks.driver import Load, Sample
from benchmarks.scenarios import Scenario
from benchmarks.servers import Server

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one side."""

    sample: Sample
    cpu_ms: float
    resident_mb: float
    load_average: float
    faults: list[str]


@dataclass(slots=True)
class Comparison:
    """All runs of one call on one database."""

    scenario: Scenario
    dialect: str
    runs: dict[str, list[Run]] = field(default_factory=lambda: {"twin": [], "ours": []})

    @property
    def ratios(self) -> list[float]:
        """Our rate over the twin's, pair by pair."""
        pairs = zip(self.runs["ours"], self.runs["twin"], strict=True)
        return [ours.sample.per_second / max(twin.sample.per_second, 0.001) for ours, twin in pairs]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)

    @property
    def cpu_ratio(self) -> float:
        """The twin's processor time per request over ours: what remains when others use the machine too."""
        return self.middle("twin", "cpu_ms") / self.middle("ours", "cpu_ms")

    @property
    def faults(self) -> list[str]:
        """Why the runs prove nothing; empty when they are valid."""
        return [f"{side}: {fault}" for side, runs in self.runs.items() for run in runs for fault in run.faults]

    def middle(self, side: str, what: str) -> float:
        """The median of a figure of the runs or of their samples."""
        runs = self.runs[side]
        figures: list[float] = [getattr(run if hasattr(run, what) else run.sample, what) for run in runs]
        return median(figures)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often."""

    pairs: int
    seconds: float
    warm_up: float


def compare(prepared: Prepared, scenario: Scenario, servers: dict[str, Server], plan: Plan) -> Comparison:
    """Measure one call, the sides taking turns in going first."""
    found = Comparison(scenario, prepared.dialect)
    for pair in range(plan.pairs):
        order = ("twin", "ours") if pair % 2 == 0 else ("ours", "twin")
        for side in order:
            found.runs[side].append(_run(prepared, scenario, servers[side], plan, f"{scenario.name[0]}{pair}"))
    return found


def _run(prepared: Prepared, scenario: Scenario, server: Server, plan: Plan, salt: str) -> Run:
    token = TOKENS["mailer" if scenario.name == "check" else "webshop"]
    load = Load(scenario.name, server.port, token, prepared.people, salt, CONNECTIONS, plan.warm_up, plan.seconds)
    rows, spent = audit_rows(server.url), server.cpu_seconds()
    sample = _drive(load)
    cpu_ms = (server.cpu_seconds() - spent) * 1000 / max(sample.requests, 1)
    written = audit_rows(server.url) - rows
    faults = [f"{count} × {status}" for status, count in sample.statuses.items() if not status.startswith("2")]
    faults += [f"what went wrong first: {sample.first_failure}"] if sample.first_failure else []
    faults += [f"{written} audit rows for {sample.requests} operations"] if written != sample.requests else []
    faults += ["nothing was answered in time"] if not sample.per_second else []
    return Run(sample, cpu_ms, server.resident_mb(), os.getloadavg()[0], faults)


def _drive(load: Load) -> Sample:
    command = [sys.executable, "-m", "benchmarks.driver"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the driver failed:\n{done.stderr[-2000:]}")
    return Sample(**json.loads(done.stdout))
