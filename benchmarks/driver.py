"""The load driver: a process of its own that speaks just enough HTTP/1.1 to keep connections busy.

Started as `python -m benchmarks.driver` with a `Load` as JSON on stdin; answers a `Sample` as JSON on stdout.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import cast

import uvloop

from benchmarks.scenarios import Person, named

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What to send where, for how long: as fast as the answers come, or at `rate` requests a second whatever comes."""

    scenario: str
    port: int
    token: str
    people: Sequence[Person]
    salt: str
    connections: int
    warm_up: float
    seconds: float
    rate: float = 0.0


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
        self.last = self.end

    def go_on(self, connection: "_Connection") -> None:
        """Use a connection that has nothing in flight."""
        now = time.perf_counter()
        if now < self.end:
            connection.send(now)
        else:
            connection.close()

    def record(self, status: bytes, began: float, now: float, answer: bytes) -> None:
        text = status.decode()
        self.statuses[text] += 1
        if text[0] != "2" and not self.failure:
            self.failure = answer.decode(errors="replace")[-600:]
        if self.begin <= began < self.end:
            self.taken.append(now - began)
            self.last = now

    def leave(self) -> None:
        self.busy -= 1
        if self.busy == 0:
            self.finished.set_result(None)


class _OpenRun(_Run):
    """Requests that come when they come; each is timed from its arrival, the wait for a connection included."""

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self._arrival = time.perf_counter()
        self._gaps = random.Random(load.salt)
        self._rate = load.rate
        self._waiting: deque[float] = deque()
        self._idle: list[_Connection] = []
        self._next()

    def go_on(self, connection: "_Connection") -> None:
        if self._waiting:
            connection.send(self._waiting.popleft())
        elif time.perf_counter() < self.end:
            self._idle.append(connection)
        else:
            connection.close()

    def _next(self) -> None:
        self._arrival += self._gaps.expovariate(self._rate)
        ahead = self._arrival - time.perf_counter()
        asyncio.get_running_loop().call_later(max(ahead, 0.0), self._arrive)

    def _arrive(self) -> None:
        if time.perf_counter() >= self.end:
            for connection in self._idle:
                connection.close()
            return
        if self._idle:
            self._idle.pop().send(self._arrival)
        else:
            self._waiting.append(self._arrival)
        self._next()


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request in flight."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._run.go_on(self)

    def send(self, began: float) -> None:
        """Send the next request, which counts from `began`."""
        assert self._transport is not None
        self._began = began
        self._transport.write(self._run.make())

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()

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
        self._run.go_on(self)

    def connection_lost(self, _error: Exception | None) -> None:
        if time.perf_counter() < self._run.end:
            self._run.statuses["lost"] += 1
        self._run.leave()


async def drive(load: Load) -> Sample:
    """Keep all connections busy until the time is over."""
    run = _OpenRun(load) if load.rate else _Run(load)
    loop = asyncio.get_running_loop()
    for _ in range(load.connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", load.port)
    await asyncio.wait_for(run.finished, load.warm_up + load.seconds + 60)
    taken = sorted(run.taken) or [0.0]
    return Sample(
        requests=sum(run.statuses.values()),
        statuses=dict(run.statuses),
        per_second=len(run.taken) / (max(run.last, run.end) - run.begin),
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
