"""Purchases, vouchers and bookings of a customer."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers import hot_purchases, purchases
from app.customers.errors import (
    CustomerErased,
    CustomerInvalid,
    CustomerNotFound,
    CustomerStale,
    OrderTaken,
    Restricted,
    SystemNotOwned,
    VoucherImmutable,
    VoucherNotFound,
)
from app.customers.router import IfMatch, etag
from app.customers.schemas_purchases import (
    BookingFields,
    BookingOut,
    Classification,
    PurchaseFields,
    PurchaseOut,
    VoucherRecordOut,
)
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed
from app.register.operation import Operation
from app.register.straight import StraightRoute
from app.wire import ExternalId, SystemCode

router = APIRouter(prefix="/v1", tags=["purchases and bookings"], route_class=StraightRoute)
_ADDING = (CustomerInvalid, CustomerNotFound, CustomerErased, OrderTaken, SystemNotOwned)


@router.put(
    "/customers/{customer_id}/purchases/{system}/{order_id}",
    operation_id="put_purchase",
    summary="Make or update a purchase and take its voucher; safe to retry",
    responses={
        201: {"model": PurchaseOut, "description": "Made"},
        **problems(*_ADDING, VoucherImmutable, CustomerStale),
    },
)
async def put_purchase(
    customer_id: UUID,
    system: SystemCode,
    order_id: ExternalId,
    sent: PurchaseFields,
    op: Annotated[Operation, allowed(Scope.PURCHASES_WRITE)],
    response: Response,
    if_match: IfMatch = None,
) -> PurchaseOut:
    """201 when it is new, else 200. The voucher's snapshot is immutable: other content under its number answers 409. An
    order that is another person's, or older than an erasure, is refused."""
    purchase, created = await hot_purchases.put(op, customer_id, system, order_id, sent, if_match)
    response.status_code = 201 if created else 200
    etag(response, purchase.version)
    return purchase


@router.get(
    "/customers/{customer_id}/purchases",
    operation_id="list_purchases",
    summary="A person's purchases",
    responses=problems(CustomerNotFound, CustomerErased, Restricted, CursorInvalid),
)
async def list_purchases(
    customer_id: UUID,
    op: Annotated[Operation, allowed(Scope.PURCHASES_READ)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PurchaseOut]:
    """An integration sees those of its own systems. Vouchers that must be kept are in `list_vouchers`."""
    page = window(op.keys, f"purchases:{customer_id}", limit, cursor)
    return await op.write(purchases.list_purchases, customer_id, page)


@router.put(
    "/customers/{customer_id}/bookings/{system}/{booking_id}",
    operation_id="put_booking",
    summary="Make or update a booking; safe to retry",
    responses={201: {"model": BookingOut, "description": "Made"}, **problems(*_ADDING)},
)
async def put_booking(
    customer_id: UUID,
    system: SystemCode,
    booking_id: ExternalId,
    sent: BookingFields,
    op: Annotated[Operation, allowed(Scope.BOOKINGS_WRITE)],
    response: Response,
) -> BookingOut:
    """201 when it is new, else 200. While it lies ahead it is an open matter, which an erasure asks about."""
    booking, created = await op.write(purchases.put_booking, customer_id, system, booking_id, sent)
    response.status_code = 201 if created else 200
    etag(response, booking.version)
    return booking


@router.get(
    "/customers/{customer_id}/bookings",
    operation_id="list_bookings",
    summary="A person's bookings",
    responses=problems(CustomerNotFound, CustomerErased, Restricted, CursorInvalid),
)
async def list_bookings(
    customer_id: UUID,
    op: Annotated[Operation, allowed(Scope.BOOKINGS_READ)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BookingOut]:
    """An integration sees those of its own systems."""
    page = window(op.keys, f"bookings:{customer_id}", limit, cursor)
    return await op.write(purchases.list_bookings, customer_id, page)


@router.get(
    "/vouchers",
    operation_id="list_vouchers",
    summary="Vouchers kept, for the accountant",
    responses=problems(CursorInvalid),
)
async def list_vouchers(
    op: Annotated[Operation, allowed(Scope.VOUCHERS_CLASSIFY)],
    material: Annotated[Literal["voucher", "ledger", "oss", "unclassified"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[VoucherRecordOut]:
    """Restricted ones too, whoever the person was (KPL 2:10 §); of one class of material, or all."""
    return await op.write(purchases.list_vouchers, material, window(op.keys, f"vouchers:{material}", limit, cursor))


@router.put(
    "/vouchers/{system}/{number}/material",
    operation_id="classify_voucher",
    summary="Say what class of accounting material a voucher is",
    responses=problems(VoucherNotFound, PersonNeeded),
)
async def classify_voucher(
    system: SystemCode,
    number: ExternalId,
    sent: Classification,
    op: Annotated[Operation, allowed(Scope.VOUCHERS_CLASSIFY)],
) -> VoucherRecordOut:
    """The class says how long it is kept; until then an erasure asks. Only a person may say so."""
    return await op.write(purchases.classify, system, number, sent.material)
