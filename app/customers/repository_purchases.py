"""Purchases, vouchers and bookings in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Table, case, or_, select, update

from app.customers.repository import upsert_into
from app.customers.tables import bookings, purchases, vouchers
from app.db import new_id

Made = tuple[Row[Any] | None, bool]
"""A row after an upsert, and whether it is new; no row when the key is another customer's."""


def store_purchase(connection: Connection, values: dict[str, Any]) -> Made:
    """Insert or update by (customer, system, order); an unchanged repeat keeps its version."""
    return _store(connection, purchases, "order_id", values)


def store_booking(connection: Connection, values: dict[str, Any]) -> Made:
    """The same for a booking."""
    return _store(connection, bookings, "booking_id", values)


def _store(connection: Connection, table: Any, key: str, values: dict[str, Any]) -> Made:
    made = {**values, "id": new_id(), "version": 1, "created_at": values["updated_at"]}
    statement = settling(upsert_into(connection, table).values(**made), table, key)
    row = connection.execute(statement.returning(table)).first()
    return row, row is not None and row.id == made["id"]


def settling(statement: Any, table: Any, key: str) -> Any:
    """The insert of a purchase or booking, made an update of what has its key; a repeat keeps its version."""
    fixed = {"id", "version", "created_at", "updated_at", "customer_id", "system", key}
    new = {c.name: getattr(statement.excluded, c.name) for c in table.c if c.name not in fixed}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in new.items()))
    return statement.on_conflict_do_update(
        index_elements=["system", key],
        set_={
            **new,
            "version": table.c.version + case((differs, 1), else_=0),
            "updated_at": case((differs, statement.excluded.updated_at), else_=table.c.updated_at),
        },
        where=table.c.customer_id == statement.excluded.customer_id,
    )


def purchases_of(
    connection: Connection,
    customer_id: UUID,
    systems: Collection[str] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """A person's purchases in the order they came, optionally only of some systems."""
    return _owned(connection, purchases, customer_id, systems, after, limit)


def _owned(
    connection: Connection,
    table: Any,
    customer_id: UUID,
    systems: Collection[str] | None,
    after: UUID | None,
    limit: int | None,
) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.customer_id == customer_id).order_by(table.c.id).limit(limit)
    if systems is not None:
        query = query.where(table.c.system.in_(sorted(systems)))
    if after is not None:
        query = query.where(table.c.id > after)
    return connection.execute(query).all()


def lock_purchase(connection: Connection, customer_id: UUID, system: str, order_id: str) -> Row[Any] | None:
    """One purchase, locked against other writers until the transaction ends."""
    c = purchases.c
    query = select(purchases).where(c.customer_id == customer_id, c.system == system, c.order_id == order_id)
    return connection.execute(query.with_for_update()).first()


def store_voucher(connection: Connection, values: dict[str, Any]) -> Row[Any]:
    """Insert the voucher, or answer the one that has its number."""
    statement = upsert_into(connection, vouchers).values(id=new_id(), **values).on_conflict_do_nothing()
    connection.execute(statement)
    return connection.execute(
        select(vouchers).where(vouchers.c.system == values["system"], vouchers.c.number == values["number"])
    ).one()


def vouchers_of(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """A person's vouchers, in the order they came."""
    query = select(vouchers).where(vouchers.c.customer_id == customer_id).order_by(vouchers.c.id)
    return connection.execute(query).all()


def printed_vouchers(connection: Connection, ids: Collection[UUID]) -> dict[str, Row[Any]]:
    """Number and day of vouchers, by the name of their holding."""
    c = vouchers.c
    query: Select[Any] = select(c.id, c.number, c.booked_on).where(c.id.in_(list(ids)))
    rows: Sequence[Row[Any]] = connection.execute(query).all() if ids else ()
    return {f"voucher:{row.id}": row for row in rows}


_JUDGED = {
    purchases: ("id", "system", "order_id", "fulfilled_on", "cancelled_on", "settled_on", "created_at"),
    vouchers: (
        *("id", "record", "holder", "material", "buyer_name", "booked_on", "transaction_on"),
        *("restricted_at", "retain_until", "created_at"),
    ),
}


def to_judge(connection: Connection, table: Table, customer_id: UUID) -> Sequence[Row[Any]]:
    """A person's purchases or vouchers, in the order they came: of each only what an erasure is judged by."""
    c = table.c
    query = select(*(c[name] for name in _JUDGED[table])).where(c.customer_id == customer_id).order_by(c.id)
    return connection.execute(query).all()


def voucher(connection: Connection, system: str, number: str) -> Row[Any] | None:
    """One voucher by its number, restricted ones included."""
    query = select(vouchers).where(vouchers.c.system == system, vouchers.c.number == number)
    return connection.execute(query).first()


def list_vouchers(
    connection: Connection, materials: Collection[str] | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Vouchers by id, optionally only of some classes of material."""
    query = select(vouchers).order_by(vouchers.c.id).limit(limit)
    if materials is not None:
        query = query.where(vouchers.c.material.in_(list(materials)))
    if after is not None:
        query = query.where(vouchers.c.id > after)
    return connection.execute(query).all()


def classify(connection: Connection, voucher_id: UUID, material: str, by: UUID, at: datetime) -> None:
    """Record the accountant's class."""
    connection.execute(
        update(vouchers)
        .where(vouchers.c.id == voucher_id)
        .values(material=material, classified_by=by, classified_at=at)
    )


def bookings_of(
    connection: Connection,
    customer_id: UUID,
    systems: Collection[str] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """A person's bookings in the order they came, optionally only of some systems."""
    return _owned(connection, bookings, customer_id, systems, after, limit)
