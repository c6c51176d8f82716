"""What a byte about people costs in the database, the whole trail in memory, and a second process."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, String, cast, func, literal, select

from app.consents.tables import consent_events
from app.customers.tables import bookings, customer_references, customers, purchases, vouchers
from app.db import open_database
from benchmarks.driver import Load, Sample
from benchmarks.scale_calls import LISTS, Api
from benchmarks.scale_registers import TOKENS, Register, megabytes, served
from benchmarks.servers import Server, serving

Figures = dict[str, float]
Found = dict[str, Any]

ABOUT_PEOPLE = {
    customers: ("name", "email", "phone", "street", "postal_code", "city", "country", "language", "interaction_at"),
    customer_references: ("system", "external_id"),
    purchases: ("order_id", "purchased_on", "booked_on", "currency", "total_minor", "lines", "fulfilled_on"),
    vouchers: ("number", "buyer_name", "buyer_address", "booked_on", "total_minor", "lines"),
    bookings: ("booking_id", "starts_at", "ends_at", "service", "state"),
    consent_events: ("event_id", "purpose", "channels", "action", "wording_id", "occurred_at", "evidence"),
}
"""What callers said of people; ids, hashes, normal forms, projections and the trail are ours."""


def bytes_per_byte(register: Register) -> float:
    """Bytes of the database for each byte that callers said of people."""

    async def said() -> int:
        db = open_database(register.url)
        try:
            return await db.read(_said)
        finally:
            await db.close()

    return megabytes(register.url) * 2**20 / asyncio.run(said())


def _said(connection: Connection) -> int:
    total = 0
    for table, names in ABOUT_PEOPLE.items():
        lengths = [func.coalesce(func.length(cast(table.c[name], String)), literal(0)) for name in names]
        total += sum(int(n or 0) for n in connection.execute(select(*(func.sum(n) for n in lengths))).one())
    return total


def export_megabytes(register: Register, rows: tuple[int, int]) -> dict[str, float]:
    """The highest memory of the service while the trail is read page by page, few rows and many."""
    peaks: dict[str, float] = {}
    for many in rows:
        with served(register, Path(register.secret_file).parent) as (server, _):
            api = Api(server.port, register.customers)
            read = _read_trail(api, many)
            peaks[f"{read} rows, MB"] = round(_peak_mb(server), 1)
            api.close()
    figures = list(peaks.values())
    return {**peaks, "difference, MB": round(figures[-1] - figures[0], 1)}


def _read_trail(api: Api, many: int) -> int:
    trail, after, read = LISTS["audit trail"], None, 0
    while read < many:
        page = api.call(trail.page(min(200, many - read), after))
        read += len(page["items"])
        if not page["items"] or page["next"] == after:
            break
        after = page["next"]
    return read


def _peak_mb(server: Server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def two_processes(registers: Sequence[tuple[Register, list[str]]], place: Path, seconds: float, pairs: int) -> Found:
    """Requests/s and processor time per request of one process, and of two that share its register, in turns.

    Beside them, with a second register, two processes that share nothing but the machine: by what one alone costs less.
    """
    chosen = [registers[0], registers[0], *registers[1:][-1:]]
    with ExitStack() as stack:
        quiet = {"SELOSTE_BACKGROUND": "false"}
        a, b, *others = [
            (stack.enter_context(serving(one.url, one.secret_file, place / f"process-{n}.log", **quiet)), ids)
            for n, (one, ids) in enumerate(chosen)
        ]
        _under_load([a, b, *others], seconds)  # to warm up
        shared = [(_under_load([a], seconds), _under_load([a, b], seconds)) for _ in range(pairs)]
        found: Found = {"shared": _compared(shared)}
        for other in others:
            alone = [(_under_load([a], seconds), _under_load([other], seconds)) for _ in range(pairs)]
            together = [_under_load([a, other], seconds) for _ in range(pairs)]
            apart = [(_mean(pair), both) for pair, both in zip(alone, together, strict=True)]
            found["nothing in common"] = _compared(apart)
    return found


def _mean(both: tuple[Figures, Figures]) -> Figures:
    return {name: sum(one[name] for one in both) / 2 for name in both[0]}


def _compared(found: Sequence[tuple[Figures, Figures]]) -> Found:
    ratios = [two["cpu_ms"] / one["cpu_ms"] for one, two in found]
    one, two = ({key: round(median(pair[n][key] for pair in found), 3) for key in found[0][n]} for n in (0, 1))
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return {"one": one, "two": two, "processor time, two / one": round(median(ratios), 3), "spread": spread}


def _under_load(served: Sequence[tuple[Server, list[str]]], seconds: float) -> Figures:
    servers = [server for server, _ in served]
    spent = [server.cpu_seconds() for server in servers]
    loads = [
        Load(
            "read",
            server.port,
            TOKENS["webshop"],
            [(one, "") for one in ids],
            f"p{n}",
            16 // len(servers),
            1.0,
            seconds,
        )
        for n, (server, ids) in enumerate(served)
    ]
    command = [sys.executable, "-m", "benchmarks.driver"]
    drivers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in loads]
    for driver, load in zip(drivers, loads, strict=True):
        assert driver.stdin is not None
        driver.stdin.write(json.dumps(asdict(load)))
        driver.stdin.close()
    samples = []
    for driver in drivers:
        assert driver.stdout is not None
        samples.append(Sample(**json.loads(driver.stdout.read())))
        driver.wait()
    requests = sum(sample.requests for sample in samples)
    cpu = sum(server.cpu_seconds() - before for server, before in zip(servers, spent, strict=True))
    if any(set(sample.statuses) != {"200"} for sample in samples):
        raise RuntimeError(f"not every answer was 200: {[sample.statuses for sample in samples]}")
    return {"per_second": round(sum(s.per_second for s in samples), 1), "cpu_ms": round(cpu * 1000 / requests, 3)}
