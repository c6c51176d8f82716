"""`python -m benchmarks.audit`: how fast the audit trail is sealed, verified and exported, and in how much memory.

Rows are made as a year of the service would leave them: one in ten with details, one in a hundred naming people.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from app.audit.sealing import seal_all
from app.audit.seals import Signer
from app.audit.tables import audit_events, audit_subjects
from app.db import open_database, settled_before
from app.keys import load_keys
from app.migrating import upgrade
from tests.databases import create_database, postgres_server

CHUNK = 5_000
YEAR = 365 * 24 * 3600


def main() -> None:
    """Print one line for each figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {chosen.rows:,} rows")
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        for dialect in chosen.databases:
            for rows in (1_000, 100_000, chosen.rows):
                name = f"audit_{rows}"
                sqlite = f"sqlite:///{Path(folder, name)}.db"
                _measure(dialect, sqlite if dialect == "sqlite" else create_database(server.url, name), rows, folder)


def _measure(dialect: str, url: str, rows: int, folder: str) -> None:
    secret, file = Path(folder, "secret"), Path(folder, "trail.jsonl")
    seconds, last = asyncio.run(_fill_and_seal(url, rows, secret))
    print(f"{dialect:<11}{rows:>10,} rows  sealed    {rows / seconds:>9,.0f} rows/s")
    environment = {**os.environ, "DATABASE_URL": url, "SELOSTE_SECRET_FILE": str(secret)}
    for what, *arguments in (
        ("verified", "verify", "--expect-last", last),
        ("exported", "export", str(file)),
        ("offline", "verify", str(file), "--expect-last", last),
    ):
        began = time.perf_counter()
        said, processor, peak = _run(environment, *arguments)
        rate = f"{rows / (time.perf_counter() - began):>9,.0f} rows/s with the start of the command"
        print(
            f"{dialect:<11}{rows:>10,} rows  {what:<9} {rate}; processor {processor:.1f} s, peak {peak:.0f} MB; {said}"
        )
    print(f"{dialect:<11}{rows:>10,} rows  file      {file.stat().st_size / rows:>9,.0f} bytes a row", flush=True)
    file.unlink()


def _run(environment: dict[str, str], *arguments: str) -> tuple[str, float, float]:
    """Run `seloste audit …`: what it told of its speed, its seconds of processor time, its peak memory in MB."""
    seloste = [sys.executable, "-m", "benchmarks.audit", "--as-seloste", "audit", *arguments]
    done = subprocess.run(seloste, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    *told, usage = done.stderr.splitlines()
    processor, peak = usage.split()
    return "".join(told[-1:]), float(processor), int(peak) / 1024


def _as_seloste() -> None:
    from app.cli import main as seloste  # noqa: PLC0415 (as a process of its own, which then tells what it took)

    try:
        seloste(sys.argv[2:])
    finally:
        peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent's too
        print(time.process_time(), peak and peak[1], file=sys.stderr)


async def _fill_and_seal(url: str, rows: int, secret: Path) -> tuple[float, str]:
    db = open_database(url)
    await db.write(upgrade)
    for start in range(0, rows, CHUNK):
        await db.write(_fill, list(_events(start, min(rows, start + CHUNK), rows)))
    began = time.perf_counter()
    last, _ = await seal_all(db, Signer(load_keys(secret)), datetime.now(UTC), settled_before(0))
    seconds = time.perf_counter() - began
    await db.close()
    return seconds, last.hash if last else ""


def _fill(connection: Connection, events: list[dict[str, Any]]) -> None:
    connection.execute(insert(audit_events), events)
    named = [{"audit_key": uuid4(), "event_id": event["id"]} for event in events[::100] for _ in range(5)]
    connection.execute(insert(audit_subjects), named)


def _events(start: int, end: int, rows: int) -> Iterator[dict[str, Any]]:
    first = time.time() - YEAR
    for n in range(start, end):
        at = first + (n / rows) * (YEAR - 60)
        yield {
            "id": UUID(int=(int(at * 1000) << 80) | (7 << 76) | (2 << 62) | n),
            "at": datetime.fromtimestamp(at, UTC),
            "client_id": UUID(int=9),
            "role": "webshop",
            "purpose": "customer_relationship",
            "action": "read",
            "outcome": "done",
            "entity": "customer",
            "entity_id": str(uuid4()),
            "subject_key": uuid4(),
            "register_version": 1,
            "details": {"found": n % 7} if n % 10 == 0 else None,
        }


if __name__ == "__main__":
    _as_seloste() if sys.argv[1:2] == ["--as-seloste"] else main()
