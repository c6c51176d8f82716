"""The facts of a check: one indexed read for everybody asked about, whatever their history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.consents.tables import consent_events, consent_states
from app.customers.repository import grounds_of
from app.customers.suppression import EVERY
from app.customers.tables import (
    bookings,
    customer_references,
    customers,
    purchases,
    restrictions,
    suppression_events,
    suppressions,
)

FACTS = tuple(
    customers.c[name]
    for name in (
        "id",
        "audit_key",
        "kind",
        "erased_at",
        "created_at",
        "last_interaction_at",
        "email_hash",
        "phone_hash",
        "postal_hash",
    )
)
_ADDRESS = case(
    (bindparam("channel") == "email", customers.c.email_hash),
    (bindparam("channel") == "post", customers.c.postal_hash),
    else_=customers.c.phone_hash,
)
_ban = suppressions.alias("ban")
_specific = suppressions.alias("specific")


def _facts() -> Select[Any]:
    """State, suppression and restriction of each person, joined by primary keys."""
    joined = (
        customers.outerjoin(
            consent_states,
            and_(
                consent_states.c.customer_id == customers.c.id,
                consent_states.c.purpose == bindparam("purpose"),
                consent_states.c.channel == bindparam("channel"),
            ),
        )
        .outerjoin(
            _ban,
            and_(_ban.c.address_hash == _ADDRESS, _ban.c.purpose == EVERY, _ban.c.channel == bindparam("channel")),
        )
        .outerjoin(
            _specific,
            and_(
                _specific.c.address_hash == _ADDRESS,
                _specific.c.purpose == bindparam("purpose"),
                _specific.c.channel == bindparam("channel"),
            ),
        )
    )
    return select(
        *FACTS,
        consent_states.c.action,
        consent_states.c.occurred_at,
        consent_states.c.wording_id,
        consent_states.c.wording_version,
        _ban.c.state.label("ban_state"),
        _ban.c.since.label("ban_since"),
        _specific.c.state.label("specific_state"),
        _specific.c.since.label("specific_since"),
        grounds_of(),
        _contract_open().label("contract_open"),
    ).select_from(joined)


def _contract_open() -> ColumnElement[bool]:
    """An order not yet fulfilled or paid, or a booking that lies ahead."""
    p, b = purchases.c, bookings.c
    order = exists().where(
        p.customer_id == customers.c.id, p.cancelled_on.is_(None), or_(p.fulfilled_on.is_(None), p.settled_on.is_(None))
    )
    ahead = exists().where(b.customer_id == customers.c.id, b.state == "booked", b.ends_at > bindparam("at"))
    return or_(order, ahead)


_BY_ONE = _facts().where(customers.c.id == bindparam("id", type_=Uuid()))
_BY_ARRAY = _facts().where(customers.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
_BY_LIST = _facts().where(customers.c.id.in_(bindparam("ids", expanding=True, type_=Uuid())))


def facts(
    connection: Connection, ids: Collection[UUID], purpose: str, channel: str, at: datetime
) -> dict[UUID, Row[Any]]:
    """The present facts of these people, shells too."""
    binds: dict[str, Any] = {"purpose": purpose, "channel": channel, "at": at}
    if not ids:
        return {}
    if len(ids) == 1:
        rows = connection.execute(_BY_ONE, {**binds, "id": next(iter(ids))})
    elif connection.dialect.name == "postgresql":
        rows = connection.execute(_BY_ARRAY, {**binds, "ids": list(ids)})
    else:
        rows = connection.execute(_BY_LIST, {**binds, "ids": list(ids)})
    return {row.id: row for row in rows}


def known_among(connection: Connection, ids: Collection[UUID], systems: Collection[str]) -> set[UUID]:
    """Those to whom one of the systems has a reference."""
    c = customer_references.c
    query = select(c.customer_id).where(c.customer_id.in_(list(ids)), c.system.in_(sorted(systems)))
    return set(connection.execute(query).scalars())


def past_consents(
    connection: Connection, ids: Collection[UUID], purpose: str, at: datetime
) -> dict[UUID, list[Row[Any]]]:
    """Consent events that had occurred and been recorded by `at`, in the order that decides."""
    c = consent_events.c
    rank = case((c.action == "withdrawn", 1), else_=0)
    query = (
        select(consent_events)
        .where(c.customer_id.in_(list(ids)), c.purpose == purpose, c.occurred_at <= at, c.recorded_at <= at)
        .order_by(c.occurred_at, rank, c.recorded_at, c.id)
    )
    found: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.customer_id, []).append(row)
    return found


def past_suppressions(connection: Connection, hashes: Collection[str], at: datetime) -> Sequence[Row[Any]]:
    """Suppression events that had occurred and been recorded by `at`."""
    c = suppression_events.c
    query = select(suppression_events).where(c.address_hash.in_(list(hashes)), c.since <= at, c.recorded_at <= at)
    return connection.execute(query).all() if hashes else []


def past_restrictions(connection: Connection, ids: Collection[UUID], at: datetime) -> dict[UUID, list[Row[Any]]]:
    """Restrictions in force at `at`."""
    c = restrictions.c
    query = select(restrictions).where(
        c.customer_id.in_(list(ids)), c.began_at <= at, or_(c.lifted_at.is_(None), c.lifted_at > at)
    )
    found: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.customer_id, []).append(row)
    return found
