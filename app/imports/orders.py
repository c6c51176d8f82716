"""What an order of a webshop's export means, whichever shape the file has.

`Line`s are the plain cells of one order line under our own names (see `FIELDS`); consecutive lines of one
order are one `Order`. Who bought is known by the shop's customer number, else by a keyed hash made later.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from app.customers.schemas import CustomerFields
from app.customers.schemas_purchases import PurchaseFields
from app.imports.amounts import UnclearNumber, money, number, plain
from app.imports.mailchimp import invalid_field
from app.imports.schemas import OrdersPlan, Settled
from app.imports.times import ImpossibleTime, Read, day, instant

FIELDS: Mapping[str, tuple[str, ...]] = {
    "order": ("Tilausnumero", "Tilaus", "Tilaus ID", "Order number", "Order", "Order ID", "order_id"),
    "ordered": ("Tilauspäivä", "Tilausaika", "Päivämäärä", "Pvm", "Order date", "Date", "Created at", "created_at"),
    "booked": ("Kirjauspäivä", "Laskun päivä", "Laskupäivä", "Booked on", "Invoice date"),
    "customer": ("Asiakasnumero", "Asiakas ID", "Customer number", "Customer ID", "customer_id"),
    "first": ("Etunimi", "First name", "Firstname"),
    "last": ("Sukunimi", "Last name", "Lastname", "Surname"),
    "name": ("Nimi", "Asiakas", "Ostaja", "Asiakkaan nimi", "Name", "Customer", "Customer name", "Billing name"),
    "email": ("Sähköposti", "Sähköpostiosoite", "Email", "E-mail", "Email address", "Customer email"),
    "phone": ("Puhelin", "Puhelinnumero", "Phone", "Telephone", "Phone number"),
    "street": ("Katuosoite", "Osoite", "Lähiosoite", "Street", "Street address", "Address", "Billing street"),
    "postal_code": ("Postinumero", "Postal code", "Postcode", "Zip", "Zip code"),
    "city": ("Postitoimipaikka", "Kaupunki", "City"),
    "country": ("Maa", "Maakoodi", "Country", "Country code"),
    "title": ("Tuote", "Tuotteen nimi", "Tuotenimi", "Product", "Product name", "Item", "Title"),
    "quantity": ("Määrä", "Kpl", "Lukumäärä", "Quantity", "Qty"),
    "price": ("Yksikköhinta", "Kappalehinta", "Hinta", "Unit price", "Price"),
    "vat": ("ALV", "ALV %", "ALV-%", "Arvonlisävero", "Verokanta", "VAT", "VAT %", "VAT rate", "Tax rate"),
    "total": ("Yhteensä", "Loppusumma", "Tilauksen summa", "Summa", "Total", "Order total", "Grand total"),
    "currency": ("Valuutta", "Currency"),
    "voucher": ("Laskunumero", "Kuittinumero", "Tositenumero", "Invoice number", "Receipt number"),
    "corrects": ("Hyvitettävä lasku", "Corrects", "Credited invoice"),
    "provider": ("Maksupalvelu", "Payment provider"),
    "method": ("Maksutapa", "Payment method"),
    "paid": ("Maksupäivä", "Maksettu", "Paid on", "Paid at", "Payment date"),
    "delivered": ("Toimituspäivä", "Toimitettu", "Delivered on", "Shipped on", "Fulfilled on"),
    "cancelled": ("Peruttu", "Peruutuspäivä", "Cancelled on", "Canceled at"),
    "group": ("Tuoteryhmä", "Product group", "Category"),
}
"""Our fields and the headings they are found under when no option names one; the first is Finnish."""
NEEDED = ("order", "ordered")
MAX_LINES = 200
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
COUNTRIES = {"SUOMI": "FI", "FINLAND": "FI", "FIN": "FI", "RUOTSI": "SE", "SWEDEN": "SE", "VIRO": "EE", "ESTONIA": "EE"}


@dataclass(frozen=True, slots=True)
class Line:
    """One order line as it stands in the file; `part` and `line` say where."""

    part: int
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """One order ready to be taken. `customer` holds the present members only, so that none is emptied by absence."""

    part: int
    line: int
    order_id: str
    customer_number: str | None
    ordered_at: datetime
    customer: CustomerFields
    purchase: PurchaseFields
    note: str


class Refusal(Exception):
    """The order cannot be read; `reason` is a code of the report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def grouped(lines: Iterable[Line | Settled]) -> Iterator[list[Line] | Settled]:
    """Consecutive lines of one order together; at most `MAX_LINES`, so that no order fills the memory.

    A line that cannot be read between two lines of an order may have been one of it: that order is refused.
    """
    held: list[Line] = []
    faults: list[Settled] = []
    broken = False
    for line in lines:
        if isinstance(line, Settled):
            faults.append(line)
            if held and len(faults) <= MAX_LINES:
                continue
        elif held and _same_order(held[0], line):
            broken = broken or bool(faults)
            held = held if len(held) > MAX_LINES else [*held, line]
            continue
        yield from _whole(held, broken=broken)
        yield from faults
        held, faults, broken = [] if isinstance(line, Settled) else [line], [], False
    yield from _whole(held, broken=broken)
    yield from faults


def _same_order(first: Line, line: Line) -> bool:
    return first.part == line.part and first.cells.get("order") == line.cells.get("order")


def _whole(held: list[Line], *, broken: bool) -> Iterator[list[Line] | Settled]:
    if broken:
        yield Settled(held[0].part, held[0].line, "refused", "order_incomplete")
    elif held:
        yield held


def order_of(lines: list[Line], plan: OrdersPlan, zone: ZoneInfo) -> Order | Settled:
    """The order that these lines are, or why they are none."""
    first = lines[0]
    try:
        return _order(lines, plan, zone)
    except Refusal as refusal:
        return Settled(first.part, first.line, "refused", refusal.reason)
    except ImpossibleTime:
        return Settled(first.part, first.line, "refused", "time_impossible")
    except UnclearNumber:
        return Settled(first.part, first.line, "refused", "amount_unclear")
    except ValidationError as error:
        return Settled(first.part, first.line, "refused", invalid_field(error))


def _order(lines: list[Line], plan: OrdersPlan, zone: ZoneInfo) -> Order:
    cells = lines[0].cells
    order_id = cells.get("order", "")
    if not order_id or len(lines) > MAX_LINES:
        raise Refusal("too_many_order_lines" if order_id else "order_missing")
    ordered = _ordered(cells, zone)
    return Order(
        part=lines[0].part,
        line=lines[0].line,
        order_id=order_id,
        customer_number=cells.get("customer") or None,
        ordered_at=ordered.at,
        customer=_customer(cells, plan, ordered.at, order_id),
        purchase=_purchase(lines, plan, zone, order_id),
        note=ordered.note,
    )


def _ordered(cells: Mapping[str, str], zone: ZoneInfo) -> Read:
    text = cells.get("ordered", "")
    if not text:
        raise Refusal("time_missing")
    return instant(text, zone)


def _customer(cells: Mapping[str, str], plan: OrdersPlan, at: datetime, order_id: str) -> CustomerFields:
    name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    if not name:
        raise Refusal("name_missing")
    if not cells.get("email") and not cells.get("phone") and not cells.get("customer"):
        raise Refusal("customer_missing")
    members: dict[str, Any] = {
        "kind": "customer", "name": name, "email": cells.get("email") or None, "phone": cells.get("phone") or None,
        "language": plan.language, "source": plan.source,
        "interaction": {"kind": "purchase", "reference": order_id, "occurred_at": at},
    }  # fmt: skip
    if cells.get("street"):
        members["address"] = _address(cells)
    return CustomerFields.model_validate({k: v for k, v in members.items() if v is not None})


def _address(cells: Mapping[str, str]) -> dict[str, str]:
    country = cells.get("country", "").upper()
    address = {name: cells.get(name, "") for name in ("street", "postal_code", "city")}
    return {**address, "country": COUNTRIES.get(country, country or "FI")}


def _purchase(lines: list[Line], plan: OrdersPlan, zone: ZoneInfo, order_id: str) -> PurchaseFields:
    cells = lines[0].cells
    items = [_item(line.cells, plan) for line in lines]
    ordered = day(cells["ordered"], zone)
    members: dict[str, Any] = {
        "purchased_on": ordered,
        "booked_on": _day(cells, "booked", zone) or ordered,
        "currency": cells.get("currency", "").upper() or plan.currency,
        "total": money(cells["total"]) if cells.get("total") else _sum(items),
        "lines": items,
        "voucher": _voucher(cells, plan, order_id),
        "product_group": cells["group"] if _CODE.fullmatch(cells.get("group", "")) else None,
        "fulfilled_on": _day(cells, "delivered", zone),
        "cancelled_on": _day(cells, "cancelled", zone),
        "payment": {
            "provider": cells.get("provider") or None,
            "method": cells.get("method") or None,
            "settled_on": _day(cells, "paid", zone),
        },
    }
    return PurchaseFields.model_validate(members)


def _item(cells: Mapping[str, str], plan: OrdersPlan) -> dict[str, str]:
    vat = cells.get("vat") or plan.vat_rate
    if vat is None:
        raise Refusal("vat_missing")
    price = cells.get("price") or cells.get("total")
    if not price:
        raise Refusal("amount_missing")
    title = cells.get("title") or "Tilaus"
    quantity = plain(number(cells.get("quantity") or "1"))
    return {"title": title, "quantity": quantity, "unit_price": money(price), "vat_rate": plain(number(vat))}


def _sum(items: list[dict[str, str]]) -> str:
    return f"{sum((number(i['unit_price']) * number(i['quantity']) for i in items), number('0')):.2f}"


def _voucher(cells: Mapping[str, str], plan: OrdersPlan, order_id: str) -> dict[str, Any]:
    voucher: dict[str, Any] = {
        "number": cells.get("voucher") or order_id, "record": plan.record, "material": plan.material,
        "corrects": cells.get("corrects") or None,
    }  # fmt: skip
    if plan.record == "elsewhere":
        return {**voucher, "holder": plan.holder}
    name = cells.get("name") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    town = f"{cells.get('postal_code', '')} {cells.get('city', '')}".strip()
    printed = ", ".join(part for part in (cells.get("street"), town) if part)
    return {**voucher, "buyer_as_printed": {"name": name, "address": printed} if printed else None}


def _day(cells: Mapping[str, str], name: str, zone: ZoneInfo) -> date | None:
    text = cells.get(name)
    return day(text, zone) if text else None
