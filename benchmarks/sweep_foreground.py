"""What callers get done while the service sweeps, and while it is at rest."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from benchmarks.databases import execute
from benchmarks.driver import Load, Sample
from benchmarks.scale_registers import TOKENS, Register
from benchmarks.scenarios import named
from benchmarks.servers import Server, serving

PEOPLE = 500
REST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pair:
    """Answers per second on both sides, and how much was swept."""

    idle: float
    sweeping: float
    swept: int
    faults: list[str]


def idle_and_sweeping(url: str, register: Register, place: Path, seconds: float, pair: int) -> Pair:
    """One run at rest and one while the service's own daily sweep is under way, in this order or the other."""
    samples: dict[str, Sample] = {}
    faults: list[str] = []
    swept = 0
    _change(url, _WORDING)
    if register.customers < LARGE:
        _change(url, _OLDER[register.dialect])
    _settle(url)
    people = [(row[0], row[1]) for row in _rows(url, _PEOPLE)]
    for side in ("idle", "sweeping") if pair % 2 == 0 else ("sweeping", "idle"):
        settings = {"SELOSTE_LEDGER": str(place / f"foreground-{register.dialect}-{pair}.ledger")}
        _settle(url)
        _put_off(url, REST)
        with serving(url, register.secret_file, place / f"foreground-{register.dialect}.log", **settings) as server:
            before = _swept(url)
            if side == "sweeping":
                _put_off(url, timedelta(seconds=0))
                _wait_for_it(url, before)
                before = _swept(url)
            samples[side] = _drive(server, people, seconds, f"{side}-{pair}")
            gone, lasted = _swept(url) - before, _is_under_way(url)
        faults += [f"{side}: {n} × {status}" for status, n in samples[side].statuses.items() if status[0] != "2"]
        if side == "sweeping":
            swept = gone
            faults += [] if gone and lasted else ["the sweep did not last as long as the run"]
    return Pair(samples["idle"].per_second, samples["sweeping"].per_second, swept, faults)


LARGE = 200_000
"""From this size on enough has reached its date by itself; in smaller ones all vouchers are made older."""
_OLDER = {
    "postgresql": "UPDATE vouchers SET booked_on = booked_on - 3653, transaction_on = transaction_on - 3653",
    "sqlite": "UPDATE vouchers SET booked_on = date(booked_on, '-10 years'), "
    "transaction_on = date(transaction_on, '-10 years')",
}
_WORDING = (
    "INSERT INTO wordings (id, version, language, purpose, text, created_at) "
    "VALUES ('newsletter', 1, 'fi', 'newsletter', 'Annan luvan.', '2014-01-01 00:00:00.000000')"
)
_PEOPLE = (
    "SELECT CAST(customer_id AS CHAR(36)), external_id FROM customer_references WHERE system = 'webshop' "
    "AND customer_id NOT IN (SELECT customer_id FROM restrictions) ORDER BY created_at DESC LIMIT 500"
)


def _drive(server: Server, people: list[tuple[str, str]], seconds: float, salt: str) -> Sample:
    scenario = named("consent")
    load = Load(scenario.name, server.port, TOKENS["webshop"], people, salt, scenario.connections, 1.0, seconds)
    command = [sys.executable, "-m", "benchmarks.driver"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=True)
    return Sample(**json.loads(done.stdout))


def _settle(url: str) -> None:
    """Leave nothing to tidy up for the minutes to come."""
    for statement in (
        ("PRAGMA wal_checkpoint(TRUNCATE)",) if url.startswith("sqlite") else ("VACUUM ANALYZE", "CHECKPOINT")
    ):
        _change(url, statement)


def _put_off(url: str, by: timedelta) -> None:
    """The sweep, the proposals and the maintenance of files are due no sooner than this."""
    until = datetime.now(UTC) + by
    for name in ("sweep", "inactivity", "upkeep"):
        later = until if name == "sweep" else datetime.now(UTC) + REST
        at = later.strftime("%Y-%m-%d %H:%M:%S.%f") if url.startswith("sqlite") else later.isoformat()
        _change(
            url,
            f"INSERT INTO leases (name, holder, until) VALUES ('{name}', 'benchmark', '{at}') "
            "ON CONFLICT (name) DO UPDATE SET until = excluded.until",
        )


def _wait_for_it(url: str, before: int) -> None:
    give_up_at = time.monotonic() + 30
    while _swept(url) <= before and time.monotonic() < give_up_at:
        time.sleep(0.05)


def _swept(url: str) -> int:
    return int(_rows(url, "SELECT coalesce(sum(rows), 0) FROM sweep_batches")[0][0])


def _is_under_way(url: str) -> bool:
    query = "SELECT count(*) FROM leases WHERE name = 'sweep:running'"
    return bool(_rows(url, query)[0][0])


def _rows(url: str, query: str) -> list[tuple[str, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            return connection.execute(query).fetchall()
    return asyncio.run(_fetched(url, query))


async def _fetched(url: str, query: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    found = [tuple(row) for row in await connection.fetch(query)]
    await connection.close()
    return found


def _change(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            connection.execute(statement)
            connection.commit()
    else:
        execute(url, statement)
