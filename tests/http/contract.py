"""Runs Schemathesis over the service as `st run` does, in this process, and tells what it found."""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python.asgi import shutdown_lifespans

from app.main import create_app
from app.settings import Settings
from tests.worlds import STARTED, TOKENS, Template

CONFIGURATION = Path(__file__).resolve().parents[2] / "schemathesis.toml"


@dataclass
class Findings:
    """What a run sent and what it found."""

    cases: int = 0
    operations: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)


@contextmanager
def served(template: Template, folder: Path) -> Iterator[FastAPI]:
    """The whole service on a database of its own; Schemathesis starts and stops its lifespan."""
    settings = Settings(
        database_url=template.fresh(folder), secret_file=template.secret_file, background=False, cache_seconds=3
    )
    yield create_app(settings, lambda: STARTED)
    shutdown_lifespans()


def configuration(phases: Sequence[str], examples: int, **extra: Any) -> dict[str, Any]:
    """The repository's own configuration, with these phases and this many generated examples an operation."""
    found = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    found["generation"]["max-examples"] = examples
    named = ("examples", "coverage", "fuzzing", "stateful")
    found["phases"] = {name: {"enabled": name in phases, **found.get("phases", {}).get(name, {})} for name in named}
    found["headers"] = {"Authorization": f"Bearer {TOKENS['owner']}"}
    return {**found, **extra}


def run(app: FastAPI, phases: Sequence[str], examples: int, **extra: Any) -> Findings:
    """Send what the document allows and what it forbids; every failed check is a finding."""
    config = SchemathesisConfig.from_dict(configuration(phases, examples, **extra))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    found = Findings()
    for event in from_schema(schema).execute():
        _take(found, event)
    return found


def _take(found: Findings, event: events.EngineEvent) -> None:
    if isinstance(event, events.ScenarioFinished):
        found.cases += len(event.recorder.interactions)
        found.operations.add(event.label or "")
        for case_id, checks in event.recorder.checks.items():
            sent = event.recorder.cases[case_id].value
            found.failures.extend(
                f"{check.name}: {check.failure_info.failure}\n{sent.as_curl_command()}"
                for check in checks
                if check.failure_info is not None
            )
    elif isinstance(event, events.NonFatalError):
        found.failures.append(f"{event.label}: {event.value!r}")
    elif isinstance(event, events.FatalError):
        found.failures.append(repr(event.exception))
