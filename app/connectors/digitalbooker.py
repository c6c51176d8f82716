"""DigitalBooker: its Admin API lets bookings be read, and no call that changes or erases anything was found.

So whatever it is told, a human tells it. Bookings are read (app/digitalbooker) where `bookings` says what they look
like; the address and the members come from the company's own documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.connectors.addresses import BaseUrl
from app.connectors.connector import Configured, Connector
from app.connectors.field_map import FieldPath, Mapped, at
from app.connectors.instruction import Instruction, Subject
from app.connectors.listing import Listed, get_page, records_in
from app.connectors.oauth import CallPath
from app.connectors.outcome import Outcome, Sent
from app.connectors.outside import Limits, Link, Outside
from app.connectors.secrets import Secret
from app.policy.notifications import Act

TASKS: Mapping[Act, str] = {
    Act.ERASURE: "digitalbooker_erase",
    Act.RECTIFICATION: "digitalbooker_rectify",
    Act.RESTRICTION: "digitalbooker_restrict",
    Act.RESTRICTION_LIFTED: "digitalbooker_lift",
    Act.CONSENT_WITHDRAWAL: "digitalbooker_stop_marketing",
    Act.MARKETING_BAN: "digitalbooker_stop_marketing",
}
BOOKING_FIELDS = frozenset(
    {"id", "starts", "ends", "service", "state", "booked", "customer", "name", "first", "last", "email", "phone"}
)
NEEDED = frozenset({"id", "starts", "ends", "service", "booked", "email"})
Query = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\[\]-]{1,60}$")]


class BookingsIn(Mapped):
    """Where bookings are and what they look like.

    `since` and `updated`: the parameter that asks for what changed from an instant on, and the member that says when a
    booking changed, oldest first; without them everything is read at each reading. `page`: the parameter that numbers
    pages; without it the first page must be all.
    """

    path: CallPath
    records: FieldPath = "data"
    more: FieldPath = "has_more"
    constant: Mapping[Query, str] = {}
    page: Query | None = None
    since: Query | None = None
    updated: FieldPath | None = None
    fields: Mapping[str, FieldPath]
    states: Mapping[str, Literal["booked", "cancelled", "done"]] = {}
    source: str = "customer_relationship"
    language: str = "fi"
    time_zone: str = "Europe/Helsinki"
    overlap_minutes: Annotated[int, Field(ge=0, le=7 * 1440)] = 15
    every_minutes: Annotated[float, Field(gt=0, le=7 * 1440)] = 15

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not NEEDED <= self.fields.keys() <= BOOKING_FIELDS:
            raise ValueError(f"fields must say where {', '.join(sorted(NEEDED))} are, and no others than a booking has")
        if not self.fields.keys() & {"name", "last"}:
            raise ValueError("fields must say where the name is")
        if (self.since is None) != (self.updated is None):
            raise ValueError("since and updated belong together")
        if self.updated is not None and self.page is None:
            raise ValueError("what changed is read page by page: say which parameter numbers them")
        return self


class DigitalBookerConfig(Configured):
    """`kind: digitalbooker`; the base address holds account and language, as the vendor's do."""

    kind: Literal["digitalbooker"]
    base_url: BaseUrl
    key_id: Secret | None = None
    key_password: Secret | None = None
    per_second: Annotated[float, Field(gt=0, le=50)] = 2.0
    system: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] = "digitalbooker"
    bookings: BookingsIn | None = None

    @model_validator(mode="after")
    def _has_key(self) -> Self:
        if self.bookings is not None and (self.key_id is None or self.key_password is None):
            raise ValueError("bookings are read with key_id and key_password")
        return self

    def connect(self, recipient: str, outside: Outside) -> Connector:
        """The account's connector."""
        return DigitalBooker()


class DigitalBooker(Connector):
    """Tasks for a human, in the words of the booking system."""

    @property
    def capabilities(self) -> frozenset[Act]:
        """None."""
        return frozenset()

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """No call that finds a person was found."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """A task."""
        return Sent(task=TASKS.get(instruction.act, "tell_recipient"))

    async def verify(self, instruction: Instruction) -> Outcome:
        """Only a human answers."""
        return Sent(task=TASKS.get(instruction.act, "tell_recipient"))


@dataclass(frozen=True, slots=True)
class Bookings:
    """The list of bookings of one account."""

    link: Link
    place: BookingsIn
    pause: float = 1.0

    @classmethod
    def of(cls, config: DigitalBookerConfig, outside: Outside, pause: float = 1.0) -> "Bookings":
        """The bookings of a configuration: HTTP Basic, key id and key password."""
        key = [secret.get_secret_value() for secret in (config.key_id, config.key_password) if secret is not None]
        if config.bookings is None or len(key) != 2:
            raise ValueError("no bookings are configured")
        limits = Limits(2, config.per_second)
        link = Link(outside, config.base_url, limits, (key[0], key[1]), {"Accept": "application/json"})
        return cls(link, config.bookings, pause)

    async def page(self, number: int, since: datetime | None) -> Listed:
        """One page, from 1; raises `Unreachable` and `Refusal`."""
        place = self.place
        query = dict(place.constant)
        if place.page is not None:
            query[place.page] = str(number)
        if place.since is not None and since is not None:
            query[place.since] = since.isoformat(timespec="seconds")
        body: Any = await get_page(self.link, place.path, query, self.pause)
        return Listed(records_in(at(body, place.records)), is_last=place.page is None or not at(body, place.more))
