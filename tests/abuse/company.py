"""A company that calls the service: what it sends, and what its model says the answer should be."""

from datetime import datetime
from itertools import count
from typing import Any

from tests.abuse.driver import Driver
from tests.abuse.model import NEWSLETTER, Event, Person, Register, hours

Arrival = tuple[str, str | None, int]
"""A reference, an address, and how many hours ago the person dealt with the company."""
Consent = tuple[str, str, str, str, bool, bool, int]
"""How the person is named, reference, address, purpose, whether withdrawn, whether confirmed, how many hours ago."""
_companies = count()


class Company:
    """Its own references and addresses, and the model of the register as far as it concerns the company."""

    call: Driver

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"x{next(_companies)}"
        self.model = Register()
        self.sent: list[dict[str, Any]] = []
        self.keys: dict[int, tuple[dict[str, Any], str]] = {}
        self.epoch = self.now

    @property
    def now(self) -> datetime:
        return self.call.world.now

    def reference(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def email(self, name: str) -> str:
        return f"{self.prefix}-{name}@example.fi"

    # What callers send.

    def person(self, arrival: Arrival) -> tuple[str, dict[str, Any], datetime]:
        """Reference, payload and time of an arrival; None sends no address, an empty text none any more."""
        name, email, ago = arrival
        at = self.now - hours(ago)
        body: dict[str, Any] = {
            "name": "Aino Esimerkki",
            "source": "customer_relationship",
            "interaction": {"kind": "purchase", "occurred_at": at.isoformat()},
        }
        if email is not None:
            body["email"] = self.email(email) if email else None
        return self.reference(name), body, at

    def expected_arrival(self, reference: str, body: dict[str, Any], at: datetime) -> int:
        if self.model.behind(reference) is not None:
            return 200
        return 410 if self.model.is_old(reference, body.get("email"), at) else 201

    def consent(self, sent: Consent) -> dict[str, Any]:
        """A consent event with a name of its own."""
        named_by, name, email, purpose, withdrawn, confirmed, ago = sent
        at = (self.now - hours(ago)).isoformat()
        body: dict[str, Any] = {
            "event_id": f"{self.prefix}-e{len(self.sent)}-{self.model.next_arrival()}",
            "customer": self.named(named_by, name, email),
            "purpose": purpose,
            "channels": ["email"] if purpose == NEWSLETTER else [],
            "action": "withdrawn" if withdrawn else "given",
            "collected_via": "unsubscribe_link" if withdrawn else "double_opt_in" if confirmed else "web_form",
            "occurred_at": at,
        }
        if not withdrawn:
            body["wording"] = {"id": purpose, "version": 1}
            body["evidence"] = {"double_opt_in_confirmed_at": at} if confirmed else {}
        return body

    def named(self, named_by: str, name: str, email: str) -> dict[str, str]:
        """How a call names somebody; by id the last who had the reference, if anybody had."""
        reference = self.reference(name)
        had = [person.id for person in self.model.people.values() if person.reference == reference]
        if named_by == "id" and had:
            return {"id": had[-1]}
        return {"email": self.email(email)} if named_by == "email" else {"system": "webshop", "id": reference}

    def expected_consent(self, body: dict[str, Any]) -> tuple[int, list[Person]]:
        """The status, and whom the event concerns."""
        who, withdrawn = body["customer"], body["action"] == "withdrawn"
        if "email" in who:
            found = self.model.at(who["email"])
            if withdrawn:
                return 201, found
            return {0: 404, 1: 201}.get(len(found), 409), found
        person = self.model.people[who["id"]] if "system" not in who else self.model.behind(who["id"])
        if person is None:
            return 404, []
        return (410, []) if person.erased_at is not None else (201, [person])

    def take(self, body: dict[str, Any], people: list[Person]) -> list[Person]:
        """Take the event; who is to be told of it."""
        at = datetime.fromisoformat(body["occurred_at"])
        event = Event(at, body["action"] == "withdrawn", self.model.next_arrival())
        lifted_at = at if body["collected_via"] == "double_opt_in" else None
        self.model.take(people, body["purpose"], event, lifted_at)
        if "email" in body["customer"]:
            self.model.suppress(body["customer"]["email"], body["purpose"], event, lifted_at)
        self.sent.append(body)
        return people if event.withdrawn and body["purpose"] == NEWSLETTER else []
