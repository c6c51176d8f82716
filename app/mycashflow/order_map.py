"""From an order of the shop to an order of the register, by the configured places."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from app.connectors.field_map import at
from app.connectors.mycashflow_config import Inbound, OrdersIn
from app.imports.amounts import plain
from app.imports.orders import Line, Order, order_of
from app.imports.schemas import OrdersPlan, Settled

AMOUNTS = frozenset({"quantity", "price", "vat", "total"})
NOBODY = frozenset({"", "0", "None"})
"""Customer numbers of an order that a guest placed."""
ENDED = {"cancelled": "cancelled", "completed": "delivered"}
"""A state of the shop, and the day that it means when none is told."""
DAYS = {"cancelled": "cancelled_on", "delivered": "fulfilled_on"}


@dataclass(frozen=True, slots=True)
class Taken:
    """An order, and those of its days that only the instant of the last change tells: the first one told stays."""

    order: Order
    inferred: frozenset[str]


class OrderMap:
    """Reads orders of one shop."""

    def __init__(self, inbound: Inbound, orders: OrdersIn, system: str) -> None:
        self._in, self._zone = orders, ZoneInfo(inbound.time_zone)
        self.plan = OrdersPlan(
            system=system, time_zone=inbound.time_zone, source=inbound.source, language=inbound.language,
            record=orders.record, holder=orders.holder, material=orders.material, currency=orders.currency,
            vat_rate=orders.vat_rate,
        )  # fmt: skip

    def order(self, record: Mapping[str, Any], number: int) -> Taken | Settled:
        """The order, or why it is none; `number` is its place in the page."""
        cells = {name: _cell(name, at(record, place)) for name, place in self._in.places.items()}
        if cells.get("customer", "") in NOBODY:
            cells["customer"] = ""
        inferred = self._ended(record, cells)
        items = at(record, self._in.lines)
        if not isinstance(items, list) or not items:
            return Settled(1, number, "refused", "order_incomplete")
        lines = [Line(1, number, {**cells, **self._item(item)}) for item in items]
        found = order_of(lines, self.plan, self._zone)
        return found if isinstance(found, Settled) else Taken(found, inferred)

    def _item(self, item: Any) -> dict[str, str]:
        return {name: _cell(name, at(item, place)) for name, place in self._in.line_fields.items()}

    def _ended(self, record: Mapping[str, Any], cells: dict[str, str]) -> frozenset[str]:
        """Fill in the day on which an order was cancelled or completed; the names of what was filled in."""
        name = ENDED.get(str(at(record, self._in.status)), "")
        if not name or cells.get(name) or (name == "delivered" and not self._in.completed_is_delivered):
            return frozenset()
        cells[name] = str(at(record, self._in.updated) or "")
        return frozenset({DAYS[name]}) if cells[name] else frozenset()


def _cell(name: str, value: Any) -> str:
    """The text of a value. A number's point is always decimal here, so it is written with a comma, which is never
    anything else; a unit price is rounded to cents, as it is shown."""
    if value is None or isinstance(value, dict | list):
        return ""
    if name not in AMOUNTS:
        return str(value).strip()
    try:
        amount = Decimal(str(value).strip() or "nan")
    except InvalidOperation:
        return str(value)
    if not amount.is_finite():
        return ""
    if name == "price":
        amount = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return plain(amount).replace(".", ",")
