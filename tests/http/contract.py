"""Runs Schemathesis over the service as `st run` does, in this process, and tells what it found."""

import socket
import threading
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
import uvicorn
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import BaseSchema

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
        database_url=template.fresh(folder),
        secret_file=template.secret_file,
        background=False,
        cache_seconds=3,
        sign_in_failures_per_minute=1_000_000,
    )
    yield create_app(settings, lambda: STARTED)
    shutdown_lifespans()


@contextmanager
def listening(template: Template, folder: Path) -> Iterator[str]:
    """The same behind a real server on loopback; its address."""
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    with served(template, folder) as app:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{place.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
    place.close()


def configuration(phases: Sequence[str], examples: int) -> dict[str, Any]:
    """The repository's own configuration, with these phases and this many generated examples an operation."""
    found = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    found["generation"]["max-examples"] = examples
    named = ("examples", "coverage", "fuzzing", "stateful")
    found["phases"] = {name: {**found["phases"].get(name, {}), "enabled": name in phases} for name in named}
    found["headers"] = {"Authorization": f"Bearer {TOKENS['owner']}"}
    return found


def run(app: FastAPI, phases: Sequence[str], examples: int, only: dict[str, str]) -> Findings:
    """Send what the document allows and what it forbids; every failed check is a finding."""
    config = SchemathesisConfig.from_dict(configuration(phases, examples))
    schema: BaseSchema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    if "include-path-regex" in only:
        schema = schema.include(path_regex=only["include-path-regex"])
    if "exclude-path-regex" in only:
        schema = schema.exclude(path_regex=only["exclude-path-regex"])
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
