"""A PostgreSQL of our own with its default durability, which is stopped and started under load."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg

from tests.databases import postgres_of

Manner = Literal["fast", "immediate"]
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
PATIENCE = 30.0


class Postgres:
    """One server out of the wheel."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._server: Any = postgres_of(data)
        self._server.ensure_postgres_running()
        self.url: str = self._server.get_uri().replace(":@", "@")

    def stop(self, manner: Manner) -> None:
        """Stop the server by its process id: `fast` ends its sessions, `immediate` is a crash."""
        pid_file = self._data / "postmaster.pid"
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, SIGNALS[manner])
        give_up_at = time.monotonic() + PATIENCE
        while _lives(pid) and time.monotonic() < give_up_at:
            time.sleep(0.01)
        pid_file.unlink(missing_ok=True)  # a crash leaves it behind

    def start(self) -> None:
        """Start again, with recovery if it crashed."""
        self._server.ensure_postgres_running()

    def database(self, name: str) -> str:
        """The address of one database."""
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server in a folder of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="seloste-torture-"))
    folder.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    try:
        server = Postgres(folder / "data")
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def until_nobody_works(url: str) -> None:
    """Wait until the server has ended the sessions of a killed process, so that what is read is final."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    connection = await asyncpg.connect(url)
    try:
        for _ in range(int(PATIENCE / 0.02)):
            if not await connection.fetchval(others):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("sessions of an ended process stay")
    finally:
        await connection.close()
