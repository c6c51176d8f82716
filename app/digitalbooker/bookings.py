"""Bookings taken and followed, with the same checks as when the booking system sends them itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Connection

from app.connectors.digitalbooker import BookingsIn
from app.connectors.field_map import at
from app.customers.errors import OrderTaken
from app.customers.purchases import put_booking
from app.customers.schemas import CustomerFields
from app.customers.schemas_purchases import BookingFields
from app.errors import Problem
from app.imports.batch import Batch, reason_of
from app.imports.mailchimp import invalid_field
from app.imports.schemas import Settled
from app.imports.times import ImpossibleTime, instant
from app.polling import repository
from app.polling.people import People


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking, ready to be taken; `number` is its place in the page."""

    number: int
    id: str
    customer_number: str | None
    booked_at: datetime
    customer: CustomerFields
    fields: BookingFields


def booking_of(record: Mapping[str, Any], number: int, place: BookingsIn) -> Booking | Settled:
    """What a record says, or why it is no booking."""
    told = {name: _text(record, path) for name, path in place.fields.items()}
    try:
        return _booking(told, number, place)
    except ImpossibleTime:
        return Settled(1, number, "refused", "time_impossible")
    except ValidationError as error:
        return Settled(1, number, "refused", invalid_field(error))


def _text(record: Mapping[str, Any], path: str) -> str:
    value = at(record, path)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _booking(told: Mapping[str, str], number: int, place: BookingsIn) -> Booking | Settled:
    zone = ZoneInfo(place.time_zone)
    state = place.states.get(told.get("state", ""), None if told.get("state") else "booked")
    name = told.get("name") or f"{told.get('first', '')} {told.get('last', '')}".strip()
    if state is None or not told["id"] or len(told["id"]) > 100:
        return Settled(1, number, "refused", "state_unknown" if told["id"] else "booking_missing")
    booked_at = instant(told["booked"], zone).at
    contact = {"name": name, "email": told.get("email"), "phone": told.get("phone")}
    customer = CustomerFields.model_validate(
        {name: value for name, value in contact.items() if value}
        | {"kind": "customer", "language": place.language, "source": place.source}
        | {"interaction": {"kind": "booking", "reference": told["id"], "occurred_at": booked_at}}
    )
    times = {"starts_at": instant(told["starts"], zone).at, "ends_at": instant(told["ends"], zone, later=True).at}
    fields = BookingFields.model_validate({**times, "service": told["service"], "state": state})
    return Booking(number, told["id"], _number(told.get("customer", "")), booked_at, customer, fields)


def _number(text: str) -> str | None:
    return text if text not in {"", "0"} else None


class BookingsTaken:
    """Takes bookings in one transaction."""

    def __init__(self, connection: Connection, op: Batch, system: str, place: BookingsIn) -> None:
        self._connection, self._op, self._system, self._place = connection, op, system, place

    def take(self, records: Sequence[Mapping[str, Any]]) -> list[Settled]:
        """What became of each, in their order."""
        read = [booking_of(record, number, self._place) for number, record in enumerate(records, start=1)]
        found = [one for one in read if isinstance(one, Booking)]
        dealings = ((one.customer_number, one.customer) for one in found)
        self._people = People(self._connection, self._op, self._system, dealings)
        ids = {one.id for one in found}
        self._bookings = repository.bookings_named(self._connection, self._system, ids)
        return [self._settle(one) if isinstance(one, Booking) else one for one in read]

    def _settle(self, booking: Booking) -> Settled:
        try:
            return Settled(1, booking.number, "taken" if self._take(booking) else "known")
        except Problem as problem:
            return Settled(1, booking.number, "skipped", reason_of(problem))

    def _take(self, booking: Booking) -> bool:
        """Whether anything changed."""
        number, fields = booking.customer_number, booking.customer
        customer_id, known = self._people.known(number, fields), self._bookings.get(booking.id)
        if known is not None and known.customer_id != customer_id:
            raise OrderTaken
        if known is not None and all(getattr(known, n) == v for n, v in booking.fields.model_dump().items()):
            return False
        if customer_id is None:
            customer_id = self._people.registered(number, fields)
        elif known is None:
            self._people.follow(number, customer_id, fields, booking.booked_at)
        put_booking(self._connection, self._op, customer_id, self._system, booking.id, booking.fields)
        return True
