"""`make bench-scale`: what must not grow with the register, and what an export, a byte and a second process cost.

Rows 8, 12, 13 and 14 of the goals. All sizes are served at once and called in turn, so that a busy machine slows all
of them alike. `python -m benchmarks.scale --customers 1000,10000,100000,1000000`.
"""

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.databases import postgres_server
from benchmarks.scale_calls import DEEP, KEY, LISTS, PAGE, Api, Make, deep, first, walk
from benchmarks.scale_cost import bytes_per_byte, export_megabytes, two_processes
from benchmarks.scale_record import Recorded, record_bytes, told
from benchmarks.scale_registers import Register, made, served
from benchmarks.servers import Server

OUT = Path(__file__).parent / "out"
DIALECTS = ("postgresql", "sqlite")
GATE = 0.05
"""The exponent of growth of a median time that is still called none."""


@dataclass(slots=True)
class Served:
    """One size under measurement."""

    register: Register
    server: Server
    api: Api
    start_seconds: float
    start_mb: float
    times: dict[str, list[float]] = field(default_factory=dict)


def main() -> int:
    """Make the registers, measure, print; 1 when a call failed."""
    options = options_of()
    OUT.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="scale-", dir=options.place or OUT))
    place.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    found = []
    try:
        for dialect in options.database:
            found.append(measured(dialect, options, place))
            print(report(found[-1], options.customers), flush=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    (OUT / "scale.json").write_text(json.dumps(found, indent=1))
    return 0


def measured(dialect: str, options: argparse.Namespace, place: Path) -> dict[str, Any]:
    with ExitStack() as stack:
        is_server = dialect == "postgresql"
        server = stack.enter_context(postgres_server(place, options.setting) if is_server else nullcontext(""))
        registers = []
        for customers in options.customers:
            print(f"{dialect}: {customers} customers …", file=sys.stderr, flush=True)
            registers.append(made(dialect, customers, place, server))
        sizes = [_serve(stack, register, place) for register in registers]
        for name, make in _calls(sizes, options.deep):
            _time(sizes, name, make, options.rounds, options.calls)
        figures: dict[str, Any] = {
            "dialect": dialect,
            "registers": [{**asdict(one), "secret_file": "", "url": ""} for one in registers],
            "start": [[one.start_seconds, one.start_mb, one.server.resident_mb()] for one in sizes],
            "p50_ms": {name: [median(one.times[name]) for one in sizes] for name in sizes[0].times},
            "bytes": [bytes_per_byte(one.register) for one in sizes],
            "record": asdict(record_bytes(dialect, options.records, place, server)),
            "export_mb": export_megabytes(sizes[-1].register, options.export),
        }
        if is_server:
            people = [(one.register, one.api.ids) for one in sizes]
            figures["processes"] = two_processes(people, place, options.seconds, options.pairs)
        return figures


def _serve(stack: ExitStack, register: Register, place: Path) -> Served:
    server, seconds = stack.enter_context(served(register, place))
    api = Api(server.port, register.customers)
    stack.callback(api.close)
    started_mb = server.resident_mb()
    api.find_people(min(200, max(register.customers // 3, 1)))
    return Served(register, server, api, seconds, started_mb)


def _calls(sizes: Sequence[Served], far: int = DEEP) -> Iterator[tuple[str, Make]]:
    yield from KEY.items()
    for name, listing in LISTS.items():
        walks = [walk(one.api, name, listing, far) for one in sizes]
        limit = max(1, min(PAGE, *(one.items // 2 for one in walks)))
        yield f"{name}, first {limit}", first(listing, limit)
        behind = dict.fromkeys(one.turn_to(limit) for one in walks)
        yield f"{name}, {limit} behind {'/'.join(map(str, behind))}", deep(name, listing, limit)


def _time(sizes: Sequence[Served], name: str, make: Make, rounds: int, calls: int) -> None:
    """Some calls to each size in turn, several times over; the first round only warms up."""
    for n in range(rounds + 1):
        for one in sizes if n % 2 else reversed(sizes):
            taken = [one.api.timed(make) for _ in range(calls)]
            if n:
                one.times.setdefault(name, []).extend(taken)


def exponent(customers: Sequence[int], times: Sequence[float]) -> float:
    """How the time grows with the size: 0 not at all, 1 in proportion; from the smallest to the largest."""
    if customers[0] == customers[-1]:
        return 0.0
    return math.log(times[-1] / times[0]) / math.log(customers[-1] / customers[0])


_OF_REGISTER = (("seed, s", "seconds"), ("seed, s of processor", "cpu_seconds"), ("database, MB", "megabytes"))
_OF_START = (("start, s", "{:.1f}"), ("memory at start, MB", "{:.0f}"), ("memory after the calls, MB", "{:.0f}"))


def report(found: dict[str, Any], customers: Sequence[int]) -> str:
    """The tables as Markdown."""
    p50: dict[str, list[float]] = found["p50_ms"]
    head = [f"{n} people" for n in customers]
    lines = [f"\n## {found['dialect']}", _row(["p50 ms", *head, "exponent", ""]), _row(["---"] * (len(head) + 3))]
    for name, times in p50.items():
        grows = exponent(customers, times)
        lines.append(_row([name, *(f"{t:.1f}" for t in times), f"{grows:.3f}", "" if grows <= GATE else "grows"]))
    lines += ["", _row(["", *head]), _row(["---"] * (len(head) + 1))]
    registers: list[dict[str, float]] = found["registers"]
    lines += [_row([what, *(f"{one[key]:.0f}" for one in registers)]) for what, key in _OF_REGISTER]
    starts: list[list[float]] = found["start"]
    for n, (what, form) in enumerate(_OF_START):
        lines.append(_row([what, *(form.format(one[n]) for one in starts)]))
    ratios: list[float] = found["bytes"]
    lines.append(_row(["database bytes / bytes about people", *(f"{one:.1f}" for one in ratios)]))
    lines += ["", told(Recorded(**found["record"]))]
    lines += [f"audit trail read whole: {found['export_mb']}", f"processes: {found.get('processes', 'one only')}"]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def options_of(args: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--customers", type=_sizes, default=[1000, 10_000, 100_000], help="sizes, with commas between")
    parser.add_argument("--database", nargs="+", choices=DIALECTS, default=list(DIALECTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=20, help="calls of each kind to each size in a round")
    parser.add_argument("--deep", type=int, default=DEEP, help="items before the page that is called deep")
    parser.add_argument("--pairs", type=int, default=5, help="of loads on one process and on two")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load, for one process and for two")
    parser.add_argument("--export", type=int, nargs=2, default=(1000, 100_000), help="rows of the two exports")
    parser.add_argument("--setting", action="append", default=[], help="of PostgreSQL, such as shared_buffers=5GB")
    parser.add_argument("--records", type=int, default=100_000, help="records of GDPRbench, for their bytes")
    parser.add_argument("--place", type=Path, help="where the databases are made (1 000 000 people take 10 GB)")
    return parser.parse_args(args)


def _sizes(text: str) -> list[int]:
    return sorted(int(one) for one in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
