"""Generated people for a first look: nobody real, the same each time, at example.com and example.fi.

They come in through the same functions as the API's own calls, each as an operation of the client that would make
them, so that the audit trail, the consents and the vouchers of a first start are as they would be in use. What a
definition does not hold (a field, a language, a kind of record, a purpose) is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from app.consents import service as consents
from app.consents import wordings
from app.consents.schemas import ConsentIn, WordingIn
from app.customers import purchases, service
from app.customers.schemas import CustomerFields, Reference
from app.customers.schemas_purchases import BookingFields, PurchaseFields
from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.register.operation import Operation

WORDS = {
    "fi": "Annan suostumukseni: {label}. Voin peruuttaa sen milloin tahansa yhtä helposti kuin annoin sen.",
    "sv": "Jag samtycker: {label}. Jag kan när som helst återkalla det lika lätt som jag gav det.",
    "en": "I consent: {label}. I may withdraw it at any time, as easily as I gave it.",
}

NEW = 7
"""Orders younger than this many days are neither delivered, paid nor classified."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is, and how many days ago or ahead they dealt with the company."""

    reference: str
    name: str
    language: str
    email: str
    phone: str | None = None
    street: str | None = None
    bought: tuple[int, ...] = ()
    booked: tuple[int, ...] = ()  # in the booking system; who has bought came through the webshop
    consented: tuple[tuple[str, str, int], ...] = ()
    """(purpose, `given` or `withdrawn`, days ago)"""


PEOPLE = (
    Person(
        "demo-1",
        "Aino Esimerkki",
        "fi",
        "aino.esimerkki@example.fi",
        "040 000 0001",
        "Esimerkkikatu 1",
        bought=(1130, 400, 30),
        consented=(("newsletter", "given", 1130), ("marketing", "given", 400)),
    ),
    Person("demo-2", "Matti Mallikas", "fi", "matti.mallikas@example.fi", "040 000 0002", "Mallitie 2", bought=(2,)),
    Person(
        "demo-3",
        "Elin Exempel",
        "sv",
        "elin.exempel@example.com",
        "040 000 0003",
        bought=(200,),
        consented=(("newsletter", "given", 200), ("newsletter", "withdrawn", 20)),
    ),
    Person("demo-4", "Erik Provberg", "sv", "erik.provberg@example.com", None, "Provgränden 4", bought=(2600, 90)),
    Person(
        "demo-5",
        "Emma Sample",
        "en",
        "emma.sample@example.com",
        "040 000 0005",
        booked=(40, -9),
        consented=(("booking_data", "given", 40),),
    ),
    Person("demo-6", "Antti Esimerkki", "fi", "aino.esimerkki@example.fi", None, "Esimerkkikatu 1", bought=(15,)),
)
"""Three financial years, an open order, a coming booking, a withdrawal, an old voucher, a shared address."""


@dataclass(frozen=True, slots=True)
class Actors:
    """On whose behalf people are brought in."""

    controller: Operation
    webshop: Operation
    booking: Operation


def introduce(connection: Connection, actors: Actors) -> None:
    """Bring in the wordings and the people, in the caller's transaction."""
    for wording in _wordings(actors.controller.definition):
        wordings.put(connection, actors.controller, wording)
    for person in PEOPLE:
        _bring_in(connection, actors.webshop if person.bought else actors.booking, person)


def _wordings(definition: Definition) -> Iterator[WordingIn]:
    for purpose in definition.consent_purposes:
        for language in definition.languages:
            spoken = language if language in WORDS else "en"
            text = WORDS[spoken].format(label=purpose.label.text(language).lower())
            yield WordingIn(id=f"{purpose.code}_form", version=1, language=language, purpose=purpose.code, text=text)


def _bring_in(connection: Connection, op: Operation, person: Person) -> None:
    """One person with all their dealings, through the integration that serves them."""
    reference = Reference(system=min(op.actor.systems), id=person.reference)
    customer, _ = service.upsert(connection, op, reference, _fields(op, person))
    records = op.definition.records
    for number, days in enumerate(person.bought if "purchases" in records else (), start=1):
        order = f"{person.reference}-{number}"
        sent = _purchase(op, person, order, days)
        purchases.put_purchase(connection, op, customer.id, reference.system, order, sent, None)
    for number, days in enumerate(person.booked if "bookings" in records else (), start=1):
        booking = f"{person.reference}-{number}"
        purchases.put_booking(connection, op, customer.id, reference.system, booking, _booking(op, days))
    for event in _consents(op, person, reference) if "consents" in records else ():
        consents.record(connection, op, event)


def _fields(op: Operation, person: Person) -> CustomerFields:
    held = op.definition.contact_fields
    first = max((*person.bought, *person.booked))
    contact: dict[str, Any] = {"name": person.name, "email": person.email, "phone": person.phone}
    if person.street is not None:
        contact["address"] = {"street": person.street, "postal_code": "33200", "city": "Tampere"}
    return CustomerFields.model_validate(
        {
            **{name: value for name, value in contact.items() if name in held and value is not None},
            "language": person.language if person.language in op.definition.languages else None,
            "source": op.definition.sources[0].code,
            "interaction": {"kind": "purchase" if person.bought else "booking", "occurred_at": _ago(op, first)},
        }
    )


def _ago(op: Operation, days: int) -> str:
    return (op.at.replace(microsecond=0) - timedelta(days=days)).isoformat()


def _purchase(op: Operation, person: Person, order: str, days: int) -> PurchaseFields:
    day = (op.today - timedelta(days=days)).isoformat()
    done = day if days > NEW else None
    return PurchaseFields.model_validate(
        {
            "purchased_on": day,
            "booked_on": day,
            "total": "49.90",
            "lines": [{"title": "Kurssi / Course", "quantity": "1", "unit_price": "49.90", "vat_rate": "25.5"}],
            "voucher": _voucher(person, order, days),
            "product_group": "courses",
            "fulfilled_on": done,
            "marketing_refusal_offered": True,
            "payment": {"provider": "Paytrail", "method": "bank", "settled_on": done},
        }
    )


def _voucher(person: Person, order: str, days: int) -> dict[str, Any]:
    """Kept here as printed where there is an address, else elsewhere; a new one still awaits the accountant."""
    voucher: dict[str, Any] = {"number": f"V-{order}", "material": "voucher" if days > NEW else "unclassified"}
    if person.street is None:
        return {**voucher, "record": "elsewhere", "holder": "MyCashflow"}
    printed = {"name": person.name, "address": f"{person.street}, 33200 Tampere"}
    return {**voucher, "record": "here", "buyer_as_printed": printed}


def _booking(op: Operation, days: int) -> BookingFields:
    start = op.at.replace(minute=0, second=0, microsecond=0) - timedelta(days=days)
    return BookingFields.model_validate(
        {
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=1)).isoformat(),
            "service": "Tutustuminen / Introduction",
            "state": "booked" if days < 0 else "done",
        }
    )


def _consents(op: Operation, person: Person, reference: Reference) -> Iterator[ConsentIn]:
    for number, (code, action, days) in enumerate(person.consented, start=1):
        purpose = op.definition.purpose(code)
        if purpose is not None and purpose.needs_consent:
            yield _event(op, purpose, reference, f"{reference.id}-{number}", action, days)


def _event(op: Operation, purpose: Purpose, reference: Reference, event_id: str, action: str, days: int) -> ConsentIn:
    return ConsentIn.model_validate(
        {
            "event_id": event_id,
            "customer": {"system": reference.system, "id": reference.id},
            "purpose": purpose.code,
            "channels": [channel.value for channel in purpose.channels],
            "action": action,
            "wording": {"id": f"{purpose.code}_form", "version": 1} if action == "given" else None,
            "collected_via": "web_form",
            "occurred_at": _ago(op, days),
        }
    )
