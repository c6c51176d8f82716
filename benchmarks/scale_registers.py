"""Generated registers of several sizes, each with a served API and clients to call it."""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from app.auth import repository as clients
from app.auth.schemas import ClientNew
from app.consents.repository import add_wording
from app.db import open_database
from app.migrating import upgrade
from app.processors.service import seed as seed_processors
from app.register.clients import values_of
from app.register.loading import bundled
from app.register.versions import Registers
from benchmarks.databases import database, execute
from benchmarks.servers import Server, serving

ROLES = ("webshop", "mailer", "admin", "accountant", "dpo")
TOKENS = {role: f"seloste_benchmark-token-of-{role}-0123456789" for role in ROLES}
SELOSTE = [sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())"]


@dataclass(frozen=True, slots=True)
class Register:
    """A generated register: what it cost to make, and how large it is."""

    dialect: str
    customers: int
    url: str
    secret_file: Path
    seconds: float
    cpu_seconds: float
    megabytes: float


def made(dialect: str, customers: int, place: Path, server: str, *options: str) -> Register:
    """Make one: migrate, apply the definition, add clients, `seloste seed`."""
    name, secret_file = f"scale_{customers}", place / "seloste.secret"
    url = f"sqlite:///{place / name}.db"
    if dialect == "postgresql":
        execute(server, f"CREATE DATABASE {name}")
        url = database(server, name)
    asyncio.run(found(url))
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run(url, secret_file, "seed", "--customers", str(customers), *options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Register(dialect, customers, url, secret_file, time.monotonic() - began, cpu, megabytes(url))


def run(url: str, secret_file: Path, *command: str) -> str:
    """What a command of `seloste` printed; raises when it failed."""
    settings = {**os.environ, "DATABASE_URL": url, "SELOSTE_SECRET_FILE": str(secret_file)}
    done = subprocess.run([*SELOSTE, *command], env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"seloste {' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


async def found(url: str, *more: Callable[[Connection], None]) -> None:
    """Migrate, apply the definition, add clients, and what else there is to do."""
    db = open_database(url)
    for work in (_prepare, *more):
        await db.write(work)
    await db.close()


def wording(connection: Connection) -> None:
    """The words under which a newsletter is consented to, named as `seloste seed` names them."""
    words = {"id": "newsletter_seed", "version": 1, "language": "fi", "purpose": "newsletter", "text": "Annan luvan."}
    add_wording(connection, {**words, "notice_version": None, "created_at": datetime.now(UTC)})


def _prepare(connection: Connection) -> None:
    now = datetime.now(UTC)
    upgrade(connection)
    Registers(None, 0, on_apply=(seed_processors,)).apply(connection, bundled(), now, None)  # type: ignore[arg-type] # it is given the connection
    for role in ROLES:
        systems = ["webshop"] if role == "webshop" else []
        employment = None if role in {"webshop", "mailer"} else "employee"
        new = ClientNew.model_validate({"name": role, "role": role, "systems": systems, "employment": employment})
        clients.add_client(connection, values_of(new, TOKENS[role], now))


def megabytes(url: str) -> float:
    """What the database takes on disk."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*")) / 2**20
    return int(execute(url, "SELECT pg_database_size(current_database())")) / 2**20


@contextmanager
def served(register: Register, place: Path) -> Iterator[tuple[Server, float]]:
    """The service on it, without its background work; and the seconds it took to start."""
    began = time.monotonic()
    log = place / f"scale-{register.dialect}-{register.customers}.log"
    with serving(register.url, register.secret_file, log, SELOSTE_BACKGROUND="false") as server:
        yield server, time.monotonic() - began
