"""The sweep by the service's own code, and by one hand-written statement; each on a database of its own."""

import resource
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg

from app.db import open_database
from app.deps import Services
from app.keys import load_keys
from app.ledger.follower import Ledger
from app.register.versions import Registers
from app.settings import Settings
from app.sweeping import sweep_all

TEN_YEARS = 10


@dataclass(frozen=True, slots=True)
class Swept:
    """How many vouchers went in how long, and how many rows the trail got about them."""

    rows: int
    audited: int
    seconds: float
    ledger_seconds: float = 0.0
    grown_mb: float = 0.0
    batches: int = 0

    def __str__(self) -> str:
        return (
            f"{self.rows} vouchers in {self.batches} batches, {self.seconds:.1f} s; the ledger followed in another "
            f"{self.ledger_seconds:.1f} s; memory grew by {self.grown_mb:.0f} MB"
        )


async def sweep_by_service(url: str, secret_file: Path, as_of: date) -> Swept:
    """The service's sweep, and the ledger that follows it."""
    db = open_database(url, 5)
    ledger_file = secret_file.with_name("sweep.ledger")
    ledger_file.unlink(missing_ok=True)
    settings = Settings(database_url=url, secret_file=secret_file, ledger_file=ledger_file)
    served, registers = Services(settings, db, load_keys(secret_file)), Registers(db, 3)
    ledger = Ledger(served, keeps=True)
    await ledger.drain()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    report = await sweep_all(served, registers, as_of)
    seconds, swept_at = time.perf_counter() - began, time.perf_counter()
    await ledger.drain()
    followed = time.perf_counter() - swept_at
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    await db.close()
    rows = report.rows.get("accounting", 0)
    audited = await _value(url, "SELECT count(*) FROM verdicts WHERE decision_id IN (SELECT id FROM sweep_batches "
                                "WHERE rule = 'accounting')")  # fmt: skip
    return Swept(rows, audited, seconds, followed, grown, report.batches)


_DUE = """
  buyer_name IS NOT NULL AND record = 'here' AND material IN ('voucher', 'ledger', 'oss') AND booked_on <= {cut}
  AND NOT EXISTS (SELECT 1 FROM subject_requests r WHERE r.customer_id = v.customer_id
    AND r.state NOT IN ('completed', 'withdrawn') AND NOT (r.right = 'erasure' AND r.state = 'executing'))
  AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.customer_id = v.customer_id AND h.released_on IS NULL)
"""
_COLUMNS = "id, at, client_id, role, purpose, action, outcome, entity, entity_id, subject_key, register_version"
_ROW = "'builtin', 'subject_rights', 'erase', 'done', 'voucher'"
CLIENT = "00000000-0000-0000-0000-000000000002"


async def sweep_by_hand(url: str, as_of: date) -> Swept:
    """One statement on PostgreSQL; SQLite has no DELETE in a WITH, so two in one transaction."""
    cut = date(as_of.year - TEN_YEARS - 1, 12, 31)
    if url.startswith("sqlite"):
        return _by_hand_on_sqlite(url, cut)
    connection = await asyncpg.connect(url)
    began = time.perf_counter()
    done = await connection.execute(
        f"WITH gone AS (DELETE FROM vouchers v WHERE {_DUE.format(cut='$1')} RETURNING v.id, v.customer_id) "
        f"INSERT INTO audit_events ({_COLUMNS}) SELECT uuidv7(), now(), '{CLIENT}', {_ROW}, gone.id::text, "
        "c.audit_key, 1 FROM gone JOIN customers c ON c.id = gone.customer_id",
        cut,
    )
    seconds = time.perf_counter() - began
    await connection.close()
    rows = int(done.split()[-1])
    return Swept(rows, rows, seconds)


def _by_hand_on_sqlite(url: str, cut: date) -> Swept:
    due = _DUE.format(cut=f"'{cut}'")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA cache_size=-8000")
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        made = connection.execute(
            f"INSERT INTO audit_events ({_COLUMNS}) SELECT lower(hex(randomblob(16))), '2031-01-01 00:00:00.000000', "
            f"'{CLIENT.replace('-', '')}', {_ROW}, v.id, c.audit_key, 1 FROM vouchers v "
            f"JOIN customers c ON c.id = v.customer_id WHERE {due}"
        ).rowcount
        gone = connection.execute(f"DELETE FROM vouchers AS v WHERE {due}").rowcount
        connection.execute("COMMIT")
        return Swept(gone, made, time.perf_counter() - began)


async def remaining(url: str) -> tuple[int, str]:
    """Which vouchers are left: their number, and the sum of something of each."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            count, total = connection.execute(
                "SELECT count(*), total(unicode(substr(id, 30))*1.0) FROM vouchers"
            ).fetchone()
            return count, str(total)
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow("SELECT count(*), sum(hashtext(id::text)::bigint) FROM vouchers")
    await connection.close()
    return row[0], str(row[1])


async def _value(url: str, query: str) -> int:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            found: int = connection.execute(query).fetchone()[0]
            return found
    connection = await asyncpg.connect(url)
    value: int = await connection.fetchval(query)
    await connection.close()
    return value
