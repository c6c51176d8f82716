"""`make bench-gdpr`: GDPRbench's four roles over HTTP and directly against PostgreSQL, from one list of operations.

`python -m benchmarks.gdprbench --variant paper --records 10000 --ops 1000`. Key operations are compared by their mean
time, by-purpose operations by their time for each row, because they touch a twenty-fifth of all records. So that none
waits behind those, each role's key operations, by-purpose operations and erasures are done one group after the other,
16 at once on both sides. "By CPU" compares the processor time of PostgreSQL and of what talks to it: our driver on the
direct side, the service over HTTP. An erasure over HTTP is a request, a decision and all that is carried out.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from benchmarks import machine
from benchmarks.databases import database, execute, postgres_server
from benchmarks.gdprbench_direct import Direct
from benchmarks.gdprbench_http import Http
from benchmarks.gdprbench_ops import BY_PURPOSE, MIXES, Op, Variant, ops
from benchmarks.scale_registers import found, wording
from benchmarks.servers import Server, serving

OUT = Path(__file__).parent / "out"
ROLES = ("controller", "customer", "processor", "regulator")
CONNECTIONS = 16
GATES = {"key": 0.15, "by purpose": 0.50}

Settled = Callable[[], Awaitable[None]]
"""Waits until what was asked for has been carried out."""


class Side(Protocol):
    """Somewhere to do operations."""

    async def do(self, op: Op) -> int: ...


@dataclass(slots=True)
class Done:
    """What some operations took: how many there were, rows touched, seconds of waiting for each, processor time.

    `kinds` holds the first three for each kind of operation.
    """

    cpu_seconds: float = 0.0
    kinds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, kind: str, seconds: float, rows: int) -> None:
        """Count one."""
        sums = self.kinds.setdefault(kind, [0, 0.0, 0])
        for n, value in enumerate((1, seconds, rows)):
            sums[n] += value

    def sum(self, n: int) -> float:
        """Of all kinds: how many, their seconds, their rows."""
        return sum(sums[n] for sums in self.kinds.values())

    def __add__(self, other: "Done") -> "Done":
        return Done(self.cpu_seconds + other.cpu_seconds, self.kinds | other.kinds)


Groups = dict[str, Done]
"""What was done of each group of operations."""


def group_of(op: Op) -> str:
    """Operations are done group by group, so that none waits behind one that touches a twenty-fifth of all records."""
    return "by purpose" if op.kind in BY_PURPOSE else "erasure" if op.kind == "delete-key" else "key"


async def run(side: Side, todo: Sequence[Op]) -> Done:
    """All operations in order, so many at once."""
    done, following = Done(), iter(todo)

    async def work() -> None:
        for op in following:
            began = time.perf_counter()
            rows = await side.do(op)
            done.add(op.kind, time.perf_counter() - began, rows)

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return done


async def _measured(side: Side, todo: Sequence[Op], url: str, process: int, settled: Settled) -> Groups:
    """Group by group, and what each cost PostgreSQL and the process before it in processor time."""
    roots = [process, await _postmaster(url)]
    groups: Groups = {}
    for name in ("key", "by purpose", "erasure"):
        if of_group := [op for op in todo if group_of(op) == name]:
            before = machine.now(roots)
            groups[name] = await run(side, of_group)
            if name == "erasure":
                await settled()
            groups[name].cpu_seconds = machine.now(roots).own - before.own
    return groups


async def _postmaster(url: str) -> int:
    """The process of the server that all of its sessions are children of."""
    connection = await asyncpg.connect(url)
    try:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        return machine.parent_of(pid)
    finally:
        await connection.close()


async def _directly(url: str, todo: Sequence[Op], records: int) -> tuple[Groups, list[str]]:
    pool = await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    side = Direct(pool)
    await side.load(records)
    done = await _measured(side, todo, url, os.getpid(), _at_once)
    left = await side.left()
    await pool.close()
    expected = records + _count(todo, "create") - _count(todo, "delete-key")
    faults = [] if left["records"] == expected else [f"{left['records']} records, not {expected}"]
    return done, faults + ([] if left["logged"] == len(todo) else [f"{left['logged']} log rows"])


async def _at_once() -> None:
    """A row that is deleted is gone."""


async def _over_http(url: str, served: Server, todo: Sequence[Op], records: int) -> tuple[Groups, list[str]]:
    side = await Http.to(served.port, CONNECTIONS)
    await side.load(records)
    before = await _living_and_rows(url)
    erased = _count(todo, "delete-key")
    done = await _measured(side, todo, url, served.pid, lambda: _until_erased(url, erased))
    await side.close()
    after = await _living_and_rows(url)
    expected = before[0] + _count(todo, "create") - erased
    faults = [] if after[0] == expected else [f"{after[0]} living customers, not {expected}"]
    # Each call leaves its row, unless it came to somebody erased meanwhile; each erasure that is carried out another.
    missing = side.calls + erased - side.gone_meanwhile - (after[1] - before[1])
    return done, faults + ([] if missing == 0 else [f"{missing} audit rows are missing"])


async def _living_and_rows(url: str) -> tuple[int, int]:
    """Living customers, and audit rows of what was asked; the service sweeps, tells and publishes besides."""
    connection = await asyncpg.connect(url)
    living = "SELECT count(*) FROM customers WHERE erased_at IS NULL"
    rows = "SELECT count(*) FROM audit_events WHERE action NOT IN ('sweep', 'skip', 'deliver', 'record', 'publish')"
    try:
        return await connection.fetchval(living), await connection.fetchval(rows)
    finally:
        await connection.close()


async def _until_erased(url: str, many: int) -> None:
    connection = await asyncpg.connect(url)
    give_up_at = time.monotonic() + 300
    query = "SELECT count(*) FROM customers WHERE erased_at IS NOT NULL"
    try:
        while await connection.fetchval(query) < many and time.monotonic() < give_up_at:  # noqa: ASYNC110 (a database)
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


def _count(todo: Sequence[Op], kind: str) -> int:
    return sum(op.kind == kind for op in todo)


def compared(
    variant: Variant, role: str, options: argparse.Namespace, server: str, place: Path, name: str = "gdpr"
) -> dict[str, Any]:
    """One role on both sides, each on a fresh database whose name begins so."""
    todo = ops(variant, role, options.records, options.ops, options.seed)
    names = [f"gdpr_{name}_{variant}_{role}_{side}" for side in ("direct", "http")]
    for one in names:
        execute(server, f"CREATE DATABASE {one}")
    direct, url = (database(server, one) for one in names)
    asyncio.run(found(url, wording))
    floor, faults = asyncio.run(_directly(direct, todo, options.records))
    settings = {
        "SELOSTE_EXECUTION_DELAY_HOURS": "0",
        "SELOSTE_BACKGROUND_INTERVAL_SECONDS": "0.2",
        "SELOSTE_LEDGER": str(place / f"{names[1]}.ledger"),  # each role has a register of its own
    }
    with serving(url, place / "seloste.secret", place / f"{names[1]}.log", **settings) as served:
        ours, more = asyncio.run(_over_http(url, served, todo, options.records))
    for one in names:
        execute(server, f"DROP DATABASE {one}")
    return {
        "variant": variant,
        "role": role,
        "faults": faults + more,
        "sides": {"direct": _kinds(floor), "http": _kinds(ours)},
        "ratios": {what: _ratios(floor, ours, what) for what in WHAT if set(WHAT[what]) & floor.keys()},
        "cpu_seconds": {name: [floor[name].cpu_seconds, ours[name].cpu_seconds] for name in floor},
    }


WHAT: dict[str, tuple[str, ...]] = {
    "key": ("key", "erasure"),
    "key, erasures apart": ("key",),
    "by purpose": ("by purpose",),
}
"""What is compared, and the groups that it is made of."""


def _kinds(groups: Groups) -> dict[str, list[float]]:
    return {kind: sums for done in groups.values() for kind, sums in done.kinds.items()}


def _ratios(direct: Groups, ours: Groups, what: str) -> tuple[float, float]:
    """The direct side's over ours: time for an operation, or for a row by purpose; and processor time."""
    by = 2 if what == "by purpose" else 0
    floor, found_ = (sum((side[g] for g in WHAT[what] if g in side), start=Done()) for side in (direct, ours))
    each = [(one.sum(1) / max(one.sum(by), 1), one.cpu_seconds / max(one.sum(by), 1)) for one in (floor, found_)]
    return each[0][0] / max(each[1][0], 1e-9), each[0][1] / max(each[1][1], 1e-9)


def report(found_: Sequence[dict[str, Any]]) -> str:
    """A table in Markdown: mean milliseconds of each operation, for each row of those by purpose."""
    lines = ["| variant | role | operation | ops | rows | direct ms | HTTP ms | |", "|---|---|---|---|---|---|---|---|"]
    for one in found_:
        who = f"| {one['variant']} | {one['role']} |"
        for kind, (many, seconds, rows) in sorted(one["sides"]["http"].items()):
            mine = one["sides"]["direct"][kind]
            by = (mine[2], rows) if kind in BY_PURPOSE else (mine[0], many)
            each = f"{mine[1] * 1000 / max(by[0], 1):.3f} | {seconds * 1000 / max(by[1], 1):.3f}"
            per = "per row" if kind in BY_PURPOSE else ""
            lines.append(f"{who} {kind} | {many:.0f} | {rows:.0f} | {each} | {per} |")
        for what, (ratio, by_cpu) in one["ratios"].items():
            gate = GATES.get(what)
            verdict = "" if gate is None else f"gate {gate:.2f}: {'met' if ratio >= gate else 'no'}"
            lines.append(f"{who} **{what}** | | | | {ratio:.2f}, by CPU {by_cpu:.2f} | {verdict} |")
        lines += [f"| INVALID | {one['role']} | {fault} | | | | | |" for fault in one["faults"]]
    return "\n".join(lines)


def main() -> int:
    """Run, print; 1 when an end state is not as it must be."""
    options = options_of()
    OUT.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="gdpr-", dir=OUT))
    place.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    results = []
    try:
        with ExitStack() as stack:
            server = stack.enter_context(postgres_server(place))
            for variant in options.variant:
                for role in options.role:
                    print(f"{variant} {role} …", file=sys.stderr, flush=True)
                    results.append(compared(variant, role, options, server, place))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(report(results))
    (OUT / "gdprbench.json").write_text(json.dumps(results, indent=1))
    return 1 if any(one["faults"] for one in results) else 0


def options_of(args: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gdprbench", description=__doc__)
    variants = sorted({variant for variant, _ in MIXES})
    parser.add_argument("--variant", nargs="+", choices=variants, default=variants)
    parser.add_argument("--role", nargs="+", choices=ROLES, default=list(ROLES))
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--ops", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(args)


if __name__ == "__main__":
    sys.exit(main())
