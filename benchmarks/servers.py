"""The processes under load: the twin and the service, one uvicorn worker each."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import Prepared

_TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0
"""Seconds that a server may take to start on a busy machine."""
_SERVE = "import sys; from app.cli import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Server:
    """A running process: `name` is `twin`, `ours` or `unaudited`."""

    name: str
    port: int
    pid: int
    url: str

    def cpu_seconds(self) -> float:
        """Processor time used so far, by all threads."""
        return _cpu_seconds(self.pid)

    def resident_mb(self) -> float:
        """Memory held now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def twin(prepared: Prepared, place: Path) -> Iterator[Server]:
    """The bare twin on a copy of the prepared database."""
    url, port = prepared.copy("twin"), _free_port()
    options = ["--port", str(port), "--no-access-log", "--log-level", "warning", "--loop", "uvloop"]
    command = [sys.executable, "-m", "uvicorn", "benchmarks.twin:app", "--http", "httptools", *options]
    with _running(command, {"TWIN_DATABASE_URL": url}, port, place / f"twin-{prepared.dialect}.log") as pid:
        yield Server("twin", port, pid, url)


@contextmanager
def ours(prepared: Prepared, place: Path) -> Iterator[Server]:
    """`seloste serve` on a copy, with its default settings."""
    with _service("ours", _SERVE, prepared, place) as server:
        yield server


@contextmanager
def unaudited(prepared: Prepared, place: Path) -> Iterator[Server]:
    """The same, except that reading a customer leaves no audit row."""
    with _service("unaudited", "import benchmarks.unaudited;" + _SERVE, prepared, place) as server:
        yield server


@contextmanager
def _service(name: str, code: str, prepared: Prepared, place: Path) -> Iterator[Server]:
    url, port = prepared.copy(name), _free_port()
    settings = {"DATABASE_URL": url, "SELOSTE_PORT": str(port), "SELOSTE_SECRET_FILE": str(prepared.secret_file)}
    settings["SELOSTE_LEDGER"] = str(place / f"{name}-{port}.ledger")  # each copy is a register of its own
    log = place / f"{name}-{prepared.dialect}.log"
    with _running([sys.executable, "-c", code, "serve"], settings, port, log) as pid:
        yield Server(name, port, pid, url)


@contextmanager
def serving(url: str, secret_file: Path, log: Path, **settings: str) -> Iterator[Server]:
    """`seloste serve` on a database, with further settings."""
    port = _free_port()
    named = {"DATABASE_URL": url, "SELOSTE_PORT": str(port), "SELOSTE_SECRET_FILE": str(secret_file), **settings}
    with _running([sys.executable, "-c", _SERVE, "serve"], named, port, log) as pid:
        yield Server("ours", port, pid, url)


@contextmanager
def _running(command: list[str], settings: dict[str, str], port: int, log: Path) -> Iterator[int]:
    process = started(command, settings, log)
    try:
        _wait(process, port, log)
        _settle(process.pid)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def started(command: list[str], settings: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """The process, which writes its log there; the tests start theirs faster."""
    with log.open("w") as output:
        return subprocess.Popen(command, env={**os.environ, **settings}, stdout=output, stderr=output)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


def _settle(pid: int) -> None:
    """Wait until what a process does once after its start is done, so that it is not counted as a request's."""
    for _ in range(20):
        before = _cpu_seconds(pid)
        time.sleep(0.5)
        if _cpu_seconds(pid) - before <= 1 / _TICKS:
            return


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
