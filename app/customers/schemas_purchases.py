"""Purchases, the vouchers printed for them, and bookings: what a person has dealt with us about."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from app.wire import Code, Currency, Day, ExternalId, In, Line, Moment, Money, Out, as_sent, clean

Quantity = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,3})?$")]
VatRate = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")]


class PurchaseLine(In):
    """One product or service bought (F25)."""

    title: Line
    quantity: Quantity = "1"
    unit_price: Money
    vat_rate: VatRate


def _printed(text: str) -> str:
    """Clean text that may run over several lines and holds no e-mail address."""
    lines = [clean(line) for line in text.strip().splitlines()]
    if not lines:
        raise ValueError("is blank")
    if "@" in text:
        raise ValueError("a voucher's buyer is kept without e-mail address")
    return "\n".join(lines)


Printed = Annotated[str, as_sent(min_length=1, max_length=2000), AfterValidator(_printed)]


class Buyer(In):
    """The buyer exactly as printed on the voucher; never an e-mail address or a telephone number."""

    name: Annotated[str, as_sent(min_length=1, max_length=200), AfterValidator(_printed)]
    address: Printed


class Voucher(In):
    """The accounting voucher of a purchase (KPL 2:10 §): kept here, or elsewhere by the named holder."""

    number: ExternalId
    record: Literal["here", "elsewhere"]
    holder: Line | None = Field(default=None, description="Who keeps it; needed when the record is elsewhere.")
    material: Literal["voucher", "oss", "unclassified"] = "unclassified"
    buyer_as_printed: Buyer | None = None
    corrects: ExternalId | None = Field(default=None, description="The voucher that this credit note corrects.")

    @model_validator(mode="after")
    def _whole(self) -> "Voucher":
        if self.record == "elsewhere" and self.holder is None:
            raise ValueError("a voucher kept elsewhere names its holder")
        if self.record == "elsewhere" and self.buyer_as_printed is not None:
            raise ValueError("the buyer as printed belongs to a voucher kept here")
        if self.corrects == self.number:
            raise ValueError("a voucher cannot correct itself")
        return self


class Payment(In):
    """How it was paid; never card or account numbers."""

    provider: Line | None = None
    method: Line | None = None
    settled_on: Day | None = None


class PurchaseFields(In):
    """A purchase; an unfulfilled or unpaid one is an open matter that an erasure must respect."""

    purchased_on: Day
    booked_on: Day = Field(description="The day it was booked; decides the financial year (legal basis: KPL 2:10 §).")
    currency: Currency = "EUR"
    total: Money
    lines: list[PurchaseLine] = Field(min_length=1, max_length=200)
    voucher: Voucher
    product_group: Code | None = None
    fulfilled_on: Day | None = None
    cancelled_on: Day | None = None
    marketing_refusal_offered: bool | None = Field(
        default=None, description="Whether the person could refuse marketing at this sale (soft opt-in, SVPL 200 §)."
    )
    payment: Payment = Payment()


class VoucherOut(Out):
    number: str
    record: str
    holder: str | None
    material: str
    corrects: str | None
    buyer_as_printed: Buyer | None
    restricted: bool
    retain_until: Day | None


class PurchaseOut(Out):
    """A purchase with its vouchers; `total` and prices are decimal texts."""

    system: str
    order_id: str
    version: int
    purchased_on: Day
    booked_on: Day
    currency: str
    total: str
    lines: list[PurchaseLine]
    product_group: str | None
    fulfilled_on: Day | None
    cancelled_on: Day | None
    payment: Payment
    vouchers: list[VoucherOut]


class VoucherRecordOut(VoucherOut):
    """A voucher by itself, as the accountant sees it."""

    system: str
    order_id: str
    booked_on: Day
    transaction_on: Day
    currency: str
    total: str


class Classification(In):
    """The accountant's answer to what class of accounting material a voucher is."""

    material: Literal["voucher", "ledger", "oss"]


class BookingFields(In):
    """A booking; an open matter while it lies ahead."""

    starts_at: Moment
    ends_at: Moment
    service: Line
    state: Literal["booked", "cancelled", "done"] = "booked"

    @model_validator(mode="after")
    def _ordered(self) -> "BookingFields":
        if self.ends_at < self.starts_at:
            raise ValueError("ends_at lies before starts_at")
        return self


class BookingOut(Out):
    system: str
    booking_id: str
    version: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    service: str
    state: str
