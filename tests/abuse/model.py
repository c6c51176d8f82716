"""A small register in memory: what the service should say after any sequence of calls, in any order of arrival."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

NEWSLETTER, BOOKING_DATA = "newsletter", "booking_data"
BAN = "*"


class Event(NamedTuple):
    """A consent event, ordered as the register orders them: by its time, a withdrawal after a consent."""

    occurred_at: datetime
    withdrawn: bool
    arrival: int

    @property
    def action(self) -> str:
        return "withdrawn" if self.withdrawn else "given"


class Entry(NamedTuple):
    """What is written for an address: the later stands, at the same instant a suppression."""

    since: datetime
    suppressed: bool


@dataclass
class Person:
    """What the register holds of somebody."""

    id: str
    reference: str | None
    email: str | None
    consents: dict[str, Event] = field(default_factory=dict)
    mark: dict[str, Entry] = field(default_factory=dict)
    """What stops them while they have no address, and at the next one: by purpose, or `BAN` for all."""
    case: str | None = None
    """The decided erasure that waits for its execution."""
    erased_at: datetime | None = None
    told: list[str] = field(default_factory=list)
    orders: int = 0

    @property
    def state(self) -> str:
        """`erased`, `restricted` or `active`."""
        return "erased" if self.erased_at else "restricted" if self.case else "active"


@dataclass
class Register:
    """Everybody, the addresses that are suppressed, and what is remembered of the erased."""

    people: dict[str, Person] = field(default_factory=dict)
    addresses: dict[tuple[str, str], Entry] = field(default_factory=dict)
    tombstones: dict[str, datetime] = field(default_factory=dict)
    arrivals: int = 0

    def behind(self, reference: str) -> Person | None:
        """The living person with this reference."""
        return next((p for p in self.living() if p.reference == reference), None)

    def living(self) -> list[Person]:
        """All who have not been erased."""
        return [person for person in self.people.values() if person.erased_at is None]

    def at(self, email: str) -> list[Person]:
        """All living people with this address."""
        return [person for person in self.living() if person.email == email]

    def is_old(self, reference: str, email: str | None, interaction_at: datetime) -> bool:
        """Whether what arrives is older than the erasure of the person it would bring back."""
        known = [self.tombstones[key] for key in (reference, email) if key in self.tombstones]
        return bool(known) and interaction_at <= max(known)

    def arrive(self, person_id: str, reference: str, sent: dict[str, Any]) -> None:
        """Make or update somebody; while an erasure is pending the values stay as they are."""
        person = self.people.get(person_id)
        if person is None:
            self.people[person_id] = Person(person_id, reference, sent.get("email"))
        elif person.case is None and "email" in sent:
            self.move(person, sent["email"])

    def move(self, person: Person, email: str | None) -> None:
        """Change the address: what stopped the person at the old one, or without one, follows."""
        old, person.email = person.email, email
        if email == old:
            return
        for purpose in (NEWSLETTER, BAN):
            entry = person.mark.get(purpose) if old is None else self.addresses.get((old, purpose))
            if entry is not None:
                self._write_for(person, purpose, entry)

    def _write_for(self, person: Person, purpose: str, entry: Entry) -> None:
        if person.email is not None:
            self._write(person.email, purpose, entry)
        else:
            person.mark[purpose] = max(entry, person.mark.get(purpose, entry))

    def take(self, people: Iterable[Person], purpose: str, event: Event, lifted_at: datetime | None) -> None:
        """Take a consent event for these people, and what it does to their addresses."""
        for person in people:
            person.consents[purpose] = max(event, person.consents.get(purpose, event))
            self.suppress(person.email, purpose, event, lifted_at)

    @staticmethod
    def tell(people: Iterable[Person]) -> None:
        """Tell the callers that these people have withdrawn a marketing consent: once for each call."""
        for person in people:
            person.told.append("withdrawn")

    def suppress(self, email: str | None, purpose: str, event: Event, lifted_at: datetime | None) -> None:
        """A withdrawal of marketing suppresses the address, a double opt-in lifts that."""
        if email is None or purpose != NEWSLETTER:
            return
        if event.withdrawn:
            self._write(email, purpose, Entry(event.occurred_at, suppressed=True))
        elif lifted_at is not None:
            self._write(email, purpose, Entry(min(lifted_at, event.occurred_at), suppressed=False))

    def ban(self, person: Person, at: datetime) -> None:
        """No more marketing to this person, wherever they go."""
        person.mark[BAN] = Entry(at, suppressed=True)
        person.told.append("banned")
        if person.email is not None:
            self._write(person.email, BAN, person.mark[BAN])

    def erase_due(self, at: datetime) -> None:
        """Carry out every decided erasure: it withdraws the newsletter, and what suppresses an address outlives it."""
        for person in self.living():
            if person.case is None:
                continue
            event = person.consents.get(NEWSLETTER)
            if event is not None and not event.withdrawn:
                self.suppress(person.email, NEWSLETTER, Event(at, withdrawn=True, arrival=0), None)
            for key in (person.reference, person.email):
                if key is not None:
                    self.tombstones[key] = at
            person.erased_at, person.told = at, ["erased"]

    def may(self, person: Person, purpose: str) -> bool:
        """Whether the purpose may be served now (the newsletter by e-mail)."""
        event = person.consents.get(purpose)
        if person.state != "active" or event is None or event.withdrawn:
            return False
        return purpose != NEWSLETTER or (person.email is not None and not self.is_stopped(person.email))

    def is_stopped(self, email: str) -> bool:
        """Whether the newsletter may not go to this address, whoever is behind it."""
        own, ban = self.addresses.get((email, NEWSLETTER)), self.addresses.get((email, BAN))
        if own is not None and own.suppressed:
            return True
        return ban is not None and (own is None or own.since <= ban.since)

    def _write(self, email: str, purpose: str, entry: Entry) -> None:
        self.addresses[email, purpose] = max(entry, self.addresses.get((email, purpose), entry))

    def next_arrival(self) -> int:
        """A number that says in which order things arrived."""
        self.arrivals += 1
        return self.arrivals


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
