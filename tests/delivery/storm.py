"""Thousands of notifications under faults: `python -m tests.delivery.storm`, a part of `make torture`.

Real processes: PostgreSQL, the service, two workers, and a fake Mailchimp that has outages, is slow, breaks off in the
middle of an answer and loses answers. Workers are killed, the database crashes. Afterwards every person is
unsubscribed at the vendor, every notification is verified, and whatever the vendor was told twice changed nothing.
"""

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, insert, text, update

from app.customers.tables import customers
from app.db import Database, Unavailable, new_id, open_database
from app.deps import Services
from app.keys import load_keys
from app.notifications.queueing import Notice, queue
from app.notifications.tables import notifications
from app.policy.notifications import Act
from app.processors.tables import processors
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers
from app.settings import Settings
from tests.databases import create_database
from tests.nursery import Forked, Nursery
from tests.torture.postgres import Postgres, postgres
from tests.vendors.mailchimp import create_app
from tests.vendors.mailchimp_state import Account
from tests.vendors.serving import Troubles, serving
from tests.worlds import STARTED, build

AUDIENCE = "a6b5da1054"
CONNECTORS = """
connectors:
  mailchimp:
    kind: mailchimp
    api_key: {{env: MAILCHIMP_KEY}}
    base_url: {url}/3.0
    audiences: {{{audience}: {{purposes: [newsletter]}}}}
"""
CHUNK = 500


@dataclass
class Storm:
    """One run: what is to be told, the processes that tell it, and what was done to them."""

    folder: Path
    server: Postgres
    account: Account
    troubles: Troubles
    chance: random.Random
    nursery: Nursery
    workers: list[Forked] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        """The database."""
        return self.server.database("storm")

    def start(self, *command: str, **settings: str) -> Forked:
        """A process of Seloste on this database."""
        told = {
            "DATABASE_URL": self.url,
            "SELOSTE_SECRET_FILE": str(self.folder / "secret"),
            "SELOSTE_LEDGER": str(self.folder / "ledger"),
            "SELOSTE_CONNECTORS": str(self.folder / "connectors.yaml"),
            "SELOSTE_CONNECTORS_REACH_PRIVATE": "true",
            "SELOSTE_DELIVERY_LEASE_SECONDS": "5",
            "SELOSTE_BACKGROUND_INTERVAL_SECONDS": "0.2",
            "SELOSTE_PORT": "0",
            "MAILCHIMP_KEY": self.account.api_key,
        }
        log = self.folder / "processes.log"
        return self.nursery.run(command, {**told, **settings}, log, log, self.folder)

    async def up(self, started: int) -> None:
        """Wait until as many processes have said that they are at work."""
        for _ in range(600):
            log = (self.folder / "processes.log").read_text()
            if log.count("working\n") + log.count('"event": "serving"') >= started:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the processes do not start")

    def revive(self) -> None:
        """Start again what has ended, as a supervisor does: a worker that came up while the database was away."""
        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.done["restart"] += 1
                self.workers[number] = self.start("worker")

    def strike(self) -> None:
        """One fault, drawn."""
        fault = self.chance.choice(("kill", "kill", "outage", "half", "lost", "slow", "database"))
        self.done[fault] += 1
        if fault == "kill":
            number = self.chance.randrange(len(self.workers))
            self.workers[number].kill()
            self.workers[number].wait()
            self.workers[number] = self.start("worker")
        elif fault == "database":
            self.server.stop("immediate")
            time.sleep(0.3)
            with suppress(subprocess.TimeoutExpired):  # it goes on recovering; whoever calls it waits
                self.server.start()
        elif fault == "slow":
            self.troubles.slow = self.chance.choice((0.0, 0.02, 0.2))
        else:
            setattr(self.troubles, fault, self.chance.randrange(1, 20))


async def fill(storm: Storm, db: Database, people: int) -> None:
    """People who have withdrawn, in the register and in the outbox."""
    served = Services(Settings(database_url=storm.url), db, load_keys(storm.folder / "secret"))
    op = await builtin_operation(BACKGROUND, served, Registers(db, 0))
    for first in range(0, people, CHUNK):
        await op.write(_people, range(first, min(first + CHUNK, people)))


def _people(connection: Connection, op: Operation, numbers: range) -> None:
    same = {"version": 1, "kind": "subscriber", "created_at": STARTED, "updated_at": STARTED}
    keys = [new_id() for _ in numbers]
    rows = [{"id": k, "audit_key": new_id(), "email": address(n), **same} for k, n in zip(keys, numbers, strict=True)]
    connection.execute(insert(customers), rows)
    of = partial(Notice, "mailchimp", Act.CONSENT_WITHDRAWAL, purposes=("newsletter",), channels=("email",))
    queue(connection, op, (of(customer_id=key) for key in keys))
    connection.execute(update(processors).where(processors.c.code == "mailchimp").values(country="FI"))
    op.audit(connection, "import", "customer")


def address(number: int) -> str:
    """An e-mail address of nobody."""
    return f"person{number}@example.com"


async def open_ones(db: Database) -> int:
    """How many notifications are not verified yet; asked again while the database is away."""
    query = text("SELECT count(*) FROM notifications WHERE state <> 'verified'")
    while True:
        try:
            return int(await db.read(lambda c: c.execute(query).scalar_one()))
        except (Unavailable, OSError):
            await asyncio.sleep(0.2)


async def hurry(db: Database) -> None:
    """What waits for its next try waits no longer: the tests are about what happens, not how long it takes."""
    soon = update(notifications).where(notifications.c.claimed_by.is_(None), notifications.c.next_at > text("now()"))
    while True:
        try:
            await db.write(lambda c: c.execute(soon.values(next_at=text("now()"), attempts=0)))
        except (Unavailable, OSError):
            await asyncio.sleep(0.2)
        else:
            return


@dataclass(frozen=True)
class Result:
    """What came of it."""

    seconds: float
    faults: Counter[str]
    told: Counter[str]
    """By member, how often the vendor was told to unsubscribe."""
    still_subscribed: int
    unexplained: list[str]
    codes: list[int]

    @property
    def repeats(self) -> int:
        """How often the vendor was told what it knew."""
        return sum(self.told.values()) - len(self.told)


async def rage(storm: Storm, people: int, every: float, quiet_below: int) -> Result:
    """Tell everybody while a fault strikes `every` so many seconds; the last `quiet_below` are left in peace."""
    db = open_database(storm.url)
    await fill(storm, db, people)
    storm.troubles.outage = 10_000  # nothing gets through until everybody is at work
    storm.workers = [storm.start("worker") for _ in range(2)]
    api = storm.start("serve", SELOSTE_BACKGROUND="false")
    began = struck = time.monotonic()
    try:
        await storm.up(started=3)
        began, struck = time.monotonic(), 0.0
        storm.troubles.outage = 0
        while left := await open_ones(db):
            await asyncio.sleep(0.2)
            if left > quiet_below and time.monotonic() - struck > every:
                await asyncio.to_thread(storm.strike)
                struck = time.monotonic()
            if left <= quiet_below:
                storm.troubles.slow = 0.0
            storm.revive()
            await hurry(db)
        seconds = time.monotonic() - began
        unexplained = await db.read(_unexplained)
    finally:
        for one in (*storm.workers, api):
            one.terminate()
        codes = [one.wait(60) for one in (*storm.workers, api)]
        codes = [0 if code == -signal.SIGTERM else code for code in codes]  # one that was only starting
        await db.close()
    return Result(seconds, storm.done, _told(storm.account), _left(storm.account), unexplained, codes)


def _told(account: Account) -> Counter[str]:
    patches = (path for method, path, _, body in account.asked if method == "PATCH" and body)
    return Counter(path.rpartition("/")[2] for path in patches)


def _left(account: Account) -> int:
    return sum(member.status != "unsubscribed" for member in account.audiences[AUDIENCE].values())


def _unexplained(connection: Connection) -> list[str]:
    """Verified without an attempt on record, or with an attempt that nobody began."""
    query = text(
        "SELECT n.id FROM notifications n WHERE NOT EXISTS "
        "(SELECT 1 FROM notification_attempts a WHERE a.notification_id = n.id AND a.outcome = 'verified')"
    )
    return [str(row.id) for row in connection.execute(query)]


@contextmanager
def storm_of(people: int, seed: int, nursery: Nursery) -> Iterator[Storm]:
    """A database of its own on a server of its own, and a fake Mailchimp with everybody subscribed."""
    account, troubles = Account(audiences={AUDIENCE: {}}), Troubles()
    for number in range(people):
        account.add(AUDIENCE, address(number))
    with (
        tempfile.TemporaryDirectory(prefix="seloste-storm-") as folder,
        postgres() as server,
        serving(create_app(account, troubles)) as url,
    ):
        place = Path(folder)
        (place / "connectors.yaml").write_text(CONNECTORS.format(url=url, audience=AUDIENCE))
        create_database(server.url, "storm")
        storm = Storm(place, server, account, troubles, random.Random(seed), nursery)
        asyncio.run(build(storm.url))
        yield storm


def main() -> int:
    """Rage, and print what came of it; 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.delivery.storm", description=__doc__)
    parser.add_argument("--notifications", type=int, default=10_000)
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two faults (3)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    with closing(Nursery()) as nursery, storm_of(asked.notifications, asked.seed, nursery) as storm:
        found = asyncio.run(rage(storm, asked.notifications, asked.every, quiet_below=100))
    faults = ", ".join(f"{name} {number}" for name, number in sorted(found.faults.items()))
    lines = (
        f"{asked.notifications} notifications, seed {asked.seed}, {found.seconds:.0f} s; faults: {faults}",
        f"still subscribed at the vendor: {found.still_subscribed}; told twice, without effect: {found.repeats}",
        f"verified without a verified attempt: {len(found.unexplained)}; exit codes: {found.codes}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found.still_subscribed or found.unexplained or any(found.codes) else 0


if __name__ == "__main__":
    sys.exit(main())
