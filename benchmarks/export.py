"""What answering a request for access costs in memory: a person with very many rows beside one with few.

    python -m benchmarks.export [--rows 1000 100000] [--database sqlite postgresql]

Each figure is the highest memory (VmHWM) of a freshly started service after it has answered one request in each of
the named forms; the difference between the two people is what must not grow (gate 16 MB, aim 8 MB).
"""

import argparse
import asyncio
import http.client
import shutil
import sys
import tempfile
import time
from collections.abc import Collection
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert

from app.audit.tables import audit_events
from app.consents.tables import consent_events
from app.customers.tables import bookings, customers, purchases, vouchers
from app.db import new_id, open_database
from app.subject_requests.tables import request_events, subject_requests
from benchmarks.databases import database, execute, postgres_server
from benchmarks.scale_registers import TOKENS, found
from benchmarks.servers import Server, serving

OUT = Path("var/benchmarks")
GATE_MB, AIM_MB = 16, 8
CASE = "2026-00001"
FORMS = {"data": "JSON", "data/archive": "ZIP", "data/page": "page", "data/document": "PDF"}
STARTED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINES = [{"title": "Kasvohoito, 60 minuuttia", "quantity": "1", "unit_price": "79.00", "vat_rate": "25.5"}] * 2


@dataclass(frozen=True, slots=True)
class Answered:
    """One form of the reply."""

    peak_mb: float
    bytes: int
    seconds: float


def main() -> int:
    """Fill, serve, read, print; 1 when the gate is missed."""
    options = _options()
    OUT.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="export-", dir=OUT))
    place.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    try:
        measured = {dialect: of_database(dialect, options.rows, place) for dialect in options.database}
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for dialect, figures in measured.items():
        print(report(dialect, options.rows, figures))
    return int(any(difference(figures) > GATE_MB for of in measured.values() for figures in of.values()))


def _options(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs=2, default=[1000, 100_000], metavar=("FEW", "MANY"))
    parser.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    return parser.parse_args(given)


def of_database(
    dialect: str, rows: list[int], place: Path, forms: Collection[str] = tuple(FORMS)
) -> dict[str, list[Answered]]:
    """For each form the answer about the person with few rows and about the one with many."""
    figures: dict[str, list[Answered]] = {form: [] for form in forms}
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server(place) if dialect == "postgresql" else nullcontext(""))
        for many in rows:
            print(f"{dialect}: {many} rows …", file=sys.stderr, flush=True)
            url = _filled(dialect, many, place, server)
            for form in forms:
                log = place / f"export-{dialect}-{many}.log"
                with serving(url, place / "seloste.secret", log, SELOSTE_BACKGROUND="false") as running:
                    figures[form].append(_ask(running, form, log))
    return figures


def _filled(dialect: str, many: int, place: Path, server: str) -> str:
    name = f"export_{many}"
    url = f"sqlite:///{place / name}.db"
    if dialect == "postgresql":
        execute(server, f"CREATE DATABASE {name}")
        url = database(server, name)
    asyncio.run(found(url, _somebody))
    asyncio.run(_fill(url, many))
    return url


def _somebody(connection: Connection) -> None:
    """One customer who has asked for access and been identified."""
    who, case = UUID(int=1000), UUID(int=2000)
    connection.execute(
        insert(customers).values(
            id=who,
            version=1,
            kind="customer",
            name="Aino Esimerkki",
            language="fi",
            source="customer_relationship",
            interaction_kind="purchase",
            interaction_at=STARTED,
            audit_key=UUID(int=3000),
            attributes={},
            created_at=STARTED,
            updated_at=STARTED,
        )
    )
    connection.execute(
        insert(subject_requests).values(
            id=case,
            case_number=CASE,
            version=1,
            right="access",
            state="in_review",
            customer_id=who,
            channel="email",
            purposes=[],
            channels=[],
            person_in_charge="M",
            received_at=STARTED,
            received_on=STARTED.date(),
            due_on=STARTED.date(),
            register_version=1,
            created_at=STARTED,
            created_by=who,
        )
    )
    known = {"kind": "identity_known", "state": "in_review", "details": {"level": "high"}}
    connection.execute(insert(request_events).values(id=new_id(), request_id=case, at=STARTED, client_id=who, **known))


async def _fill(url: str, many: int) -> None:
    """Orders, vouchers, bookings, consents and a trail, a thousand rows at a time."""
    db = open_database(url)
    makers = {purchases: _purchase, vouchers: _voucher, bookings: _booking, consent_events: _consent}
    shares = {purchases: 0.3, vouchers: 0.2, bookings: 0.1, consent_events: 0.1}
    for table, share in shares.items():
        await _copy(db, table, makers[table], int(many * share))
    await _copy(db, audit_events, _looked, int(many * (1 - sum(shares.values()))))
    await db.close()


async def _copy(db: Any, table: Table, make: Any, many: int) -> None:
    for first in range(0, many, 1000):
        await db.copy_in({table: [make(n) for n in range(first, min(first + 1000, many))]})


def _dated(n: int) -> dict[str, Any]:
    return {"id": new_id(), "customer_id": UUID(int=1000), "created_at": STARTED - timedelta(minutes=n)}


def _purchase(n: int) -> dict[str, Any]:
    on = (STARTED - timedelta(hours=n)).date()
    row = {**_dated(n), "system": "webshop", "order_id": f"order-{n}", "version": 1, "updated_at": STARTED}
    row |= dict.fromkeys(("product_group", "cancelled_on", "marketing_refusal_offered"))
    row |= {"purchased_on": on, "booked_on": on, "fulfilled_on": on, "settled_on": on, "currency": "EUR"}
    return row | {"total_minor": 15800, "lines": LINES, "payment_provider": "Paytrail", "payment_method": "kortti"}


def _voucher(n: int) -> dict[str, Any]:
    on = (STARTED - timedelta(hours=n)).date()
    row = {**_dated(n), "system": "webshop", "number": f"V-{n}", "order_id": f"order-{n}", "record": "here"}
    row |= dict.fromkeys(("holder", "classified_by", "classified_at", "corrects", "restricted_at", "retain_until"))
    row |= {"material": "voucher", "buyer_name": "Aino Esimerkki", "buyer_address": "Koetie 1, 33200 Tampere"}
    return row | {"booked_on": on, "transaction_on": on, "currency": "EUR", "total_minor": 15800, "lines": LINES}


def _booking(n: int) -> dict[str, Any]:
    at = STARTED - timedelta(days=n + 1)
    row = {**_dated(n), "system": "booking", "booking_id": f"b-{n}", "version": 1, "service": "Kasvohoito"}
    return row | {"starts_at": at, "ends_at": at + timedelta(hours=1), "state": "done", "updated_at": STARTED}


def _consent(n: int) -> dict[str, Any]:
    at = STARTED - timedelta(minutes=n)
    row = {name: value for name, value in _dated(n).items() if name != "created_at"}
    row |= {"client_id": UUID(int=1), "event_id": f"e-{n}", "purpose": "newsletter", "channels": ["email"]}
    row |= dict.fromkeys(("wording_id", "wording_version", "wording_language"))
    row |= {"action": "withdrawn", "collected_via": "unsubscribe_link", "occurred_at": at, "recorded_at": at}
    return row | {"evidence": {"actor": "data_subject"}, "content_hash": f"{n:064x}", "register_version": 1}


def _looked(n: int) -> dict[str, Any]:
    row = {"id": new_id(), "at": STARTED - timedelta(minutes=n), "client_id": UUID(int=1), "role": "webshop"}
    row |= {"purpose": "customer_relationship", "action": "read", "outcome": "done", "entity": "customer"}
    return row | {"entity_id": None, "subject_key": UUID(int=3000), "register_version": 1, "details": None}


def _ask(server: Server, form: str, log: Path) -> Answered:
    began, size = time.monotonic(), 0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    headers = {"Authorization": f"Bearer {TOKENS['dpo']}"}
    connection.request("GET", f"/v1/subject-requests/{CASE}/{form}", headers=headers)
    answer = connection.getresponse()
    while piece := answer.read(1 << 16):
        size += len(piece)
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{form}: {answer.status}; its log: {log.read_text()[-2000:]}")
    return Answered(_peak_mb(server), size, time.monotonic() - began)


def _peak_mb(server: Server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def difference(figures: list[Answered]) -> float:
    """Memory for many rows less memory for few."""
    return figures[-1].peak_mb - figures[0].peak_mb


def report(dialect: str, rows: list[int], measured: dict[str, list[Answered]]) -> str:
    """A table for people."""
    few, many = rows
    lines = [
        f"{dialect}: peak memory of the service at {many} rows less at {few} rows (gate {GATE_MB} MB, aim {AIM_MB} MB)",
        f"| form | {few} rows, MB | {many} rows, MB | difference, MB | answer, MB | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for form, figures in measured.items():
        first, last = figures
        size, told = last.bytes / 2**20, f"{difference(figures):.1f}"
        lines.append(
            f"| {FORMS[form]} | {first.peak_mb:.1f} | {last.peak_mb:.1f} | {told} | {size:.1f} | {last.seconds:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
