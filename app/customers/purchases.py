"""Take purchases, vouchers and bookings; the accountant classifies vouchers."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository, repository_purchases
from app.customers.errors import (
    CustomerNotFound,
    OrderTaken,
    Restricted,
    VoucherImmutable,
    VoucherNotFound,
    invalid,
)
from app.customers.record import may_use
from app.customers.schemas_purchases import (
    BookingFields,
    BookingOut,
    Buyer,
    Payment,
    PurchaseFields,
    PurchaseLine,
    PurchaseOut,
    VoucherOut,
    VoucherRecordOut,
)
from app.customers.service import find, honour_match, living, must_own, visible_systems
from app.pagination import Page, Window
from app.register.operation import Operation
from app.wire import from_minor, to_minor


def customer_to_add_to(connection: Connection, op: Operation, customer_id: UUID, system: str, kind: str) -> Row[Any]:
    """The living customer, locked so that an erasure waits; raises 403, 404, 410 or 422.

    `kind` is the kind of record to be added; a definition that keeps none of it takes none (F26).
    """
    must_own(op, system)
    if kind not in op.definition.records:
        raise invalid("#/", f"the register definition keeps no {kind} (F26)")
    row = repository.share(connection, customer_id, visible_systems(op))
    if row is None:
        raise CustomerNotFound
    return living(row)


def put_purchase(
    connection: Connection,
    op: Operation,
    customer_id: UUID,
    system: str,
    order_id: str,
    sent: PurchaseFields,
    if_match: str | None,
) -> tuple[PurchaseOut, bool]:
    """Insert or update a purchase and take its voucher; accepted under restriction too, since it is new.

    Raises `OrderTaken` when the order is another person's and `VoucherImmutable` when the voucher's number is
    known with other content.
    """
    customer = customer_to_add_to(connection, op, customer_id, system, "purchases")
    refuse_future(op, sent)
    before = None
    if if_match is not None or sent.voucher.corrects is not None:
        before = repository_purchases.lock_purchase(connection, customer_id, system, order_id)
        honour_match(if_match, before.version if before else None)
    values = {"customer_id": customer_id, "system": system, "order_id": order_id, "updated_at": op.at}
    values |= columns(sent) if before is None or sent.voucher.corrects is None else _after_credit(before, sent)
    row, made = repository_purchases.store_purchase(connection, values)
    if row is None:
        raise OrderTaken
    _take_voucher(connection, op, row, sent)
    repository.touch(connection, customer_id, min(op.start_of(sent.purchased_on), op.at))
    op.audit(connection, "put", "purchase", row.id, customer.audit_key)
    return purchase_out(row, repository_purchases.vouchers_of(connection, customer_id)), made


def refuse_future(op: Operation, sent: PurchaseFields) -> None:
    """A sale lies behind us: a later day would put off the end of customership and of the keeping period."""
    tomorrow = op.today + timedelta(days=1)
    for name in ("purchased_on", "booked_on"):
        if getattr(sent, name) > tomorrow:
            raise invalid(f"#/{name}", "lies in the future")


def columns(sent: PurchaseFields) -> dict[str, Any]:
    """The columns that the payload says."""
    return {
        "purchased_on": sent.purchased_on,
        "booked_on": sent.booked_on,
        "currency": sent.currency,
        "total_minor": to_minor(sent.total),
        "lines": [line.model_dump() for line in sent.lines],
        "product_group": sent.product_group,
        "fulfilled_on": sent.fulfilled_on,
        "cancelled_on": sent.cancelled_on,
        "payment_provider": sent.payment.provider,
        "payment_method": sent.payment.method,
        "settled_on": sent.payment.settled_on,
        "marketing_refusal_offered": sent.marketing_refusal_offered,
    }


def _after_credit(before: Row[Any], sent: PurchaseFields) -> dict[str, Any]:
    """What was bought stays as it was; a credit note may only say how the order went on."""
    said = {name: value for name, value in columns(sent).items() if name in GOES_ON and value is not None}
    return {**{name: getattr(before, name) for name in columns(sent)}, **said}


GOES_ON = frozenset({"fulfilled_on", "cancelled_on", "payment_provider", "payment_method", "settled_on"})
"""How an order goes on after the sale."""


def printed(customer_id: UUID, order_id: str, order: PurchaseFields) -> dict[str, Any]:
    """What nothing may alter of a voucher; one kept elsewhere leaves only its number, dates and holder here."""
    sent, here = order.voucher, order.voucher.record == "here"
    buyer = sent.buyer_as_printed
    return {
        "customer_id": customer_id,
        "order_id": order_id,
        "record": sent.record,
        "holder": sent.holder,
        "corrects": sent.corrects,
        "buyer_name": buyer and buyer.name,
        "buyer_address": buyer and buyer.address,
        "booked_on": order.booked_on,
        "transaction_on": order.purchased_on,
        "currency": order.currency,
        "total_minor": to_minor(order.total) if here else 0,
        "lines": [line.model_dump() for line in order.lines] if here else [],
    }


def _take_voucher(connection: Connection, op: Operation, purchase: Row[Any], order: PurchaseFields) -> None:
    """Keep the voucher as printed; raises `VoucherImmutable` when its number is known with other content."""
    sent, kept = order.voucher, printed(purchase.customer_id, purchase.order_id, order)
    new = {"system": purchase.system, "number": sent.number, "material": sent.material, "created_at": op.at}
    stored = repository_purchases.store_voucher(connection, {**kept, **new})
    if any(getattr(stored, name) != value for name, value in kept.items()):
        raise VoucherImmutable
    if stored.material == "unclassified" and sent.material != "unclassified":
        repository_purchases.classify(connection, stored.id, sent.material, op.actor.id, op.at)


def purchase_out(row: Row[Any], vouchers: Iterable[Row[Any]]) -> PurchaseOut:
    """The answer of a purchase row with those of the person's vouchers that belong to it."""
    own = [v for v in vouchers if (v.system, v.order_id) == (row.system, row.order_id)]
    return PurchaseOut(
        system=row.system,
        order_id=row.order_id,
        version=row.version,
        purchased_on=row.purchased_on,
        booked_on=row.booked_on,
        currency=row.currency,
        total=from_minor(row.total_minor),
        lines=[PurchaseLine.model_construct(**line) for line in row.lines],
        product_group=row.product_group,
        fulfilled_on=row.fulfilled_on,
        cancelled_on=row.cancelled_on,
        payment=Payment.model_construct(
            provider=row.payment_provider, method=row.payment_method, settled_on=row.settled_on
        ),
        vouchers=[voucher_out(voucher) for voucher in own],
    )


def _voucher_members(row: Row[Any]) -> dict[str, Any]:
    printed = row.buyer_name is not None
    return {
        "number": row.number,
        "record": row.record,
        "holder": row.holder,
        "material": row.material,
        "corrects": row.corrects,
        "buyer_as_printed": Buyer.model_construct(name=row.buyer_name, address=row.buyer_address) if printed else None,
        "restricted": row.restricted_at is not None,
        "retain_until": row.retain_until,
    }


def voucher_out(row: Row[Any]) -> VoucherOut:
    """The answer of a voucher row inside its purchase."""
    return VoucherOut(**_voucher_members(row))


def voucher_record_out(row: Row[Any]) -> VoucherRecordOut:
    """The answer of a voucher row by itself."""
    return VoucherRecordOut(
        **_voucher_members(row),
        system=row.system,
        order_id=row.order_id,
        booked_on=row.booked_on,
        transaction_on=row.transaction_on,
        currency=row.currency,
        total=from_minor(row.total_minor),
    )


def list_purchases(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[PurchaseOut]:
    """A person's purchases; an integration sees those of its own systems."""
    customer = find(connection, op, customer_id)
    if not may_use(op, customer):
        raise Restricted
    after = UUID(window.after[0]) if window.after else None
    rows = repository_purchases.purchases_of(connection, customer_id, visible_systems(op), after, window.limit + 1)
    vouchers = repository_purchases.vouchers_of(connection, customer_id)
    op.audit(connection, "read", "purchase", None, customer.audit_key)
    items = [purchase_out(row, vouchers) for row in rows]
    return window.page(items, [(str(row.id),) for row in rows])


def put_booking(
    connection: Connection, op: Operation, customer_id: UUID, system: str, booking_id: str, sent: BookingFields
) -> tuple[BookingOut, bool]:
    """Insert or update a booking; raises `OrderTaken` when it is another person's."""
    customer = customer_to_add_to(connection, op, customer_id, system, "bookings")
    key = {"customer_id": customer_id, "system": system, "booking_id": booking_id, "updated_at": op.at}
    row, made = repository_purchases.store_booking(connection, {**key, **sent.model_dump()})
    if row is None:
        raise OrderTaken
    repository.touch(connection, customer_id, min(sent.starts_at, op.at))
    op.audit(connection, "put", "booking", row.id, customer.audit_key)
    return booking_out(row), made


def booking_out(row: Row[Any]) -> BookingOut:
    """The answer of a booking row."""
    return BookingOut(
        system=row.system,
        booking_id=row.booking_id,
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        service=row.service,
        state=row.state,
    )


def list_bookings(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[BookingOut]:
    """A person's bookings; an integration sees those of its own systems."""
    customer = find(connection, op, customer_id)
    if not may_use(op, customer):
        raise Restricted
    after = UUID(window.after[0]) if window.after else None
    rows = repository_purchases.bookings_of(connection, customer_id, visible_systems(op), after, window.limit + 1)
    op.audit(connection, "read", "booking", None, customer.audit_key)
    return window.page([booking_out(row) for row in rows], [(str(row.id),) for row in rows])


def list_vouchers(
    connection: Connection, op: Operation, material: str | None, window: Window
) -> Page[VoucherRecordOut]:
    """Vouchers for the accountant, restricted ones included (KPL 2:10 §)."""
    after = UUID(window.after[0]) if window.after else None
    materials = None if material is None else [material]
    rows = repository_purchases.list_vouchers(connection, materials, after, window.limit + 1)
    keys = repository.audit_keys(connection, {row.customer_id for row in rows if row.customer_id})
    op.audit(connection, "read", "voucher", details={"found": min(len(rows), window.limit)}, subjects=keys)
    return window.page([voucher_record_out(row) for row in rows], [(str(row.id),) for row in rows])


def classify(connection: Connection, op: Operation, system: str, number: str, material: str) -> VoucherRecordOut:
    """Record the class of material that the accountant gives (only a person with that scope)."""
    op.actor.must_be_person()
    row = repository_purchases.voucher(connection, system, number)
    if row is None:
        raise VoucherNotFound
    repository_purchases.classify(connection, row.id, material, op.actor.id, op.at)
    keys = repository.audit_keys(connection, [row.customer_id]) if row.customer_id else []
    details = {"from": row.material, "to": material}
    op.audit(connection, "classify", "voucher", row.id, next(iter(keys), None), details=details)
    changed = repository_purchases.voucher(connection, system, number)
    assert changed is not None  # noqa: S101 (read in the same transaction)
    return voucher_record_out(changed)
