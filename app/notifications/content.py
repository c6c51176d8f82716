"""Who a notification is about, as its recipient knows them: no more than it may have (Art. 5(1)(c); F70)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.notifications import repository
from app.notifications.queueing import Notice, addressee, queue
from app.policy.notifications import Act
from app.processors.disclosure_log import recipients_to_notify
from app.register.definition import Definition
from app.register.operation import Operation

FIND_BY = frozenset({"name", "email", "references", "orders"})
"""What every recipient may be told for finding the person."""


def whole(connection: Connection, customer: Row[Any]) -> dict[str, Any]:
    """Everything that identifies a person to anybody: seal only a part of it."""
    references = customers.references_list(connection, customer.id)
    return identified(customer, [f"{system} {external_id}" for system, external_id in references])


def identified(customer: Row[Any], references: Sequence[str]) -> dict[str, Any]:
    """The same, of a person whose references are known."""
    return {
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "address": postal(customer),
        "language": customer.language,
        "references": list(references),
    }


def postal(customer: Row[Any]) -> str | None:
    """The address in one line."""
    if customer.street is None:
        return None
    return f"{customer.street}, {customer.postal_code} {customer.city}, {customer.country}"


def minimal(definition: Definition, recipient: str, content: dict[str, Any]) -> dict[str, Any]:
    """What of the content this recipient may have."""
    listed = definition.recipient(recipient)
    fields = FIND_BY | set(listed.fields if listed else ())
    return {name: value for name, value in content.items() if name in fields and value not in (None, [])}


def tell_of_erasure(
    connection: Connection,
    op: Operation,
    request_id: UUID | None,
    customer: Row[Any],
    content: dict[str, Any],
    act: Act,
    only: Collection[str] | None,
) -> None:
    """One notification for each recipient, with what it may have sealed in it, while there is something to seal."""
    notices, orders = [], repository.orders_by_provider(connection, customer.id)
    for one in recipients_to_notify(connection, customer.id):
        name = addressee(one)
        if only is not None and name not in only:
            continue
        needed = minimal(op.definition, name, {**content, "orders": orders.get(name, [])})
        notices.append(Notice(name, act, request_id, customer.id, one.processor_id, needed))
    queue(connection, op, notices)
