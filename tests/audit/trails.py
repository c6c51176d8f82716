"""Audit rows as the service would leave them, made directly, and their seals."""

import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, text

from app.audit.checking import verify_database
from app.audit.exporting import export
from app.audit.sealing import LOOK_BACK, seal_all
from app.audit.seals import PublicKeys, Seal, Signer
from app.audit.tables import audit_events, audit_subjects
from app.audit.verifying import Verifier
from app.db import Database
from app.keys import Keys
from tests.worlds import World

KEYS = Keys("k1", b"0" * 32)
STARTED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ALL = UUID(int=2**128 - 1)


def event(n: int, at: datetime, **columns: Any) -> dict[str, Any]:
    """A row whose identifier was made at that instant."""
    return {
        "id": UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | n),
        "at": at,
        "client_id": UUID(int=9),
        "role": "webshop",
        "purpose": "customer_relationship",
        "action": "read",
        "outcome": "done",
        "entity": "customer",
        "entity_id": str(uuid4()) if n % 3 else None,
        "subject_key": uuid4() if n % 4 else None,
        "register_version": 1,
        "details": {"found": n, "as": "ä\n"} if n % 5 == 0 else None,
        **columns,
    }


def insert_rows(connection: Connection, events: Sequence[dict[str, Any]], named: int = 7) -> None:
    """Write rows; every seventh names three people."""
    connection.execute(insert(audit_events), list(events))
    keys = [{"audit_key": uuid4(), "event_id": one["id"]} for one in events[::named] for _ in range(3)]
    connection.execute(insert(audit_subjects), keys)


async def seal(db: Database, now: datetime, keys: Keys = KEYS, look_back: timedelta = LOOK_BACK) -> tuple[Seal, int]:
    """Seal every row there is."""
    last, rows = await seal_all(db, Signer(keys), now, ALL, look_back=look_back)
    assert last is not None
    return last, rows


async def made(db: Database, rows: int, per_day: int = 10) -> Seal:
    """A trail of several days, each sealed at its end."""
    last: Seal | None = None
    for start in range(0, rows, per_day):
        day = STARTED + timedelta(days=start // per_day)
        events = [event(n, day + timedelta(minutes=n - start)) for n in range(start, min(rows, start + per_day))]
        await db.write(insert_rows, events)
        last, _ = await seal(db, day + timedelta(hours=8))
    assert last is not None
    return last


async def checked(db: Database, expect: str | None = None, keys: Keys = KEYS) -> Verifier:
    """What a verification of the database finds."""
    verifier = Verifier(PublicKeys([Signer(keys).public]), expect)
    await verify_database(db, verifier)
    return verifier


async def exported(db: Database, keys: Keys = KEYS) -> list[bytes]:
    """The lines of an export."""
    file = io.BytesIO()
    await export(db, Signer(keys).public, STARTED, file)
    return file.getvalue().splitlines(keepends=True)


async def by_force(world: World, *statements: str, **binds: Any) -> int:
    """What a database administrator can do: change rows whatever the triggers say; how many were changed."""

    def change(connection: Connection) -> int:
        connection.execute(text("SET LOCAL session_replication_role = 'replica'"))
        return sum(connection.execute(text(statement), binds).rowcount for statement in statements)

    if world.dialect == "postgresql":
        return await world.db.write(change)
    with closing(sqlite3.connect(world.url.removeprefix("sqlite:///"))) as file, file:
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        return sum(file.execute(statement, binds).rowcount for statement in statements)
