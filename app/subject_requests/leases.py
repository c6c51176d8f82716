"""Leases: one process does a piece of background work; after a crash the lease runs out and passes on."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from app.customers.repository import upsert_into
from app.subject_requests.tables import leases


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
