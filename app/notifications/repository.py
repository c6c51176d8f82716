"""The outbox in the database: those of a case, of a person, those that are due."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Uuid, bindparam, delete, func, insert, select, update

from app.customers.tables import purchases
from app.db import one_of
from app.keys import Keys
from app.notifications.queueing import bound
from app.notifications.tables import notification_attempts, notifications
from app.policy.notifications import CLOSED, Progress
from app.sealing import unsealed

_CLOSED = sorted(CLOSED)
DESTROYED = {"wrapped_key": None, "sealed": None, "claimed_by": None, "next_at": None}
"""What a notification that closes no longer holds: nobody can open it any more, and no worker takes it up."""


def of_request(connection: Connection, request_id: UUID) -> Sequence[Row[Any]]:
    """All notifications of a case, by recipient."""
    c = notifications.c
    return connection.execute(select(notifications).where(c.request_id == request_id).order_by(c.recipient, c.id)).all()


def find(connection: Connection, notification_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """One notification."""
    query = select(notifications).where(notifications.c.id == notification_id)
    return connection.execute(query.with_for_update() if lock else query).first()


def sent_as(connection: Connection, recipient: str, reference: str) -> Row[Any] | None:
    """The one that this recipient knows by its own reference, if it waits for an answer and no worker is at it."""
    c = notifications.c
    query = select(notifications).where(c.reference == reference, c.recipient == recipient)
    waits = query.where(c.state == Progress.SENT.value, c.claimed_by.is_(None))
    return connection.execute(waits.with_for_update()).first()


def content_of(keys: Keys, row: Row[Any]) -> dict[str, Any] | None:
    """What is sealed in it; None when nothing is, or no longer."""
    return unsealed(keys, bound(row.request_id or row.id, row.recipient), row.wrapped_key, row.sealed)


def change(connection: Connection, notification_id: UUID, values: Mapping[str, Any]) -> None:
    """Change one."""
    connection.execute(update(notifications).where(notifications.c.id == notification_id).values(**values))


def close(connection: Connection, notification_id: UUID, state: Progress, at: datetime, **said: Any) -> None:
    """Close it and destroy what is sealed in it."""
    change(connection, notification_id, {**DESTROYED, "state": state.value, "closed_at": at, **said})


def supersede(connection: Connection, customer_id: UUID, reason: str, at: datetime) -> None:
    """Excuse what is open about an erased person and rests on the record that has gone."""
    c = notifications.c
    open_ = update(notifications).where(c.customer_id == customer_id, c.state.not_in(_CLOSED), c.sealed.is_(None))
    closing = {**DESTROYED, "state": Progress.EXCUSED.value, "closed_at": at, "reason": reason}
    connection.execute(open_.values(**closing))


def forget_loose(connection: Connection, customer_id: UUID) -> None:
    """Delete an erased person's closed notifications that belong to no case: their proof goes with the person."""
    c = notifications.c
    loose = select(c.id).where(c.customer_id == customer_id, c.request_id.is_(None), c.state.in_(_CLOSED))
    forget(connection, list(connection.execute(loose).scalars()))


def forget_of_requests(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Delete those of these cases."""
    query = select(notifications.c.id).where(notifications.c.request_id.in_(list(request_ids)))
    forget(connection, list(connection.execute(query).scalars()))


def loose_before(connection: Connection, limit: datetime, most: int) -> list[UUID]:
    """Those that belong to no case and were closed before the instant."""
    c = notifications.c
    old = select(c.id).where(c.request_id.is_(None), c.state.in_(_CLOSED), c.closed_at < limit)
    return list(connection.execute(old.order_by(c.id).limit(most)).scalars())


def forget(connection: Connection, ids: Collection[UUID]) -> None:
    """Delete these, with their attempts."""
    if ids:
        connection.execute(delete(notification_attempts).where(notification_attempts.c.notification_id.in_(ids)))
        connection.execute(delete(notifications).where(notifications.c.id.in_(ids)))


def waiting_for(connection: Connection, request_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many recipients each of these cases still waits for; those that wait for none are left out."""
    c = notifications.c
    query = select(c.request_id, func.count()).where(c.request_id.in_(list(request_ids)), c.state.not_in(_CLOSED))
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.request_id))}


def attempts_of(connection: Connection, notification_id: UUID) -> Sequence[Row[Any]]:
    """The attempts to deliver it, oldest first."""
    c = notification_attempts.c
    query = select(notification_attempts).where(c.notification_id == notification_id).order_by(c.id)
    return connection.execute(query).all()


def add_attempts(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write that something is about to leave."""
    if rows:
        connection.execute(insert(notification_attempts), list(rows))


def orders_by_provider(connection: Connection, customer_id: UUID) -> dict[str, list[str]]:
    """The ids of a person's orders by the provider through which each was paid, in small letters."""
    c = purchases.c
    provider = func.lower(c.payment_provider).label("provider")
    query = select(provider, c.order_id).where(c.customer_id == customer_id, c.payment_provider.is_not(None))
    found: dict[str, list[str]] = {}
    for row in connection.execute(query.order_by(c.order_id)):
        found.setdefault(row.provider, []).append(row.order_id)
    return found


def orders_paid_through(connection: Connection, customer_ids: Sequence[UUID], recipient: str) -> dict[UUID, list[str]]:
    """The ids of these people's orders that were paid through this provider; it may know them by nothing else."""
    c = purchases.c
    query = select(c.customer_id, c.order_id).where(
        one_of(connection, c.customer_id, customer_ids), func.lower(c.payment_provider) == recipient
    )
    found: dict[UUID, list[str]] = {}
    for row in connection.execute(query.order_by(c.order_id)) if customer_ids else ():
        found.setdefault(row.customer_id, []).append(row.order_id)
    return found


def change_each(connection: Connection, changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Change many, each by itself, with one statement for those of whom the same columns change."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, values in sorted(changes.items()):
        alike.setdefault(tuple(sorted(values)), []).append({"key": key, **{f"new_{n}": v for n, v in values.items()}})
    c = notifications.c
    for columns, rows in alike.items():
        new = {name: bindparam(f"new_{name}", type_=c[name].type) for name in columns}
        connection.execute(update(notifications).where(c.id == bindparam("key", type_=Uuid())).values(new), rows)
