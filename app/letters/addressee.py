"""Who a letter goes to: joins at delivery, is never stored with it, and is kept out of its words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.letters.facts import WORDS

LEFT_OUT = "…"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Name and address for the window of the envelope; `email` and `phone` are only looked for in words."""

    name: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None

    def lines(self, home: str) -> tuple[str, ...]:
        """The address as it is written on an envelope, the country only abroad."""
        place = " ".join(part for part in (self.postal_code, self.city) if part)
        abroad = self.country if self.country and self.country != home else None
        return tuple(line for line in (self.name, self.street, place, abroad) if line)


_FIELDS = ("name", "street", "postal_code", "city", "country", "email", "phone")


def of_row(customer: Row[Any]) -> Addressee:
    """From the living record."""
    return Addressee(**{name: getattr(customer, name) for name in _FIELDS})


def of_record(connection: Connection, customer_id: UUID | None) -> Addressee | None:
    """From the record, if there is one and it has not been erased."""
    row = customers.by_id(connection, customer_id, None) if customer_id is not None else None
    return None if row is None or row.erased_at is not None else of_row(row)


def nameless(content: Any, person: Addressee | None, member: str = "") -> Any:
    """The content with every trace of the person taken out of what humans wrote."""
    if person is None:
        return content
    if isinstance(content, Mapping):
        return {name: nameless(value, person, name) for name, value in content.items()}
    if isinstance(content, list):
        return [nameless(value, person, member) for value in content]
    return _without(content, person) if isinstance(content, str) and member in WORDS else content


def _without(text: str, person: Addressee) -> str:
    for pattern in _patterns(person):
        text = pattern.sub(LEFT_OUT, text)
    return text


def _patterns(person: Addressee) -> Iterator[re.Pattern[str]]:
    """Whole values in whatever case; then the words of the name as they are spelled, inflected ones included."""
    whole = [value for value in (person.name, person.email, person.street) if value]
    for value in whole:
        yield re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, value.split())), re.IGNORECASE)
    if digits := re.sub(r"\D", "", person.phone or ""):
        yield re.compile(r"\+?" + r"[\s()-]*".join(digits))
        yield re.compile(r"\+\d{1,3}[\s()-]*" + r"[\s()-]*".join(digits.removeprefix("0")))
    for word in (person.name or "").split():
        if len(word) > 2:
            yield re.compile(r"\b" + re.escape(word) + r"\w*")
