"""Running `seloste`: in this process for single commands, as a process of its own for those that serve."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.nursery import Forked, Nursery

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds that a process may take to start or stop on a busy machine."""


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


class CommandLine:
    """Runs commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *args: object) -> Ran:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        captured = self._capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)


@dataclass
class Process:
    """`seloste serve` or `seloste run` as a process; `url` is known once it serves."""

    popen: subprocess.Popen[bytes] | Forked
    folder: Path
    url: str = ""

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    @property
    def tokens(self) -> dict[str, str]:
        """The tokens that the first start printed, by client name."""
        return dict(re.findall(r"^  (\w+) +(seloste_\S+)$", self.out, re.MULTILINE))

    def stop(self) -> int:
        """Ask it to stop, by its process id; its exit code."""
        self.popen.terminate()
        return self.wait()

    def wait(self) -> int:
        return self.popen.wait(PATIENCE)

    def call(self, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of one request."""
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())


def command(*args: str) -> list[str]:
    return [sys.executable, "-c", "from app.cli import main; main()", *args]


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment without any settings of the developer's own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SELOSTE_", "DATABASE_URL", "COV_"))}
    return {**kept, "PYTHONPATH": str(ROOT), **settings}


@contextmanager
def process(
    *args: str, settings: Mapping[str, str], folder: Path, inside: Sequence[str] = (), nursery: Nursery | None = None
) -> Iterator[Process]:
    """A serving process, from its first answer on; killed by its id if it has not ended by then.

    Out of a `nursery` it starts at once, for tests of what it does and not of how it starts.
    """
    folder.mkdir(exist_ok=True)
    popen = (
        nursery.run(args, settings, folder / "out", folder / "err", folder)
        if nursery is not None
        else _started([*inside, *command(*args)], settings, folder)
    )
    started = Process(popen, folder)
    try:
        _wait_until_it_serves(started)
        yield started
    finally:
        if popen.poll() is None:
            popen.kill()
        popen.wait()


def _started(whole: list[str], settings: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        return subprocess.Popen(whole, cwd=folder, env=environment_of(settings), stdout=out, stderr=err)


def _wait_until_it_serves(started: Process) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at:
        if found := re.search(r"(http://127\.0\.0\.1:[1-9]\d*)", started.out + started.err):
            started.url = found[1]
            return
        if started.popen.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"it does not serve:\n{started.out}\n{started.err}")
