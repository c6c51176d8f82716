"""Runs Schemathesis over the service as `st run` does, in this process, and tells what it sent and found."""

import logging
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import schemathesis
import structlog
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import BaseSchema

from app.main import create_app
from app.settings import Settings
from tests.worlds import CLIENTS, STARTED, TOKENS, Template

CONFIGURATION = Path(__file__).resolve().parents[2] / "schemathesis.toml"
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass
class Findings:
    """What a run sent, by phase and operation; how often each check looked, and what it found."""

    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many requests were sent."""
        return self.sent.total()

    @property
    def operations(self) -> set[str]:
        """The operations that were asked, as `METHOD /path`."""
        return {operation for _, operation in self.sent}

    def of_phase(self, phase: str) -> int:
        """How many requests one phase sent."""
        return sum(count for (name, _), count in self.sent.items() if name == phase)


@contextmanager
def served(template: Template, folder: Path) -> Iterator[FastAPI]:
    """The whole service on a database of its own; Schemathesis starts and stops its lifespan. It writes no log."""
    settings = Settings(
        database_url=template.fresh(folder),
        secret_file=template.secret_file,
        background=False,
        cache_seconds=3,
        sign_in_failures_per_minute=1_000_000,
    )
    with silent():
        yield create_app(settings, lambda: STARTED)
        shutdown_lifespans()


@contextmanager
def silent() -> Iterator[None]:
    """Without a log: rendering it costs more than answering."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


@dataclass(frozen=True)
class Plan:
    """How a run goes: which phases, how many generated examples an operation, and what is left out.

    With `seconds`, fuzzing and stateful testing repeat until they are over, from a `seed` that another run can repeat.
    """

    phases: tuple[str, ...] = PHASES
    examples: int = 1
    steps: int = 6
    only: str | None = None
    modes: str = "all"
    seconds: int | None = None
    seed: int | None = None

    def configuration(self) -> dict[str, Any]:
        """The repository's own configuration, narrowed to this plan."""
        found = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
        found["generation"] |= {
            "max-examples": self.examples,
            "mode": self.modes,
            "deterministic": self.seed is None,
            "no-shrink": True,
        }
        found["phases"] = {name: {**found["phases"].get(name, {}), "enabled": name in self.phases} for name in PHASES}
        found["phases"]["stateful"]["max-steps"] = self.steps
        found["headers"] = {"Authorization": f"Bearer {TOKENS['owner']}"}
        found["continue-on-failure"] = True
        optional = {"max-time": self.seconds, "seed": self.seed}
        return {**found, **{name: value for name, value in optional.items() if value is not None}}


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    """Nobody withdraws or replaces the token that the run itself sends: afterwards each answer would be a 401."""
    if case.path_parameters.get("client_id") == str(CLIENTS["owner"]):
        case.path_parameters["client_id"] = str(UUID(int=0))


def run(app: FastAPI, plan: Plan) -> Findings:
    """Send what the document allows and what it forbids; every failed check is a finding."""
    config = SchemathesisConfig.from_dict(plan.configuration())
    schema: BaseSchema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    if plan.only is not None:
        wanted = re.compile(plan.only)  # an include would be added to the library's own, which lets all pass
        schema = schema.exclude(lambda context: wanted.search(context.operation.path) is None)
    found = Findings()
    for event in from_schema(schema).execute():
        _take(found, event)
    return found


def _take(found: Findings, event: events.EngineEvent) -> None:
    if isinstance(event, events.ScenarioFinished):
        _count(found, event)
    elif isinstance(event, events.NonFatalError):
        found.failures.append(f"{event.label}: {event.value!r}")
    elif isinstance(event, events.FatalError):
        found.failures.append(repr(event.exception))


def _count(found: Findings, event: events.ScenarioFinished) -> None:
    told = event.recorder
    for case_id, interaction in told.interactions.items():
        found.sent[event.phase.value, told.cases[case_id].value.operation.label] += 1
        found.statuses[interaction.response.status_code if interaction.response else 0] += 1
    for case_id, checks in told.checks.items():
        found.checks.update(check.name for check in checks)
        found.failures.extend(
            f"{check.name}: {check.failure_info.failure}\n{told.cases[case_id].value.as_curl_command()}"
            for check in checks
            if check.failure_info is not None
        )
