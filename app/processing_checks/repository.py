"""The facts of a check: one indexed read for everybody asked about, whatever their history."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.consents.tables import consent_states
from app.customers.repository import grounds_of
from app.customers.suppression import EVERY
from app.customers.tables import (
    bookings,
    customer_references,
    customers,
    deaths,
    purchases,
    restrictions,
    suppressions,
)
from app.customers.tables_rights import objections
from app.customers.tables_tellings import tellings
from app.db import Instant
from app.policy.vocabulary import Telling

_ABOUT = (
    *("id", "audit_key", "kind", "erased_at", "created_at", "interaction_at", "last_interaction_at"),
    *("email_hash", "phone_hash", "postal_hash"),
)
FACTS = tuple(customers.c[name] for name in _ABOUT)
_ADDRESS = case(
    (bindparam("channel") == "email", customers.c.email_hash),
    (bindparam("channel") == "post", customers.c.postal_hash),
    else_=customers.c.phone_hash,
)
_ban = suppressions.alias("ban")
_specific = suppressions.alias("specific")


def facts_with(grounds: ColumnElement[Any], *, whole: bool = True) -> Select[Any]:
    """State, suppression and restriction of each person, joined by primary keys.

    Not `whole` is for purposes of which neither contracts nor tellings are asked: PostgreSQL begins each part of a
    statement that it does not need as well, which for one person takes as long as the parts that it does.
    """
    return select(
        *FACTS,
        consent_states.c.action,
        consent_states.c.occurred_at,
        consent_states.c.wording_id,
        consent_states.c.wording_version,
        _ban.c.state.label("ban_state"),
        _ban.c.since.label("ban_since"),
        _ban.c.origin.label("ban_origin"),
        _specific.c.state.label("specific_state"),
        _specific.c.since.label("specific_since"),
        grounds,
        (_contract_open() if whole else false()).label("contract_open"),
        _objected().label("objection_since"),
        *((_told(what) if whole else false()).label(f"told_{what}") for what in Telling),
        _deceased_since().label("deceased_since"),
    ).select_from(_joined())


def _joined() -> FromClause:
    """A person with the consent, the ban and the suppression that the question is about."""
    return (
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


def _objected() -> ColumnElement[Any]:
    """Since when the person's objection to the purpose is in force (Art. 21(1))."""
    c = objections.c
    query = select(func.min(c.since, type_=Instant())).where(
        c.customer_id == customers.c.id, c.purpose == bindparam("purpose"), c.ended_at.is_(None)
    )
    return query.correlate(customers).scalar_subquery()


def _deceased_since() -> ColumnElement[Any]:
    """Since when a death is on record, if the report stands."""
    c = deaths.c
    return select(c.recorded_at).where(c.customer_id == customers.c.id, c.withdrawn_at.is_(None)).scalar_subquery()


def _contract_open() -> ColumnElement[bool]:
    """An order not yet fulfilled or paid that day, or a booking that lies ahead, recorded by then."""
    p, b, day = purchases.c, bookings.c, bindparam("day", type_=Date())
    order = exists().where(
        p.customer_id == customers.c.id,
        p.created_at <= bindparam("at", type_=Instant()),
        later(p.cancelled_on, day),
        or_(later(p.fulfilled_on, day), later(p.settled_on, day)),
    )
    ahead = exists().where(
        b.customer_id == customers.c.id,
        b.created_at <= bindparam("at", type_=Instant()),
        b.state == "booked",
        b.ends_at > bindparam("at", type_=Instant()),
    )
    return and_(bindparam("asks_contract", type_=Boolean()), or_(order, ahead))


def _told(what: Telling) -> ColumnElement[bool]:
    """Whether the person had been told of the purpose, or of the right to object to it; asked where it matters."""
    c, at = tellings.c, bindparam("at", type_=Instant())
    told = exists().where(
        c.customer_id == customers.c.id,
        c.what == what.value,
        c.purpose == bindparam("purpose"),
        c.told_at <= at,
        c.recorded_at <= at,
    )
    return and_(bindparam("asks_telling", type_=Boolean()), told)


def dated_ahead(person: Any) -> ColumnElement[bool]:
    """Whether a caller's fast clock dated what stands after the instant asked about."""
    at = bindparam("at", type_=Instant())
    given = and_(person.action == "given", person.occurred_at > at)
    return or_(given, and_(person.specific_state == "lifted", person.specific_since > at))


def grounds_since(dialect: str) -> ColumnElement[Any]:
    """As `grounds_of`, each ground with the instant from which it holds before it."""
    began: ColumnElement[Any] = restrictions.c.began_at
    if dialect == "postgresql":
        began = func.timezone("UTC", began)
    each = cast(began, Text) + " " + restrictions.c.ground
    return (
        select(func.aggregate_strings(each, ","))
        .where(restrictions.c.customer_id == customers.c.id, restrictions.c.lifted_at.is_(None))
        .correlate(customers)
        .scalar_subquery()
        .label("grounds")
    )


def later(column: ColumnElement[Any], day: Any) -> ColumnElement[bool]:
    """Not yet that day."""
    return or_(column.is_(None), column > day)


def by_one(*, whole: bool) -> Select[Any]:
    """The facts of the one person whose id is bound."""
    return facts_with(grounds_of(), whole=whole).where(customers.c.id == bindparam("id", type_=Uuid()))


_FACTS = facts_with(grounds_of())
BY_ONE = by_one(whole=True)
_BY_ARRAY = _FACTS.where(customers.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
_BY_LIST = _FACTS.where(customers.c.id.in_(bindparam("ids", expanding=True, type_=Uuid())))


def facts(connection: Connection, ids: Collection[UUID], binds: Mapping[str, Any]) -> dict[UUID, Row[Any]]:
    """The present facts of these people, shells too; `binds` say what is asked."""
    if not ids:
        return {}
    if len(ids) == 1:
        rows = connection.execute(BY_ONE, {**binds, "id": next(iter(ids))})
    elif connection.dialect.name == "postgresql":
        rows = connection.execute(_BY_ARRAY, {**binds, "ids": list(ids)})
    else:
        rows = connection.execute(_BY_LIST, {**binds, "ids": list(ids)})
    return {row.id: row for row in rows}


def known_among(connection: Connection, ids: Collection[UUID], systems: Collection[str]) -> set[UUID]:
    """Those to whom one of the systems has a reference."""
    c = customer_references.c
    query = select(c.customer_id).where(c.customer_id.in_(list(ids)), c.system.in_(sorted(systems)))
    return set(connection.execute(query).scalars()) if ids else set()


class Restriction(NamedTuple):
    """A restriction in force."""

    ground: str
    began_at: datetime


def restrictions_in(grounds: str, at: datetime) -> list[Restriction]:
    """What `grounds_since` tells of one person, as far as it holds at `at`."""
    told = (one.rpartition(" ") for one in grounds.split(","))
    held = [Restriction(ground, datetime.fromisoformat(began).replace(tzinfo=UTC)) for began, _, ground in told]
    return sorted((one for one in held if one.began_at <= at), key=lambda one: (one.began_at, one.ground))
