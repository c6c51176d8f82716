"""The hot path of one purchase with its voucher: one statement on PostgreSQL, audit row included.

It does everything or nothing, and only for the ordinary case. An empty result says that something is out of the
ordinary; `purchases.put_purchase` then goes step by step and explains it. Those steps are what the statement means.
"""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, bindparam, cast, exists, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.repository import guarded_insert
from app.customers.purchases import columns, printed, purchase_out, put_purchase
from app.customers.repository import seen
from app.customers.repository_purchases import settling
from app.customers.schemas_purchases import PurchaseFields, PurchaseOut
from app.customers.tables import customers, purchases, vouchers
from app.db import Prepared, new_id
from app.register.operation import GUARDS, Operation

_PRINTED = (
    *("customer_id", "order_id", "record", "holder", "corrects", "buyer_name", "buyer_address"),
    *("booked_on", "transaction_on", "currency", "total_minor", "lines"),
)
_VOUCHER = (*_PRINTED, "id", "system", "number", "material", "created_at")


def _bind(table: Any, name: str, prefix: str) -> Any:
    return bindparam(f"{prefix}_{name}", type_=table.c[name].type)


def _statement() -> Prepared:
    v = vouchers.c
    known = (
        select(vouchers)
        .where(v.system == _bind(vouchers, "system", "voucher"), v.number == _bind(vouchers, "number", "voucher"))
        .cte("known")
    )
    person = (
        select(customers.c.id, customers.c.audit_key)
        .where(customers.c.id == _bind(purchases, "customer_id", "purchase"), customers.c.erased_at.is_(None), seen())
        .where(*GUARDS, ~exists().where(or_(*_differs(known))), ~_other_vouchers())
        .with_for_update(read=True, key_share=True, of=customers)
        .cte("person")
    )
    own = [_bind(purchases, c.name, "purchase").label(c.name) for c in purchases.c]
    made = insert(purchases).from_select([c.name for c in purchases.c], select(*own).select_from(person))
    purchase = settling(made, purchases, "order_id").returning(purchases).cte("purchase")
    new = [_bind(vouchers, name, "voucher").label(name) for name in _VOUCHER]
    kept = insert(vouchers).from_select(
        list(_VOUCHER), select(*new).select_from(purchase).where(~exists(select(known.c.id)))
    )
    voucher = kept.on_conflict_do_nothing().returning(v.id).cte("voucher")
    touched = (
        update(customers)
        .where(customers.c.id == purchase.c.customer_id, customers.c.last_interaction_at < _TOUCH)
        .values(last_interaction_at=_TOUCH)
        .cte("touched")
    )
    audited = guarded_insert(
        purchase.c.customer_id == person.c.id,
        subject_key=person.c.audit_key,
        entity_id=cast(purchase.c.id, String),
    ).cte("audited")
    # Another call may take the voucher's number meanwhile: then there is none here, and the division undoes it all.
    whole = literal(1) // (_count(voucher) + _count(known))
    found = select(purchase, known.c.material.label("known_material"), known.c.restricted_at, known.c.retain_until)
    return Prepared(
        found.add_columns(whole.label("whole")).select_from(purchase.outerjoin(known, true())).add_cte(touched, audited)
    )


def _differs(known: Any) -> list[ColumnElement[bool]]:
    """A voucher of that number which is not the same, or which the accountant's class has yet to reach."""
    classified = _bind(vouchers, "material", "voucher") != "unclassified"
    return [
        *(known.c[name].is_distinct_from(_bind(vouchers, name, "voucher")) for name in _PRINTED),
        and_(known.c.material == "unclassified", classified),
    ]


def _other_vouchers() -> ColumnElement[bool]:
    """Whether the order has a voucher of another number, which belongs into the answer."""
    c = vouchers.alias("other").c
    return exists().where(
        c.customer_id == _bind(vouchers, "customer_id", "voucher"),
        c.order_id == _bind(vouchers, "order_id", "voucher"),
        c.system == _bind(vouchers, "system", "voucher"),
        c.number != _bind(vouchers, "number", "voucher"),
    )


def _count(rows: Any) -> Any:
    return select(func.count()).select_from(rows).scalar_subquery()


_TOUCH = bindparam("touch", type_=customers.c.last_interaction_at.type)
_PUT = _statement()


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
            return purchase_out(row, [_kept(voucher, row)]), row.id == own["id"]
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
    now = {"material": material, "restricted_at": row.restricted_at, "retain_until": row.retain_until}
    return SimpleNamespace(**sent | now)
