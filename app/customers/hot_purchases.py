"""The hot path of one purchase with its voucher: prepared, on PostgreSQL one statement, audit row included.

It does everything or nothing, and only for the ordinary case. An empty result says that something is out of the
ordinary; `purchases.put_purchase` then goes step by step and explains it. Those steps are what the statement means.
"""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Update,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.audit.repository import guarded_insert
from app.customers.purchases import columns, printed, purchase_out, put_purchase
from app.customers.repository import seen
from app.customers.repository_purchases import settling
from app.customers.schemas_purchases import PurchaseFields, PurchaseOut
from app.customers.tables import customers, purchases, vouchers
from app.db import Instant, Json, Prepared, TextOfId, new_id
from app.register.operation import GUARDS, Operation

_PRINTED = (
    *("customer_id", "order_id", "record", "holder", "corrects", "buyer_name", "buyer_address"),
    *("booked_on", "transaction_on", "currency", "total_minor", "lines"),
)
_VOUCHER = (*_PRINTED, "id", "system", "number", "material", "created_at")
_AS_IN_PURCHASE = {
    **{name: name for name in ("customer_id", "system", "order_id", "booked_on", "currency", "created_at")},
    "transaction_on": "purchased_on",
}
_IF_KEPT_HERE: dict[str, ColumnElement[Any]] = {
    "total_minor": literal_column("0"),
    "lines": literal_column("'[]'", Json),
}
"""What a voucher says as its purchase does, if it is kept here; and what it says otherwise."""
_SETTLED = (purchases.c.id, purchases.c.customer_id, purchases.c.version)
"""What a purchase says once it is settled is what was sent; only these are news."""


def _of_purchase(name: str) -> Any:
    return bindparam(f"purchase_{name}", type_=purchases.c[name].type)


def _of_voucher(name: str) -> Any:
    if name in _AS_IN_PURCHASE:
        return _of_purchase(_AS_IN_PURCHASE[name])
    if name in _IF_KEPT_HERE:
        kept_here = _of_voucher("record") == literal_column("'here'")
        return case((kept_here, _of_purchase(name)), else_=_IF_KEPT_HERE[name])
    return bindparam(f"voucher_{name}", type_=vouchers.c[name].type)


def _chained() -> Select[Any]:
    known = _known().cte("known")
    person = _person("postgresql", known).with_for_update(read=True, key_share=True, of=customers).cte("person")
    own = select(*(_of_purchase(c.name) for c in purchases.c)).select_from(person)
    made = postgresql.insert(purchases).from_select(list(purchases.c.keys()), own)
    purchase = settling(made, purchases, "order_id").returning(*_SETTLED).cte("purchase")
    new = select(*map(_of_voucher, _VOUCHER)).select_from(purchase).where(~exists(select(known.c.id)))
    kept = postgresql.insert(vouchers).from_select(list(_VOUCHER), new)
    voucher = kept.on_conflict_do_nothing().returning(vouchers.c.id).cte("voucher")
    touched = _touching(customers.c.id == purchase.c.customer_id).cte("touched")
    of_it = {"subject_key": person.c.person_key, "entity_id": cast(purchase.c.id, Text)}
    audited = guarded_insert(purchase.c.customer_id == person.c.person_id, **of_it).cte("audited")
    # Another call may take the voucher's number meanwhile: then there is none here, and the division undoes it all.
    whole: ColumnElement[int] = literal_column("1") / (_count(voucher) + _count(known))
    found = select(purchase.c.id, purchase.c.version, *_state_of(known), whole.label("whole"))
    return found.select_from(purchase.outerjoin(known, true())).add_cte(touched, audited)


def _in_turn() -> Sequence[Any]:
    known = _known().subquery("known")
    person = _person("sqlite", known).add_columns(*_state_of(known))
    found = person.select_from(customers.outerjoin(known, true()))
    state = [bindparam(column.name, type_=column.type).label(column.name) for column in _state_of(known)]
    made = sqlite.insert(purchases).values({c.name: _of_purchase(c.name) for c in purchases.c})
    kept = sqlite.insert(vouchers).values({name: _of_voucher(name) for name in _VOUCHER})
    key: ColumnElement[Any] = bindparam("person_key", type_=Uuid())
    return (
        found,
        settling(made, purchases, "order_id").returning(*_SETTLED, *state),
        kept.on_conflict_do_nothing(),
        _touching(customers.c.id == _of_purchase("customer_id")),
        guarded_insert(subject_key=key, entity_id=bindparam("id", type_=TextOfId())),
    )


def _known() -> Select[Any]:
    """The voucher of that number."""
    same = vouchers.c.system == _of_voucher("system"), vouchers.c.number == _of_voucher("number")
    return select(vouchers).where(*same)


def _state_of(known: Any) -> list[ColumnElement[Any]]:
    return [known.c[name].label(f"known_{name}") for name in ("material", "restricted_at", "retain_until")]


def _person(dialect: str, known: Any) -> Select[Any]:
    """The person, where everything is as it ordinarily is."""
    altered = exists(select(known.c.id).where(or_(*_differs(known))))
    return (
        select(customers.c.id.label("person_id"), customers.c.audit_key.label("person_key"))
        .where(customers.c.id == _of_purchase("customer_id"), customers.c.erased_at.is_(None), seen(dialect))
        .where(*GUARDS, ~altered, ~_other_vouchers())
    )


def _touching(whose: ColumnElement[bool]) -> Update:
    touch = bindparam("touch", type_=Instant())
    return update(customers).where(whose, customers.c.last_interaction_at < touch).values(last_interaction_at=touch)


def _differs(known: Any) -> list[ColumnElement[bool]]:
    """A voucher of that number which is not the same, or which the accountant's class has yet to reach."""
    unclassified: ColumnElement[str] = literal_column("'unclassified'")
    return [
        *(known.c[name].is_distinct_from(_of_voucher(name)) for name in _PRINTED),
        and_(known.c.material == unclassified, _of_voucher("material") != unclassified),
    ]


def _other_vouchers() -> ColumnElement[bool]:
    """Whether the order has a voucher of another number, which belongs into the answer.

    Looked for among the person's: with the bare column of the system, PostgreSQL was seen to walk the index of all
    numbers of that system instead, as long as its statistics were of an empty table.
    """
    c = vouchers.alias("other").c
    return exists().where(
        c.customer_id == _of_voucher("customer_id"),
        c.order_id == _of_voucher("order_id"),
        c.system.concat(literal_column("''")) == _of_voucher("system"),
        c.number != _of_voucher("number"),
    )


def _count(rows: Any) -> Any:
    return select(func.count()).select_from(rows).scalar_subquery()


_PUT = Prepared(_chained(), _in_turn())


async def put(
    op: Operation, customer_id: UUID, system: str, order_id: str, sent: PurchaseFields, if_match: str | None
) -> tuple[PurchaseOut, bool]:
    """Insert or update a purchase and take its voucher; True when it was made."""
    if if_match is None and _is_ordinary(op, system, sent):
        own, voucher = _rows(op, customer_id, system, order_id, sent)
        binds = {f"purchase_{name}": value for name, value in own.items()}
        binds |= {f"voucher_{name}": value for name, value in voucher.items()}
        binds |= {"systems": list(op.actor.systems), "sees_all": op.actor.sees_all}
        touch = min(op.start_of(sent.purchased_on), op.at)
        for row in await op.fetch(_PUT, op.event("put", "purchase"), touch=touch, **binds):
            settled: Any = SimpleNamespace(**own | {"version": row.version})
            return purchase_out(settled, [_kept(voucher, row)]), row.id == own["id"]
    return await op.write(put_purchase, customer_id, system, order_id, sent, if_match)


def _is_ordinary(op: Operation, system: str, sent: PurchaseFields) -> bool:
    owned = op.actor.sees_all or system in op.actor.systems
    past = max(sent.purchased_on, sent.booked_on) <= op.today + timedelta(days=1)
    return owned and past and "purchases" in op.definition.records and sent.voucher.corrects is None


def _rows(
    op: Operation, customer_id: UUID, system: str, order_id: str, sent: PurchaseFields
) -> tuple[dict[str, Any], dict[str, Any]]:
    shared = {"customer_id": customer_id, "system": system, "order_id": order_id, "created_at": op.at}
    purchase = {**shared, "id": new_id(), "version": 1, "updated_at": op.at, **columns(sent)}
    voucher = {**shared, "id": new_id(), "number": sent.voucher.number, "material": sent.voucher.material}
    return purchase, voucher | printed(customer_id, order_id, sent)


def _kept(sent: dict[str, Any], row: Any) -> Any:
    """The voucher as it is kept now: just taken, or known before with the same content."""
    material = row.known_material or sent["material"]
    now = {"material": material, "restricted_at": row.known_restricted_at}
    now["retain_until"] = row.known_retain_until
    return SimpleNamespace(**sent | now)
