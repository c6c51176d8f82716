"""The load driver: a process of its own that speaks just enough HTTP/1.1 to keep connections busy.

Started as `python -m benchmarks.driver` with a `Load` as JSON on stdin; answers a `Sample` as JSON on stdout.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import cast

import uvloop

from benchmarks.scenarios import Person, named

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What to send where, for how long."""

    scenario: str
    port: int
    token: str
    people: Sequence[Person]
    salt: str
    connections: int
    warm_up: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What came of it: all requests with their statuses, and rate and latencies after the warm-up."""

    requests: int
    statuses: dict[str, int]
    per_second: float
    p50_ms: float
    p99_ms: float
    first_failure: str


class _Run:
    """The state that all connections share."""

    def __init__(self, load: Load) -> None:
        scenario = named(load.scenario)
        numbers = count()
        self.make: Callable[[], bytes] = lambda: scenario.request(load.salt, next(numbers), load.people, load.token)
        self.begin = time.perf_counter() + load.warm_up
        self.end = self.begin + load.seconds
        self.busy = load.connections
        self.finished = asyncio.get_running_loop().create_future()
        self.statuses: Counter[str] = Counter()
        self.taken: list[float] = []
        self.failure = ""

    def record(self, status: bytes, began: float, now: float, answer: bytes) -> None:
        text = status.decode()
        self.statuses[text] += 1
        if text[0] != "2" and not self.failure:
            self.failure = answer.decode(errors="replace")[-600:]
        if began >= self.begin and now <= self.end:
            self.taken.append(now - began)

    def leave(self) -> None:
        self.busy -= 1
        if self.busy == 0:
            self.finished.set_result(None)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request in flight."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        request = self._run.make()
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._buffer, 0, head + 2)
        if len(self._buffer) < head + 4 + (int(length[1]) if length else 0):
            return
        now = time.perf_counter()
        self._run.record(self._buffer[9:12], self._began, now, self._buffer)
        self._buffer = b""
        if now < self._run.end:
            self._send()
        else:
            assert self._transport is not None
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if time.perf_counter() < self._run.end:
            self._run.statuses["lost"] += 1
        self._run.leave()


async def drive(load: Load) -> Sample:
    """Keep all connections busy until the time is over."""
    run = _Run(load)
    loop = asyncio.get_running_loop()
    for _ in range(load.connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", load.port)
    await asyncio.wait_for(run.finished, load.warm_up + load.seconds + 60)
    taken = sorted(run.taken) or [0.0]
    return Sample(
        requests=sum(run.statuses.values()),
        statuses=dict(run.statuses),
        per_second=len(run.taken) / load.seconds,
        p50_ms=taken[len(taken) // 2] * 1000,
        p99_ms=taken[len(taken) * 99 // 100] * 1000,
        first_failure=run.failure,
    )


def main() -> None:
    """Read the load, drive it, tell the sample."""
    load = Load(**json.load(sys.stdin))
    sample = uvloop.run(drive(load))
    json.dump(asdict(sample), sys.stdout)


if __name__ == "__main__":
    main()
