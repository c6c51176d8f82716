"""The log of disclosures: read for the person, asked for recipients, erased with the person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.errors import Restricted
from app.customers.record import may_use
from app.customers.service import find
from app.pagination import Page, Window
from app.processors import repository, repository_disclosures
from app.processors.schemas_disclosures import DisclosureOut, RecipientOut
from app.register.operation import Operation


@dataclass(frozen=True, slots=True)
class Notified:
    """A recipient that must hear of an erasure, rectification or restriction (Art. 19).

    `last_disclosed_at` is None when it is told because data flow to it regularly, without an entry in the log.
    """

    processor_id: UUID | None
    code: str | None
    name: str
    last_disclosed_at: datetime | None


def list_disclosures(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[DisclosureOut]:
    """Who got this person's data, and who was refused them (Art. 15(1)(c))."""
    person = find(connection, op, customer_id)
    if not may_use(op, person):
        raise Restricted
    after = UUID(window.after[0]) if window.after else None
    rows = repository_disclosures.disclosures_after(connection, customer_id, after, window.limit + 1)
    op.audit(connection, "read_disclosures", "customer", subject_key=person.audit_key)
    return window.page([shown(row) for row in rows], [(str(row.id),) for row in rows])


def disclosures_of(connection: Connection, customer_id: UUID) -> list[DisclosureOut]:
    """Everything the log holds of a person, oldest first; the caller audits."""
    return [shown(row) for row in repository_disclosures.disclosures_after(connection, customer_id, None, None)]


def has_disclosures(connection: Connection, customer_id: UUID) -> bool:
    """Whether the log holds anything of a person."""
    return bool(repository_disclosures.disclosures_after(connection, customer_id, None, 1))


def recipients_to_notify(connection: Connection, customer_id: UUID) -> list[Notified]:
    """Whom Art. 19 says to tell about this person: those who got data, and those who regularly do."""
    return recipients_of_each(connection, [customer_id])[customer_id]


def recipients_of_each(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, list[Notified]]:
    """The same for many people at once; who took somebody's payment has got what the payment needs (F71-F73)."""
    found: dict[UUID, dict[object, Notified]] = {one: {} for one in customer_ids}
    for row in repository_disclosures.recipients_of(connection, customer_ids):
        reached = found[row.customer_id]
        reached.setdefault(row.processor_id or row.name, Notified(row.processor_id, row.code, row.name, row.last_at))
    for row in repository_disclosures.payers_of(connection, customer_ids):
        found[row.customer_id].setdefault(row.id, Notified(row.id, row.code, row.legal_name or row.name, None))
    for row in repository.always_notified(connection):
        for reached in found.values():
            reached.setdefault(row.id, Notified(row.id, row.code, row.legal_name or row.name, None))
    return {one: list(reached.values()) for one, reached in found.items()}


def erase_disclosures(connection: Connection, customer_id: UUID) -> int:
    """Erase the log of one person; ask `recipients_to_notify` first. The caller audits."""
    return repository_disclosures.erase(connection, customer_id)


def shown(row: Row[Any]) -> DisclosureOut:
    recipient = RecipientOut(processor_id=row.processor_id, code=row.recipient_code, name=row.recipient_name)
    return DisclosureOut.model_validate({**row._asdict(), "recipient": recipient})
