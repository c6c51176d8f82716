"""Tellings in the database."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from app.customers.repository import upsert_into
from app.customers.tables import customers
from app.customers.tables_tellings import tellings
from app.register.tables import notice_versions


def living(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the people who have not been erased, locked against it until the transaction ends."""
    c = customers.c
    query = select(c.id).where(c.id.in_(sorted(set(ids))), c.erased_at.is_(None)).order_by(c.id)
    return set(connection.execute(query.with_for_update(read=True, key_share=True)).scalars())


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Insert what is new; whom it is about. The first telling of a version stands."""
    if not rows:
        return set()
    statement = upsert_into(connection, tellings).values(rows).on_conflict_do_nothing()
    return set(connection.execute(statement.returning(tellings.c.customer_id)).scalars())


def notice_exists(connection: Connection, number: int) -> bool:
    """Whether that version of the notice has been published."""
    query = select(notice_versions.c.version).where(notice_versions.c.version == number)
    return connection.execute(query).first() is not None


def after(connection: Connection, customer_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """What one person has been told, in the order in which it was recorded."""
    c = tellings.c
    query = select(tellings).where(c.customer_id == customer_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()
