"""The benchmark measures what it says: the twin does the same work, and one run prints and draws everything."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from benchmarks import __main__ as hot_paths
from benchmarks import sweep, twin, twin_postgresql, twin_sqlite
from benchmarks.databases import audit_rows, person_fields
from benchmarks.scenarios import SCENARIOS, Person, Scenario
from tests.benchmarks.forking import forked
from tests.worlds import Caller, World

__all__ = ["forked"]
PEOPLE = 3


@pytest.fixture
async def people(call: Caller) -> list[Person]:
    """A few customers of the webshop."""
    items = [person_fields(n) for n in range(PEOPLE)]
    answer = await call("webshop", "POST", "/v1/customers/batch", {"items": items})
    return [(result["id"], f"W-{result['index']}") for result in answer.json()["results"]]


@pytest.mark.anyio
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_the_twin_does_what_the_service_does(
    scenario: Scenario, world: World, call: Caller, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both answer 2xx in the same shape and leave one audit row."""
    kind = twin_sqlite.Database if world.db.dialect == "sqlite" else twin_postgresql.Database
    bare = kind(world.url)
    await bare.open()
    monkeypatch.setattr(twin, "db", bare)
    before = await asyncio.to_thread(audit_rows, world.url)

    path, body = _asked(scenario, "service", people)
    ours = await call(scenario.role, scenario.method, path, body, expect=None)
    path, body = _asked(scenario, "twin", people)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(twin.app), base_url="http://twin.test") as api:
        theirs = await api.request(scenario.method, path, json=body)
    await bare.close()

    assert (ours.status_code, _shape(ours.json())) == (theirs.status_code, _shape(theirs.json()))
    assert await asyncio.to_thread(audit_rows, world.url) == before + 2


def _asked(scenario: Scenario, salt: str, people: list[Person]) -> tuple[str, Any]:
    return scenario.path.format(id=people[0][0], order=f"{salt}-0"), scenario.body(salt, 0, people[0], people)


def _shape(answer: Any) -> Any:
    """The members of an answer; of a list, those of its first item and how many there are."""
    if isinstance(answer, dict):
        return {name: _shape(value) for name, value in answer.items() if name not in {"since", "reasons"}}
    if isinstance(answer, list):
        return len(answer), _shape(answer[0]) if answer else None
    return None


@pytest.fixture
def run(
    forked: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Code and output of a program of `benchmarks` with these options."""

    def answered(program: ModuleType, *options: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", [program.__name__, *map(str, options)])
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its own way to end
        monkeypatch.setattr("app.logs.configure", lambda _level: None)  # and its own log
        return program.main(), capsys.readouterr().out

    return answered


def test_one_run_prints_the_table_and_draws_the_chart(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """Real servers, a short run: figures of both sides, and no fault but that others use the machine."""
    options = ["--only", "read", "--database", "sqlite", "--pairs", "1", "--seconds", "0.2", "--out", tmp_path]
    code, told = run(hot_paths, *options)

    faults = [line for line in told.splitlines() if line.startswith("INVALID")]
    assert not [fault for fault in faults if "load average" not in fault and "other programs" not in fault]
    assert code == (1 if faults else 0)
    assert re.search(r"^3 +sqlite +read a customer +twin +[1-9][0-9]* ", told, re.MULTILINE)
    (compared,) = json.loads((tmp_path / "hot-paths.json").read_text())["calls"]
    assert compared["runs"]["ours"][0]["sample"]["statuses"].keys() == {"200"}
    assert (tmp_path / "hot-paths.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("run-")] == []


def test_the_sweep_is_compared_with_the_same_by_hand(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """A small register: both sides leave the same vouchers and as many rows of the trail, and erase a person alike."""
    options = ["--quick", "--customers", "60", "--purchases", "300", "--only", "9", "11", "--database", "sqlite"]
    _, told = run(sweep, *options, "--out", tmp_path)

    faults = [line for line in told.splitlines() if line.startswith("INVALID")]
    assert not [fault for fault in faults if "load average" not in fault and "other programs" not in fault], faults
    assert re.search(r"^row 9  sqlite .* ratio [0-9.]+ .*gate 0.50", told, re.MULTILINE), told
    assert re.search(r"^row 11 sqlite .* ratio [0-9.]+ .*gate 3.00", told, re.MULTILINE)
    assert list(tmp_path.iterdir()) == []
