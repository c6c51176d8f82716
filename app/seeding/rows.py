"""The rows that the service would have written for generated people, made by the service's own functions.

Each dealing passes the API's schema and becomes rows through the functions that the step-by-step service uses, audit
row included; only the statements are left out, because many people are written at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from app.audit.repository import AuditEvent
from app.audit.tables import audit_events
from app.consents.rules import content_hash, purpose_for
from app.consents.schemas import ConsentIn
from app.consents.storing import event_row, winning
from app.consents.tables import consent_events, consent_states
from app.consents.taking import Taking
from app.customers import suppression
from app.customers.drafts import begun
from app.customers.identity import Address
from app.customers.purchases import columns, printed
from app.customers.record import addresses, new_values
from app.customers.schemas import CustomerFields
from app.customers.schemas_purchases import BookingFields, PurchaseFields
from app.customers.tables import (
    bookings,
    customer_changes,
    customer_references,
    customers,
    purchases,
    suppression_events,
    suppressions,
    vouchers,
)
from app.db import ids_from, new_id
from app.policy.vocabulary import Channel
from app.register.operation import Operation
from app.seeding.ids import Ids
from app.seeding.people import Dealing, Person

ORDER = (
    *(customers, customer_references, consent_events, consent_states, purchases, vouchers, bookings),
    *(suppression_events, suppressions, customer_changes, audit_events),
)
"""The tables in an order that foreign keys allow."""
_AUDITED = tuple(field.name for field in fields(AuditEvent))
_PROJECTED = ("address_hash", "purpose", "channel", "key_id", "state", "origin", "since")

Rows = dict[Table, list[dict[str, Any]]]


@dataclass(slots=True)
class Known:
    """A customer's row with its members as attributes, as the service's functions expect a row of the database."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.values[name]


def rows_of(people: Iterable[Person], operations: Mapping[str, Operation]) -> Rows:
    """All rows of these people; `operations` are those of the integrations, by reference system."""
    rows: Rows = {table: [] for table in ORDER}
    for person in people:
        ids = Ids(person.random, person.at)
        with ids_from(ids):
            _write(rows, person, operations, ids)
    return rows


def _write(rows: Rows, person: Person, operations: Mapping[str, Operation], ids: Ids) -> None:
    system = person.references[0][0]
    op = _at(operations[system], person.at)
    draft = begun(op, new_id(), new_values(op, CustomerFields.model_validate(person.fields)))
    customer = Known(dict(draft.row))
    rows[customers].append(customer.values)
    for other, external_id in person.references:
        of_reference = {"system": other, "external_id": external_id, "customer_id": customer.id}
        rows[customer_references].append({**of_reference, "created_at": person.at})
    _audit(rows, op, customer, "register", "customer")
    events: list[dict[str, Any]] = []
    for dealing in person.dealings:
        ids.at(dealing.at)
        op = _at(operations["booking" if _is_of_booking(dealing, system) else "webshop"], dealing.at)
        if dealing.kind == "consent":
            events.append(_consent(rows, op, person, customer, dealing))
        else:
            (_purchase if dealing.kind == "purchase" else _booking)(rows, op, customer, dealing)
    rows[consent_states] += winning(events)


def _is_of_booking(dealing: Dealing, system: str) -> bool:
    return dealing.kind == "booking" or system == "booking"


def _at(op: Operation, moment: datetime) -> Operation:
    op.at = moment
    return op


def _audit(rows: Rows, op: Operation, customer: Known, action: str, entity: str, entity_id: object = None) -> None:
    event = op.event(action, entity, entity_id, customer.audit_key)
    rows[audit_events].append({name: getattr(event, name) for name in _AUDITED})


def _touch(customer: Known, at: datetime) -> None:
    customer.values["last_interaction_at"] = max(customer.last_interaction_at, at)


def _purchase(rows: Rows, op: Operation, customer: Known, dealing: Dealing) -> None:
    sent = PurchaseFields.model_validate(dealing.sent)
    shared = {"customer_id": customer.id, "system": "webshop", "order_id": dealing.key, "created_at": op.at}
    purchase = {**shared, "id": new_id(), "version": 1, "updated_at": op.at, **columns(sent)}
    named = {"id": new_id(), "number": sent.voucher.number, "material": sent.voucher.material}
    rows[purchases].append(purchase)
    rows[vouchers].append({**shared, **named, **printed(customer.id, dealing.key, sent)})
    _touch(customer, min(op.start_of(sent.purchased_on), op.at))
    _audit(rows, op, customer, "put", "purchase", purchase["id"])


def _booking(rows: Rows, op: Operation, customer: Known, dealing: Dealing) -> None:
    sent = BookingFields.model_validate(dealing.sent)
    key = {"customer_id": customer.id, "system": "booking", "booking_id": dealing.key}
    made = {"id": new_id(), "version": 1, "created_at": op.at, "updated_at": op.at}
    rows[bookings].append({**key, **made, **sent.model_dump()})
    _touch(customer, min(sent.starts_at, op.at))
    _audit(rows, op, customer, "put", "booking", made["id"])


def _consent(rows: Rows, op: Operation, person: Person, customer: Known, dealing: Dealing) -> dict[str, Any]:
    sent = ConsentIn.model_validate(dealing.sent)
    taking = Taking(sent, None, purpose_for(op, sent))
    if (named := sent.wording) is not None:
        taking.wording = (named.id, named.version, named.language or op.definition.default_language)
    event = event_row(op, taking, customer.id, content_hash(op, sent))
    rows[consent_events].append(event)
    if taking.withdrawn and taking.is_marketing:
        _suppress(rows, op, event["id"], addresses(customer), taking)  # type: ignore[arg-type] # it reads attributes
        _tell(rows, op, person, customer)
    _audit(rows, op, customer, sent.action, "consent", event["id"])
    return event


def _suppress(rows: Rows, op: Operation, event_id: UUID, of: list[Address], taking: Taking) -> None:
    sent = taking.sent
    what = suppression.Suppression(
        sent.purpose, "suppressed", "consent_withdrawal", sent.occurred_at, op.actor.id, op.at, event_id
    )
    made = suppression.events(op.keys.key_id, of, {Channel(channel) for channel in taking.channels}, what)
    rows[suppression_events] += made
    rows[suppressions] += [{name: event[name] for name in _PROJECTED} for event in made]


def _tell(rows: Rows, op: Operation, person: Person, customer: Known) -> None:
    """Every system that knows the person hears of a withdrawal."""
    for system, external_id in person.references:
        told = {"customer_id": customer.id, "system": system, "external_id": external_id}
        rows[customer_changes].append({"id": new_id(), **told, "kind": "withdrawn", "at": op.at})
