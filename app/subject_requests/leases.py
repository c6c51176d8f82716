"""Leases: one process does a piece of background work; after a crash the lease runs out and passes on."""

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from app.customers.repository import upsert_into
from app.subject_requests.tables import leases


def own_name() -> str:
    """How this process signs its leases: two on one machine are two holders, and so are a process and its fork."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def take_lease(connection: Connection, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take the lease unless somebody holds it still."""
    row = {"name": name, "holder": holder, "until": now + length}
    statement = upsert_into(connection, leases).values(**row)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": statement.excluded.holder, "until": statement.excluded.until},
        where=leases.c.until <= now,
    )
    return connection.execute(statement).rowcount == 1


def give_back(connection: Connection, name: str, holder: str) -> None:
    """End a lease before its time, so that the next piece of work need not wait for it."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def is_free(connection: Connection, name: str, now: datetime) -> bool:
    """Whether nobody holds the lease now."""
    held = select(leases.c.name).where(leases.c.name == name, leases.c.until > now)
    return connection.execute(held).first() is None


def keep_lease(connection: Connection, name: str, holder: str, until: datetime) -> bool:
    """Hold on to a lease; False when it has run out meanwhile and another process has it."""
    mine = update(leases).where(leases.c.name == name, leases.c.holder == holder)
    return connection.execute(mine.values(until=until)).rowcount == 1


def begin(connection: Connection, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Begin a piece of work that is done once in a while: whoever does it holds a short lease of its own meanwhile.

    The lease of the name itself is taken when all of it is done (`end`), so that what a crash cut short is due still.
    """
    if not is_free(connection, name, now) or not take_lease(connection, running(name), holder, now, length):
        return False
    if is_free(connection, name, now):
        return True
    give_back(connection, running(name), holder)  # it was done while we waited for the row
    return False


def end(connection: Connection, name: str, holder: str, now: datetime, until: datetime) -> None:
    """All of it is done; it is due again at `until`."""
    take_lease(connection, name, holder, now, until - now)
    give_back(connection, running(name), holder)


def running(name: str) -> str:
    """The lease of who is at it."""
    return f"{name}:running"
