"""Starts `seloste serve` many times: a process that has imported everything once and forks at each order.

A fork is a process of its own, with its own threads, connections and memory; only the two seconds of imports are
spared. Orders are lines of JSON on stdin: `{"start": settings, "log": file}` answers the process id, `{"wait": id}`
its exit code, negative for a signal.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The parent of all services of a run."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.nursery"],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith(("SELOSTE_", "DATABASE_URL", "COV_"))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(self, settings: Mapping[str, str], log: Path) -> int:
        """Fork a service with these settings; its process id."""
        return self._order({"start": dict(settings), "log": str(log)})

    def wait(self, pid: int) -> int:
        """The exit code of a service that is ending."""
        return self._order({"wait": pid})

    def _order(self, order: dict[str, Any]) -> int:
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._popen.stdin.write(json.dumps(order).encode() + b"\n")
        self._popen.stdin.flush()
        return int(self._popen.stdout.readline())

    def close(self) -> None:
        """End the nursery; its services have been ended before."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        assert self._popen.stdout is not None
        self._popen.stdout.close()
        self._popen.wait(20)


def main() -> None:
    """Take orders until stdin ends."""
    import app.commands.serve  # noqa: F401 (imported here once, for all the forks)

    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        else:
            answer = os.fork() or _serve(order["start"], order["log"])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _serve(settings: Mapping[str, str], log: str) -> NoReturn:
    """What the fork does: what the command `seloste serve` does, with its own log."""
    from app.cli import main as seloste

    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, number)
    os.environ.update(settings)
    try:
        seloste(["serve"])
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    os._exit(70)


if __name__ == "__main__":
    main()
