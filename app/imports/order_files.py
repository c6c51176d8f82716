"""Order lines out of a CSV export or out of the JSON envelope `{"data": [...], "meta": {...}}`.

JSON is read element by element, so that a long list takes no more memory than its longest order.
"""

import codecs
import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.imports.errors import ColumnMissing, NotAnExport, OptionInvalid
from app.imports.files import MAX_LINE, Export, Part
from app.imports.orders import FIELDS, NEEDED, Line
from app.imports.reading import Fault, Table, column
from app.imports.schemas import OrdersPlan, Settled

MAX_ELEMENT = 1_000_000
"""Characters of one JSON order; a longer one ends the reading."""
_SPACE = " \t\r\n"


class Orders:
    """The order lines of an export, part after part."""

    def __init__(self, export: Export, plan: OrdersPlan) -> None:
        """Read the headings; raises `ColumnMissing`, `OptionInvalid` or `NotAnExport`."""
        unknown = sorted(set(plan.columns) - set(FIELDS))
        if unknown:
            raise OptionInvalid(f"there is no field {unknown[0]}; fields are {', '.join(FIELDS)}")
        self._parts = [
            (number, part, None if _is_json(part) else _Sheet(number, Table(part), plan))
            for number, part in enumerate(export.parts, start=1)
        ]

    def lines(self) -> Iterator[Line | Settled]:
        """Every order line; one that cannot be read is settled already."""
        for number, part, sheet in self._parts:
            yield from elements(number, part) if sheet is None else sheet.lines()


class _Sheet:
    def __init__(self, number: int, table: Table, plan: OrdersPlan) -> None:
        self._number, self._table = number, table
        taken: dict[str, int] = {}
        for field, presets in FIELDS.items():
            named = plan.columns.get(field)
            found = column(table.heading, (named,) if named else presets)
            if found is not None and (named or found not in taken.values()):
                taken[field] = found
            elif named:
                raise ColumnMissing(f"no column is headed as --column {field}=… says")
        missing = [field for field in NEEDED if field not in taken]
        if "price" not in taken and "total" not in taken:
            missing.append("total")
        if missing:
            raise ColumnMissing(f"no column holds {', '.join(missing)}; name it with --column {missing[0]}=HEADING")
        self._columns = taken

    def lines(self) -> Iterator[Line | Settled]:
        for row in self._table.rows():
            if isinstance(row, Fault):
                yield Settled(self._number, row.line, "refused", row.reason)
            else:
                cells = {field: row.cells[n].strip() for field, n in self._columns.items()}
                yield Line(self._number, row.line, cells)


def _is_json(part: Part) -> bool:
    with part.open() as file:
        return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def elements(number: int, part: Part) -> Iterator[Line | Settled]:
    """The orders of `data`, each as its lines; `line` is the order's ordinal. What is broken ends the reading."""
    text = _Text(part)
    if text.peek() == "{" and not text.skip_to_data():
        raise NotAnExport("the JSON has no member data with a list of orders")
    text.take("[")
    count = 0
    while text.peek() not in {"]", ""}:
        count += 1
        order = text.element()
        if not isinstance(order, dict):
            yield Settled(number, count, "refused", "json_broken")
            return
        yield from _lines(number, count, order)
        if text.peek() == ",":
            text.take(",")
    if text.peek() == "":
        yield Settled(number, count + 1, "refused", "json_broken")


class _Text:
    """A window over a part's characters that grows to one element and forgets what was read."""

    def __init__(self, part: Part) -> None:
        self._chunks = _decoded(part)
        self._text = ""
        self._decoder = json.JSONDecoder()

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        self._text += chunk or ""
        return chunk is not None

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while not (stripped := self._text.lstrip(_SPACE)):
            if not self._more():
                return ""
        self._text = stripped
        return stripped[0]

    def take(self, expected: str) -> None:
        """Pass over one character; raises `NotAnExport` when it is another."""
        if self.peek() != expected:
            raise NotAnExport("the JSON is no list of orders")
        self._text = self._text[1:]

    def element(self) -> Any:
        """The next value; None when it is broken or too long."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text)
            except (ValueError, RecursionError):
                value, end = None, 0
            if 0 < end < len(self._text):
                self._text = self._text[end:]
                return value
            if len(self._text) > MAX_ELEMENT or not self._more():
                return None

    def skip_to_data(self) -> bool:
        """Stand at the value of the member `data` of the outermost object."""
        self.take("{")
        while self.peek() == '"':
            name = self.element()
            self.take(":")
            if name == "data":
                return self.peek() == "["
            if self.element() is None or self.peek() != ",":
                return False
            self.take(",")
        return False


def _decoded(part: Part) -> Iterator[str]:
    """The characters of a part in chunks; ends early where they are not of its encoding."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if part.encoding == "utf-8" else part.encoding)()
    with part.open() as file:
        while raw := file.read(MAX_LINE):
            try:
                yield decoder.decode(raw)
            except UnicodeDecodeError:
                return


def _lines(part: int, count: int, order: Mapping[str, Any]) -> Iterator[Line]:
    buyer = order.get("customer_information")
    person = buyer if isinstance(buyer, dict) else {}
    shared = {
        "order": _text(order, "order_number", "id"),
        "ordered": _text(order, "created_at", "ordered_at"),
        "customer": _text(order, "customer_external_id", "customer_id"),
        "first": _text(person, "first_name"),
        "last": _text(person, "last_name"),
        "email": _text(person, "email"),
        "phone": _text(person, "phone"),
        "street": _text(person, "street_address"),
        "postal_code": _text(person, "postal_code"),
        "city": _text(person, "city"),
        "country": _text(person, "country"),
        "total": _text(order, "total", "total_price"),
        "currency": _text(order, "currency"),
        "voucher": _text(order, "invoice_number"),
        "paid": _text(order, "paid_at"),
        "delivered": _text(order, "delivered_at", "completed_at"),
        "cancelled": _text(order, "cancelled_at"),
    }
    products = order.get("products")
    for product in [p for p in products if isinstance(p, dict)] if isinstance(products, list) and products else [{}]:
        item = {
            "title": _text(product, "name", "title"),
            "quantity": _text(product, "quantity"),
            "price": _text(product, "unit_price", "price"),
            "vat": _text(product, "vat_rate", "tax_rate"),
        }
        yield Line(part, count, {**shared, **item})


def _text(source: Mapping[str, Any], *names: str) -> str:
    """The first of these members as text; numbers may arrive as either."""
    for name in names:
        value = source.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
