"""Contested values, objections and restrictions in the database."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from app.customers.tables import customer_proposals, restrictions
from app.customers.tables_rights import objections, rectifications
from app.db import new_id


def contest(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Record contested values."""
    values = [{"id": new_id(), **row} for row in rows]
    if values:
        connection.execute(insert(rectifications), values)


def contested(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """The contested values of a request, in their order."""
    c = rectifications.c
    return connection.execute(select(rectifications).where(c.request_id == request_id).order_by(c.id)).all()


def contested_by(connection: Connection, customer_id: UUID, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """All that was ever contested about a person's record, oldest first."""
    c = rectifications.c
    query = select(rectifications).where(c.customer_id == customer_id).order_by(c.id)
    if after is not None:
        query = query.where(c.id > after)
    return connection.execute(query.limit(limit)).all()


def change_contested(connection: Connection, row_id: UUID, values: dict[str, Any]) -> None:
    """Change one contested value."""
    connection.execute(update(rectifications).where(rectifications.c.id == row_id).values(**values))


def forget_contested(connection: Connection, request_id: UUID) -> None:
    """Take back what a request contested, before anything has been settled."""
    connection.execute(delete(rectifications).where(rectifications.c.request_id == request_id))


def object_to(
    connection: Connection,
    customer_id: UUID,
    request_id: UUID,
    purposes: Collection[str],
    since: datetime,
    at: datetime,
) -> None:
    """Record the objection of a request to each purpose, once."""
    held = {row.purpose for row in objections_of(connection, request_id) if row.customer_id == customer_id}
    common = {"customer_id": customer_id, "request_id": request_id, "since": since, "recorded_at": at}
    rows = [{"id": new_id(), **common, "purpose": p, "state": "pending"} for p in sorted({*purposes} - held)]
    if rows:
        connection.execute(insert(objections), rows)


def objections_of(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """The objections of a request, by purpose."""
    c = objections.c
    return connection.execute(select(objections).where(c.request_id == request_id).order_by(c.purpose, c.id)).all()


def settle_objection(connection: Connection, row_id: UUID, state: str, ended_at: datetime | None) -> None:
    """Bring one objection into a state."""
    connection.execute(update(objections).where(objections.c.id == row_id).values(state=state, ended_at=ended_at))


def objections_upheld(connection: Connection, customer_id: UUID) -> list[str]:
    """The purposes that have stopped for the person because an objection was upheld."""
    c = objections.c
    query = select(c.purpose).where(c.customer_id == customer_id, c.ended_at.is_(None), c.state == "upheld")
    return list(connection.execute(query).scalars())


def objected_by(
    connection: Connection, customer_ids: Collection[UUID], purpose: str, at: datetime
) -> dict[UUID, datetime]:
    """Since when each of these people had objected to the purpose, as it was recorded and in force at `at`."""
    c = objections.c
    query = select(c.customer_id, c.since).where(
        c.customer_id.in_(list(customer_ids)),
        c.purpose == purpose,
        c.recorded_at <= at,
        or_(c.ended_at.is_(None), c.ended_at > at),
    )
    found: dict[UUID, datetime] = {}
    for row in connection.execute(query) if customer_ids else ():
        found[row.customer_id] = min(row.since, found.get(row.customer_id, row.since))
    return found


def restrictions_of_request(connection: Connection, request_id: UUID, customer_id: UUID) -> Sequence[Row[Any]]:
    """The restrictions that a request brought about, oldest first."""
    c = restrictions.c
    query = select(restrictions).where(c.customer_id == customer_id, c.request_id == request_id)
    return connection.execute(query.order_by(c.began_at, c.id)).all()


def standing_grounds(connection: Connection, customer_id: UUID, but: UUID | None) -> list[str]:
    """The grounds in force for a person, except those of one request."""
    c = restrictions.c
    query = select(c.ground).where(c.customer_id == customer_id, c.lifted_at.is_(None))
    if but is not None:
        query = query.where(or_(c.request_id.is_(None), c.request_id != but))
    return list(connection.execute(query).scalars())


def end_restriction(connection: Connection, row_id: UUID, values: dict[str, Any]) -> None:
    """Lift one restriction, with what is to be remembered of it."""
    connection.execute(update(restrictions).where(restrictions.c.id == row_id).values(**values))


def proposal(connection: Connection, customer_id: UUID, proposal_id: UUID) -> Row[Any] | None:
    """One proposal of a person's, locked until the transaction ends."""
    c = customer_proposals.c
    query = select(customer_proposals).where(c.customer_id == customer_id, c.id == proposal_id)
    return connection.execute(query.with_for_update()).first()


def forget_proposal(connection: Connection, proposal_id: UUID) -> None:
    """Delete a proposal that has been accepted or dismissed."""
    connection.execute(delete(customer_proposals).where(customer_proposals.c.id == proposal_id))


def forget_attributes(connection: Connection, customer_id: UUID, names: Collection[str]) -> None:
    """Delete every version of extra fields that was contested about a person, or waits as a proposal."""
    c, p = rectifications.c, customer_proposals.c
    about = [f"attributes.{name}" for name in names]
    connection.execute(delete(rectifications).where(c.customer_id == customer_id, c.about.in_(about)))
    for row in connection.execute(select(p.id, p.proposed).where(p.customer_id == customer_id)).all():
        waiting = row.proposed.get("attributes") or {}
        left = {name: value for name, value in waiting.items() if name not in names}
        if left == waiting:
            continue
        rest = {column: value for column, value in row.proposed.items() if column != "attributes"}
        rest |= {"attributes": left} if left else {}
        if rest:
            connection.execute(update(customer_proposals).where(p.id == row.id).values(proposed=rest))
        else:
            forget_proposal(connection, row.id)
