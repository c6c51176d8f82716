"""Turn notifications into instructions: who they are about, from what is sealed or from the record of the living."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.connectors.instruction import Change, Instruction, Role, Subject
from app.consents.schemas import Who
from app.delivery import repository
from app.delivery.links import acknowledge_url, callback_url
from app.notifications import repository as notifications
from app.notifications.content import identified, minimal
from app.policy.notifications import Act
from app.policy.vocabulary import Channel
from app.processing_checks.schemas import CheckIn
from app.processing_checks.service import run as check
from app.processors import repository as processors
from app.register.operation import Operation


@dataclass(frozen=True, slots=True)
class Known:
    """What the register knows about the people of one batch, asked once for all of them."""

    people: Mapping[UUID, Row[Any]] = field(default_factory=dict)
    references: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    orders: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    states: Mapping[UUID, Sequence[Row[Any]]] = field(default_factory=dict)
    cases: Mapping[UUID, str] = field(default_factory=dict)
    role: Role = "unknown"


def known(connection: Connection, rows: Sequence[Row[Any]]) -> Known:
    """Of these notifications, which are all to one recipient."""
    unsealed = sorted({row.customer_id for row in rows if row.customer_id and row.sealed is None})
    withdrawn = sorted({row.customer_id for row in rows if row.customer_id and is_loose_withdrawal(row)})
    cases = {row.request_id for row in rows if row.request_id}
    return Known(
        people=repository.living(connection, unsealed),
        references=repository.references(connection, unsealed),
        orders=notifications.orders_paid_through(connection, unsealed, rows[0].recipient) if rows else {},
        states=repository.consent_states_of(connection, withdrawn),
        cases=repository.case_numbers(connection, cases),
        role=_role(connection, rows[0].recipient) if rows else "unknown",
    )


def _role(connection: Connection, recipient: str) -> Role:
    """What the recipient is: one that is in no list, or whose role is not known, is told as both."""
    found = processors.known_as(connection, recipient)
    role: Role = "unknown" if found is None else found.role
    return role


def is_loose_withdrawal(row: Row[Any]) -> bool:
    """Whether it tells of a consent that was withdrawn outside a case, and may have been given again since."""
    return bool(row.act == Act.CONSENT_WITHDRAWAL and row.request_id is None)


def is_taken_back(row: Row[Any], known_: Known) -> bool:
    """Whether the consent whose withdrawal is told has been given again meanwhile, on every channel."""
    if row.customer_id is None or not is_loose_withdrawal(row):
        return False
    found = [
        state
        for state in known_.states.get(row.customer_id, ())
        if state.purpose in row.purposes and state.channel in row.channels
    ]
    return bool(found) and all(one.action == "given" and one.recorded_at > row.queued_at for one in found)


def content_for(op: Operation, row: Row[Any], known_: Known) -> dict[str, Any] | None:
    """Who it is about: what is sealed, else what a living person's record says now; None for nobody any more."""
    found = notifications.content_of(op.keys, row)
    if found is not None or row.customer_id is None:
        return found
    customer = known_.people.get(row.customer_id)
    if customer is None:
        return None
    references, orders = (of.get(row.customer_id, ()) for of in (known_.references, known_.orders))
    return minimal(op.definition, row.recipient, {**identified(customer, references), "orders": list(orders)})


def instruction_of(
    connection: Connection, op: Operation, row: Row[Any], content: Mapping[str, Any], known_: Known, base_url: str
) -> Instruction:
    """The instruction that this notification is."""
    named = {name: content.get(name) for name in ("name", "email", "phone", "address")}
    references = dict(one.split(" ", 1) for one in content.get("references", ()) if " " in one)
    lifted = row.act == Act.RESTRICTION_LIFTED and row.customer_id is not None
    return Instruction(
        id=row.id,
        act=Act(row.act),
        recipient=row.recipient,
        subject=Subject(**named, references=references),
        queued_at=row.queued_at,
        due_on=row.due_on,
        case_number=known_.cases.get(row.request_id),
        purposes=tuple(row.purposes),
        channels=tuple(row.channels),
        changes=tuple(Change(one["about"], one["was"], one["is"]) for one in content.get("changed", ())),
        orders=tuple(content.get("orders", ())),
        memory={**(repository.memory_before(connection, row) if lifted else {}), **row.memory},
        reference=row.reference,
        acknowledge_url=acknowledge_url(op.keys, base_url, row.id),
        callback_url=callback_url(base_url),
        language=op.definition.default_language,
        controller=op.definition.controller.legal_name,
        reply_to=op.definition.request_email,
        role=known_.role,
        marketing_allowed=lifted and _may_be_mailed(connection, op, row),
    )


def _may_be_mailed(connection: Connection, op: Operation, row: Row[Any]) -> bool:
    """Whether some marketing that the recipient serves is allowed by e-mail now."""
    served = [p for p in op.definition.marketing_purposes if row.recipient in p.recipients]
    person = [Who(id=str(row.customer_id))]
    asked = (CheckIn(purpose=p.code, channel=Channel.EMAIL, subjects=person) for p in served)
    return any(check(connection, op, one).results[0].allowed for one in asked)
