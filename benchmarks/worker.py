"""`python -m benchmarks.worker`: telling recipients, beside a bare httpx loop with the same concurrency.

Both post the same signed webhooks to one fake recipient in a process of its own, which checks each signature. The
worker also claims, reads whom they are about, writes each attempt before it leaves and each outcome afterwards, and its
audit rows. A run is invalid when the recipient has not taken each message once.
"""

import argparse
import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
from pydantic import SecretStr
from sqlalchemy import Connection, insert, text

from app.connectors.outside import Limits, Link, Outside, new_client
from app.connectors.webhook import ByWebhook, message_id, signed
from app.customers.tables import customers
from app.db import Database, new_id, open_database
from app.delivery.worker import Worker
from app.deps import Services
from app.keys import load_keys
from app.migrating import upgrade
from app.notifications.queueing import Notice, queue
from app.policy.notifications import Act
from app.processors.service import seed
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.loading import bundled
from app.register.operation import Operation
from app.register.versions import Registers
from app.settings import Settings
from benchmarks import machine
from benchmarks.databases import postgres_server
from tests.vendors.webhooks import SECRET

RECIPIENT = "tehden"
GATE = 0.5
CHUNK = 500
BODY = b'{"type":"data_subject.erasure","timestamp":"2026-11-29T10:00:00Z","data":{"notification_id":"%b"}}'


@contextmanager
def recipient() -> Iterator[tuple[str, int]]:
    """The fake recipient; the address of its hook and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.vendors", "webhooks", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/hook", process.pid
    finally:
        process.terminate()
        process.wait()


async def bare(url: str, ids: Sequence[UUID], at_once: int) -> float:
    """Post a signed message for each id; the seconds it took."""
    keys, gate = [SecretStr(SECRET)], asyncio.Semaphore(at_once)
    async with new_client(may_reach_private=True) as client:

        async def post(key: UUID) -> httpx.Response:
            async with gate:
                body = BODY % str(key).encode()
                at = Outside(client).clock()
                headers = signed(keys, message_id(key), at, body) | {"content-type": "application/json"}
                return await client.post(url, content=body, headers=headers)

        began = time.perf_counter()
        answers = await asyncio.gather(*(post(key) for key in ids))
        seconds = time.perf_counter() - began
    if any(answer.status_code != 202 for answer in answers):
        raise RuntimeError("the recipient refused a message")
    return seconds


async def ours(url: str, services: Services, registers: Registers, number: int, at_once: int) -> float:
    """Queue as many notifications, then let a worker tell them; the seconds that took."""
    op = await builtin_operation(BACKGROUND, services, registers)
    for first in range(0, number, CHUNK):
        await op.write(_queue, min(CHUNK, number - first))
    async with new_client(may_reach_private=True) as client:
        link = Link(Outside(client, may_reach_private=True), url, Limits(at_once))
        worker = Worker(services, registers, {RECIPIENT: ByWebhook(link, [SecretStr(SECRET)])})
        began = time.perf_counter()
        done = 0
        while done < number:
            done += (await worker.run_once()).total()
        seconds = time.perf_counter() - began
    left = await services.db.read(lambda c: c.execute(text("SELECT count(*) FROM notifications WHERE sent_at IS NULL")))
    if left.scalar_one():
        raise RuntimeError("not every notification was sent")
    return seconds


def _queue(connection: Connection, op: Operation, number: int) -> None:
    people = [{"id": new_id(), "audit_key": new_id(), "email": f"{n}@example.com"} for n in range(number)]
    same = {"version": 1, "kind": "subscriber", "created_at": op.at, "updated_at": op.at}
    connection.execute(insert(customers), [{**one, **same} for one in people])
    notice = partial(Notice, RECIPIENT, Act.CONSENT_WITHDRAWAL, purposes=("booking_data",), channels=("email",))
    queue(connection, op, (notice(customer_id=UUID(str(one["id"]))) for one in people))
    op.audit(connection, "import", "customer")


async def compare(url: str, hook: str, place: Path, options: argparse.Namespace) -> list[tuple[float, float]]:
    """Messages per second of both, pair by pair, alternating."""
    db = open_database(url)
    await db.write(upgrade)
    services = Services(Settings(database_url=url), db, load_keys(place / "secret"))
    registers = Registers(db, 3600, on_apply=(seed,))
    await _apply(db, registers)
    found = []
    for _ in range(options.pairs):
        other = await bare(hook, [new_id() for _ in range(options.notifications)], options.at_once)
        mine = await ours(hook, services, registers, options.notifications, options.at_once)
        found.append((options.notifications / other, options.notifications / mine))
    await db.close()
    return found


async def _apply(db: Database, registers: Registers) -> None:
    await db.write(registers.apply, bundled(), datetime.now(UTC), None)


def main() -> int:
    """Measure and print; 1 when the gate is not met or others used the machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("--notifications", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=5)
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory(prefix="seloste-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        with postgres_server(place) as server, recipient() as (hook, pid):
            asyncio.run(_create(server))
            name = urlsplit(server)._replace(path="/worker").geturl()
            for dialect, url in (("postgresql", name), ("sqlite", f"sqlite:///{place / 'worker.db'}")):
                before = machine.now([machine.parent_of(pid)])
                pairs = asyncio.run(compare(url, hook, place, options))
                others = machine.now([machine.parent_of(pid)]).others_since(before)
                missed |= _print(dialect, pairs, others)
    return int(missed)


async def _create(server: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute("CREATE DATABASE worker")
    finally:
        await connection.close()


def _print(dialect: str, pairs: Sequence[tuple[float, float]], others: float) -> bool:
    ratios = [mine / other for other, mine in pairs]
    base, own = median(other for other, _ in pairs), median(mine for _, mine in pairs)
    verdict = "met" if median(ratios) >= GATE else "no"
    print(
        f"{dialect:10} bare {base:7.0f}/s  worker {own:7.0f}/s  ratio {median(ratios):.2f} "
        f"({min(ratios):.2f}-{max(ratios):.2f})  gate {GATE} {verdict}  others {others:.2f} processors"
    )
    return median(ratios) < GATE


if __name__ == "__main__":
    sys.exit(main())
