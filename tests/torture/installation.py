"""One installation: a database, its key file, and the processes that serve it."""

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests.databases import create_database, drop_database
from tests.nursery import Nursery
from tests.torture.facts import Facts, from_dead_sqlite, from_postgres, from_sqlite
from tests.torture.postgres import until_nobody_works
from tests.torture.wire import Line, Lost, Refused
from tests.worlds import build, checkpoint

PATIENCE = 60.0
SETTINGS = {
    "SELOSTE_EXECUTION_DELAY_HOURS": "0",
    "SELOSTE_BACKGROUND_INTERVAL_SECONDS": "0.1",
    "SELOSTE_LOG_LEVEL": "WARNING",
}


@dataclass
class Installation:
    """A database of one kind; `drop` takes it away."""

    url: str
    folder: Path
    nursery: Nursery
    drop: Callable[[], None]
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        """Which kind it is."""
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.url.removeprefix("sqlite:///"))

    async def facts(self, *, ended: bool) -> Facts:
        """All rows; `ended` when every process has been, whose sessions PostgreSQL must first notice."""
        if self.is_sqlite:
            return from_dead_sqlite(self.file) if ended else from_sqlite(self.file)
        if ended:
            await until_nobody_works(self.url)
        return await from_postgres(self.url)

    def service(self) -> "Service":
        """A process that is not started yet, on a port of its own."""
        return Service(self, free_port())


@dataclass
class Service:
    """A process of `seloste serve`, which keeps its port when it is started again."""

    of: Installation
    port: int
    pid: int = 0
    ended: int | None = 0

    @property
    def log(self) -> Path:
        """What it wrote to stdout and stderr."""
        return self.of.folder / f"serve-{self.port}.log"

    def start(self, **settings: str) -> None:
        """Start it, without waiting until it serves."""
        told = {"DATABASE_URL": self.of.url, "SELOSTE_PORT": str(self.port), **SETTINGS, **self.of.settings, **settings}
        self.pid, self.ended = self.of.nursery.start(told, self.log), None

    async def ready(self) -> None:
        """Wait until it is ready."""
        line, give_up_at = Line(self.port), time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            try:
                if (await line.ask("GET", "/readyz", {})).status == 200:
                    break
            except (Refused, Lost):
                pass
            await asyncio.sleep(0.01)
        else:
            raise AssertionError(f"the service does not serve:\n{self.log.read_text()[-2000:]}")
        await line.close()

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """End it by its process id; its exit code."""
        if self.ended is None:
            os.kill(self.pid, number)
            self.ended = self.of.nursery.wait(self.pid)
        return self.ended

    def complaints(self) -> list[str]:
        """Faults of ours that it logged; a full disk cuts lines short, so none is taken apart."""
        named = [f'"event": "{name}"' for name in ("unexpected", "asyncio")]
        return [line for line in self.log.read_text().splitlines() if any(name in line for name in named)]


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Prepared:
    """A migrated database with the definition, a client for each role and the wordings, to be copied."""

    def __init__(self, place: Path, nursery: Nursery, server_url: str | None) -> None:
        self._place, self.nursery, self._server = place, nursery, server_url
        self._name = f"prepared_{uuid4().hex[:8]}"
        place.mkdir(exist_ok=True)
        if server_url is None:
            asyncio.run(build(f"sqlite:///{place / 'prepared.db'}"))
            checkpoint(place / "prepared.db")
        else:
            asyncio.run(build(create_database(server_url, self._name)))

    def fresh(self, folder: Path | None = None) -> Installation:
        """An installation of its own."""
        name = f"torture_{uuid4().hex[:8]}"
        place = folder or self._place / name
        place.mkdir(exist_ok=True)
        settings = {
            "SELOSTE_SECRET_FILE": str(self._place / "secret"),
            "SELOSTE_LEDGER": str(place / "erasures.ledger"),
        }
        if self._server is None:
            shutil.copyfile(self._place / "prepared.db", place / "seloste.db")
            url = f"sqlite:///{place / 'seloste.db'}"
            return Installation(url, place, self.nursery, lambda: _empty(place), settings)
        server = self._server
        url = create_database(server, name, template=self._name)
        return Installation(url, place, self.nursery, lambda: drop_database(server, name), settings)

    def close(self) -> None:
        """Take the prepared database away."""
        if self._server is not None:
            drop_database(self._server, self._name)


def _empty(place: Path) -> None:
    for path in place.iterdir():
        path.unlink()
