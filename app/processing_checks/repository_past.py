"""The facts of a check as of an instant: what was on record by then, whatever has happened since."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, case, func, literal, or_, select

from app.customers.tables import bookings, deaths, purchases, restrictions
from app.processing_checks.repository import later


def restrictions_at(connection: Connection, ids: Collection[UUID], at: datetime) -> dict[UUID, list[Row[Any]]]:
    """Restrictions in force at `at`."""
    c = restrictions.c
    query: Select[Any] = select(c.customer_id, c.ground, c.began_at).where(
        c.customer_id.in_(list(ids)), c.began_at <= at, or_(c.lifted_at.is_(None), c.lifted_at > at)
    )
    found: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(query.order_by(c.began_at, c.ground)) if ids else ():
        found.setdefault(row.customer_id, []).append(row)
    return found


def deaths_at(connection: Connection, ids: Collection[UUID], at: datetime) -> dict[UUID, datetime]:
    """Since when a death was on record by `at`, also on a report that has been withdrawn since."""
    c = deaths.c
    query = select(c.customer_id, func.min(c.recorded_at)).where(
        c.customer_id.in_(list(ids)), c.recorded_at <= at, or_(c.withdrawn_at.is_(None), c.withdrawn_at > at)
    )
    rows = connection.execute(query.group_by(c.customer_id)) if ids else ()
    return {row[0]: row[1] for row in rows}


def sales(
    connection: Connection, ids: Collection[UUID], groups: Collection[str], at: datetime, day: date
) -> dict[UUID, Row[Any]]:
    """The sale that best supports a soft opt-in for each person: of an advertised product group, with a refusal
    offered, the newest; as recorded by `at` (SVPL 200 §)."""
    c = purchases.c
    advertised = c.product_group.in_(sorted(groups)) if groups else c.product_group.is_not(None)
    best = (
        case((advertised, 0), else_=1),
        case((c.marketing_refusal_offered, 0), else_=1),
        c.purchased_on.desc(),
        c.id.desc(),
    )
    ranked = (
        select(
            *(c.customer_id, c.order_id, c.product_group, c.marketing_refusal_offered),
            func.row_number().over(partition_by=c.customer_id, order_by=best).label("n"),
        )
        .where(
            c.customer_id.in_(list(ids)),
            c.created_at <= at,
            c.purchased_on <= day,
            later(c.cancelled_on, literal(day)),
        )
        .subquery()
    )
    rows = connection.execute(select(ranked).where(ranked.c.n == 1)) if ids else ()
    return {row.customer_id: row for row in rows}


def interactions_by(connection: Connection, ids: Collection[UUID], at: datetime) -> dict[UUID, date]:
    """The day of each person's last purchase or booking among those recorded by `at`."""
    p, b = purchases.c, bookings.c
    bought = select(p.customer_id, func.max(p.purchased_on)).where(p.customer_id.in_(list(ids)), p.created_at <= at)
    booked = select(b.customer_id, func.max(b.created_at)).where(b.customer_id.in_(list(ids)), b.created_at <= at)
    found = {row[0]: row[1] for row in connection.execute(bought.group_by(p.customer_id))}
    for customer_id, instant in connection.execute(booked.group_by(b.customer_id)):
        found[customer_id] = max(instant.date(), found.get(customer_id, instant.date()))
    return found
