"""Starts `seloste serve` or `run` many times: a process that has imported everything once and forks at each order.

A fork is a process of its own, with its own threads, connections and memory; only the two seconds of imports are
spared. Orders are lines of JSON: `{"start": settings, "args": […], "out": file, "err": file, "folder": path}`
answers the process id, `{"wait": id}` its exit code, negative for a signal, `{"ask": id}` the same or null at once.
"""

import fcntl
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
IMPORTED = (
    "app.cli", "app.commands.run", "app.commands.serve", "app.commands.worker", "app.db.postgres", "app.db.sqlite",
    "anyio._backends._asyncio", "encodings.idna", "fastapi_offline", "phonenumbers.data.region_FI",
    "uvicorn.lifespan.on", "uvicorn.loops.uvloop",
)  # fmt: skip
"""By the nursery for all its forks, with what a service imports only when it first needs it."""


class Nursery:
    """The parent of the services of one worker; what has been imported is shared by those of a run."""

    def __init__(self, meeting: Path | None = None) -> None:
        """`meeting` is a folder of the whole run: whoever comes first imports, the others fork from that."""
        self._meeting = meeting
        self._first: subprocess.Popen[bytes] | None = None
        with self._alone():
            line = self._joined() or self._begun()
        self._socket, self._line = line, line.makefile("rwb")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While others wait: importing takes seconds."""
        if self._meeting is None:
            yield
            return
        with (self._meeting / "nursery.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _joined(self) -> socket.socket | None:
        """A line to what another worker has begun; None if there is none, or it has ended."""
        try:
            return _connected((self._meeting / "nursery").read_text()) if self._meeting else None
        except OSError:
            return None

    def _begun(self) -> socket.socket:
        self._first = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith(("SELOSTE_", "DATABASE_URL", "COV_"))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._first.stdout is not None
        place = self._first.stdout.readline().decode().strip()
        if self._meeting:
            (self._meeting / "nursery").write_text(place)
        return _connected(place)

    def start(self, settings: Mapping[str, str], log: Path) -> int:
        """Fork a service with these settings; its process id."""
        return self.run(["serve"], settings, log, log, log.parent).pid

    def run(self, args: Sequence[str], settings: Mapping[str, str], out: Path, err: Path, folder: Path) -> "Forked":
        """Fork a command of `seloste` that serves."""
        for file in (out, err):
            file.touch()  # who starts it may read at once
        places = {"out": str(out), "err": str(err), "folder": str(folder)}
        return Forked(self, int(self._order({"start": dict(settings), "args": list(args), **places})))

    def wait(self, pid: int) -> int:
        """The exit code of a service that is ending."""
        return int(self._order({"wait": pid}))

    def ask(self, pid: int) -> int | None:
        """The exit code of a service that may have ended."""
        code: int | None = self._order({"ask": pid})
        return code

    def _order(self, order: dict[str, Any]) -> Any:
        self._line.write(json.dumps(order).encode() + b"\n")
        self._line.flush()
        return json.loads(self._line.readline())

    def close(self) -> None:
        """End the nursery; its services have been ended before, those of other workers go on."""
        self._socket.shutdown(socket.SHUT_WR)
        self._line.read()  # to its end
        self._line.close()
        self._socket.close()
        if self._first is not None:
            self._first.communicate(timeout=20)


def _connected(place: str) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(place)
    except OSError:
        line.close()
        raise
    return line


class Forked:
    """A process of the nursery, with what `subprocess.Popen` offers."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask(self.pid)
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        """The exit code, once there is one; raises as `Popen` does."""
        give_up_at = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > give_up_at:
                raise subprocess.TimeoutExpired("seloste", timeout)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def main() -> None:
    """Import everything, then fork for each worker that calls, until stdin ends."""
    for name in IMPORTED:
        importlib.import_module(name)
    _warm()
    with tempfile.TemporaryDirectory(prefix="seloste-nursery-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/line")
        listener.listen()
        sys.stdout.write(f"{folder}/line\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            line, _ = listener.accept()
            if os.fork() == 0:
                _take_orders(listener, line)
            line.close()
        with suppress(ChildProcessError):  # there is none
            while os.waitpid(-1, os.WNOHANG)[0]:  # whose time is counted with ours; those of other workers go on
                pass


def _take_orders(listener: socket.socket, line: socket.socket) -> NoReturn:
    """Until the worker closes the line."""
    listener.close()
    orders = line.makefile("rwb")
    for order in map(json.loads, orders):
        answer: int | None
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        elif "ask" in order:
            ended, status = os.waitpid(order["ask"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        else:
            answer = os.fork() or _serve(order, line)
        orders.write(json.dumps(answer).encode() + b"\n")
        orders.flush()
    os._exit(0)


def _warm() -> None:
    """Read a definition and the migrations once, which load what they need; nobody looks for garbage in all that."""
    from app import garbage
    from app.migrating import head_revision
    from app.register.loading import load

    head_revision()
    load((ROOT / "app" / "register" / "registers" / "lumicos.yaml").read_text(encoding="utf-8"))
    garbage.seldom()


def _serve(order: Mapping[str, Any], line: socket.socket) -> NoReturn:
    """What the fork does: what the command does, with its own output."""
    from app.cli import main as seloste

    os.close(line.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    out, err = (os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND) for name in ("out", "err"))
    for number, source in ((0, nothing), (1, out), (2, err)):
        os.dup2(source, number)
    os.environ.update(order["start"])
    os.chdir(order["folder"])
    try:
        seloste(order["args"])
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    os._exit(70)


if __name__ == "__main__":
    main()
