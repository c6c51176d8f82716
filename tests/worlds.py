"""The service on a clean database: templates that are made once, and the world of one test."""

import asyncio
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection

from app.auth import repository
from app.auth.schemas import ClientNew
from app.background import SWEEP_EVERY, run_due
from app.consents.repository import add_wording
from app.db import Database, open_database
from app.deps import Services
from app.ledger.follower import Ledger
from app.main import serve_from
from app.migrating import upgrade
from app.processors.service import seed
from app.register.clients import values_of
from app.register.loading import bundled
from app.register.versions import Registers
from app.settings import Settings
from app.subject_requests import leases
from app.sweeping import Report, sweep_all
from tests.databases import Steward, create_database, drop_database, run_apart, sqlite_copy

ROLES = ("webshop", "booking", "mailer", "admin", "accountant", "dpo", "owner")
TOKENS = {role: f"seloste_test-token-of-{role}-0123456789" for role in ROLES}
CLIENTS = {role: UUID(int=100 + number) for number, role in enumerate(ROLES)}
STARTED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday noon in Helsinki."""
KEPT = ("register_versions", "api_clients", "processors", "processor_names", "wordings", "leases")
"""Tables with rows that every test starts from; they are restored from copies, the others are emptied."""
WORDINGS = {"newsletter": "newsletter", "marketing": "marketing", "booking_data": "booking_data"}


@dataclass(frozen=True)
class Template:
    """A prepared database; `fresh` gives a clean one like it."""

    dialect: str
    secret_file: Path
    fresh: Callable[[Path], str]
    drop: Callable[[], None]
    url: str | None = None
    """The one database that all worlds have in turn, on PostgreSQL."""
    opened: WeakKeyDictionary[AbstractEventLoop, Database] = field(default_factory=WeakKeyDictionary)
    """What the worlds of one event loop share of it, since a new session looks up every table again."""

    async def close(self) -> None:
        """Close what the worlds of this event loop shared."""
        if shared := self.opened.pop(asyncio.get_running_loop(), None):
            await shared.close()


def _prepare(connection: Connection, document: str) -> None:
    """Definition, one client per role, and wordings."""
    upgrade(connection)
    Registers(open_nothing(), 0, on_apply=(seed,)).apply(connection, document, STARTED - timedelta(days=400), None)
    for role in ROLES:
        systems = [role] if role in {"webshop", "booking"} else []
        person = role in {"admin", "accountant", "dpo", "owner"}
        new = ClientNew.model_validate(
            {"name": role, "role": role, "systems": systems, "employment": "employee" if person else None}
        )
        repository.add_client(connection, values_of(new, TOKENS[role], STARTED) | {"id": CLIENTS[role]})
    leases.end(connection, "sweep", "the evening before", STARTED, STARTED + SWEEP_EVERY)
    for name, purpose in WORDINGS.items():
        for language, text in (("fi", "Annan luvan."), ("sv", "Jag samtycker."), ("en", "I agree.")):
            add_wording(
                connection,
                {
                    "id": name,
                    "version": 1,
                    "language": language,
                    "purpose": purpose,
                    "text": text,
                    "notice_version": None,
                    "created_at": STARTED,
                },
            )


def open_nothing() -> Any:
    """A database is not needed to apply a definition on an open connection."""
    return None


async def build(url: str) -> None:
    """Migrate an empty database and fill it with what every test starts from."""
    db = open_database(url)
    await db.write(_prepare, bundled())
    await db.close()


def make_sqlite_template(place: Path, secret_file: Path) -> Template:
    """Prepare a SQLite file and copy it for each test."""
    asyncio.run(build(f"sqlite:///{place}"))
    checkpoint(place)
    return Template("sqlite", secret_file, lambda folder: sqlite_copy(place, folder / "seloste.db"), lambda: None)


def checkpoint(place: Path) -> None:
    """Bring all of a SQLite database into its one file."""
    import sqlite3

    connection = sqlite3.connect(place)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def make_postgres_template(server_url: str, secret_file: Path, name: str = "") -> Template:
    """Prepare one PostgreSQL database, of this worker if none is named, and clean it for each test."""
    name = name or f"seloste_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    url = create_database(server_url, name)
    run_apart(build(url))
    steward = Steward(url)
    steward.execute(_COPY)

    def fresh(_: Path) -> str:
        steward.empty_tables(then=_RESTORE)
        return url

    def drop() -> None:
        steward.close()
        drop_database(server_url, name)

    return Template("postgresql", secret_file, fresh, drop, url)


_COPY = "CREATE SCHEMA base; " + "".join(f"CREATE TABLE base.{t} AS SELECT * FROM public.{t}; " for t in KEPT)
_RESTORE = "SET LOCAL session_replication_role = 'replica'; " + "".join(
    f"INSERT INTO public.{t} SELECT * FROM base.{t}; " for t in KEPT
)


@cache
def _settings() -> Settings:
    """What the settings of all worlds share; reading them takes longer than opening a database."""
    return Settings(
        execution_delay_hours=0,
        background=False,
        cache_seconds=0,
        pool_size=20,
        sign_in_failures_per_minute=1_000_000,
    )


def _opened(template: Template, url: str) -> Database:
    """The database of one world."""
    if url != template.url:
        return open_database(url, _settings().pool_size)
    loop = asyncio.get_running_loop()
    if loop not in template.opened:
        template.opened[loop] = open_database(url, _settings().pool_size)
    return template.opened[loop]


@dataclass
class World:
    """The service of one test, its database and its clock."""

    app: FastAPI
    template: Template
    url: str
    now: datetime = STARTED
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        ours = {"database_url": self.url, "secret_file": self.template.secret_file}
        self.settings = _settings().model_copy(update=ours)
        serve_from(self.app, self.settings, _opened(self.template, self.url), lambda: self.now)

    async def close(self) -> None:
        """Leave the database as it is; sessions that the next test can use stay open."""
        if self.db not in self.template.opened.values():
            await self.db.close()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.template.dialect

    @property
    def services(self) -> Services:
        """The services behind the app."""
        found: Services = self.app.state.services
        return found

    @property
    def db(self) -> Database:
        """The database."""
        return self.services.db

    @property
    def registers(self) -> Registers:
        """The definitions the app knows."""
        found: Registers = self.app.state.registers
        return found

    @property
    def ledger(self) -> Ledger:
        """The erasure ledger as the app sees it."""
        found: Ledger = self.app.state.ledger
        return found

    def later(self, **delta: float) -> None:
        """Move the clock forward."""
        self.now += timedelta(**delta)

    async def run_due(self) -> int:
        """Execute what is due, as the background does."""
        return await run_due(self.services, self.registers, self.ledger)

    async def sweep(self) -> Report:
        """Sweep as of the clock's day."""
        return await sweep_all(self.services, self.registers)

    async def rows(self, sql: str, **binds: Any) -> list[Any]:
        """Rows of a query, straight from the database."""
        from sqlalchemy import text

        return await self.db.read(lambda c: list(c.execute(text(sql), binds).all()))


class Caller:
    """Calls the API in a role and says what came back when a status is not as promised."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api

    async def __call__(
        self, role: str, method: str, path: str, json: Any = None, expect: int | None = None, **headers: str
    ) -> Any:
        sent = {"Authorization": f"Bearer {TOKENS[role]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        answer = await self.api.request(method, path, json=json, headers=sent)
        if expect is not None:
            assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
            return answer.json() if answer.content else None
        return answer
