"""Measurements in this process, of services out of the nursery: for tests of what they do; nothing is measured."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import scale_registers, servers
from tests.nursery import Forked, Nursery


@pytest.fixture
def forked(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """`seloste` is forked instead of started; the twin, which is no service, starts as it does."""
    begin = servers.started

    def started(command: list[str], settings: Mapping[str, str], log: Path) -> "Forked | subprocess.Popen[bytes]":
        if command[-1] != "serve":
            return begin(command, settings, log)
        return nursery.run(["serve"], settings, log, log, log.parent)

    def run(url: str, secret_file: Path, *command: str) -> str:
        settings = {**os.environ, "DATABASE_URL": url, "SELOSTE_SECRET_FILE": str(secret_file)}
        out, err = (secret_file.with_name(f"{command[0]}.{stream}") for stream in ("out", "err"))
        code = nursery.run(command, settings, out, err, secret_file.parent).wait()
        assert code == 0, err.read_text()
        return out.read_text()

    monkeypatch.setattr(servers, "started", started)
    monkeypatch.setattr(servers, "_settle", lambda _pid: None)
    monkeypatch.setattr(scale_registers, "run", run)
