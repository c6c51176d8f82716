"""Turn what was claimed into instructions, and write that they are about to leave, before they do (Art. 5(2))."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.connectors.connector import Connector
from app.connectors.human import ByHuman
from app.connectors.instruction import Change, Instruction, Subject
from app.connectors.outcome import Sent
from app.consents.schemas import Who
from app.customers import repository as customers
from app.db import new_id
from app.delivery import repository
from app.delivery.links import acknowledge_url, callback_url
from app.delivery.outcomes import Excuse, Held, Result
from app.notifications import repository as notifications
from app.notifications.content import minimal, orders_at, whole
from app.policy.notifications import Act, Progress
from app.policy.vocabulary import Channel
from app.processing_checks.schemas import CheckIn
from app.processing_checks.service import run as check
from app.processors.sending import Stopped, may_send
from app.register.operation import Operation

GONE = "superseded: nothing is held of the person any more"
GIVEN_AGAIN = "superseded: the person has consented anew"
TRANSFER = "transfer_basis"
"""Why something waits: nothing in Chapter V carries it to where the recipient is (Art. 44)."""


@dataclass(frozen=True, slots=True)
class Ready:
    """One notification, ready to be handed over, or settled already."""

    row: Row[Any]
    instruction: Instruction | None
    settled: Result | None = None

    @property
    def is_look(self) -> bool:
        """Whether it has left before, and a machine may look whether it is done."""
        return bool(self.row.state == Progress.SENT)


def prepare(
    connection: Connection,
    op: Operation,
    rows: Sequence[Row[Any]],
    connector: Connector,
    *,
    worker: str,
    base_url: str,
) -> list[Ready]:
    """The instructions of these notifications, of one recipient; each that leaves has its attempt written."""
    cases = repository.case_numbers(connection, {row.request_id for row in rows if row.request_id})
    ready = [_ready(connection, op, row, connector, cases, base_url) for row in rows]
    leaving = [one.row for one in ready if one.settled is None and not one.is_look]
    notifications.add_attempts(connection, [_attempt(connection, op, row, worker) for row in leaving])
    keys = customers.audit_keys(connection, sorted({row.customer_id for row in rows if row.customer_id}))
    op.audit(connection, "deliver", "notification", details={"items": len(rows)}, subjects=keys)
    return ready


def _ready(
    connection: Connection,
    op: Operation,
    row: Row[Any],
    connector: Connector,
    cases: Mapping[UUID, str],
    base_url: str,
) -> Ready:
    if _is_taken_back(connection, row):
        return Ready(row, None, Excuse(GIVEN_AGAIN))
    content = content_for(connection, op, row)
    if content is None:
        return Ready(row, None, Excuse(GONE))
    if isinstance(connector, ByHuman):  # nothing leaves: whoever does the task decides how
        return Ready(row, None, Sent(task="tell_recipient"))
    verdict = may_send(
        connection, op.definition, row.recipient, None, (), op.at, carries_personal_data=connector.carries_personal_data
    )
    if isinstance(verdict, Stopped):
        return Ready(row, None, Held(TRANSFER))
    return Ready(row, instruction_of(connection, op, row, content, cases, base_url))


def _is_taken_back(connection: Connection, row: Row[Any]) -> bool:
    """Whether the consent whose withdrawal is told has been given again meanwhile, on every channel."""
    if row.act != Act.CONSENT_WITHDRAWAL or row.customer_id is None or row.request_id is not None:
        return False
    return repository.given_since(connection, row.customer_id, row.purposes, row.channels, row.queued_at)


def content_for(connection: Connection, op: Operation, row: Row[Any]) -> dict[str, Any] | None:
    """Who it is about: what is sealed, or else what the record of a living person says now."""
    found = notifications.content_of(op.keys, row)
    if found is not None or row.customer_id is None:
        return found
    customer = repository.living(connection, row.customer_id)
    if customer is None:
        return None
    orders = orders_at(connection, row.customer_id, row.recipient)
    return minimal(op.definition, row.recipient, {**whole(connection, customer), "orders": orders})


def instruction_of(
    connection: Connection,
    op: Operation,
    row: Row[Any],
    content: dict[str, Any],
    cases: Mapping[UUID, str],
    base_url: str,
) -> Instruction:
    """The instruction that this notification is, with who it is about."""
    named = {name: content.get(name) for name in ("name", "email", "phone", "address")}
    references = dict(one.split(" ", 1) for one in content.get("references", ()) if " " in one)
    return Instruction(
        id=row.id,
        act=Act(row.act),
        recipient=row.recipient,
        subject=Subject(**named, references=references),
        queued_at=row.queued_at,
        due_on=row.due_on,
        case_number=cases.get(row.request_id),
        purposes=tuple(row.purposes),
        channels=tuple(row.channels),
        changes=tuple(Change(one["about"], one["was"], one["is"]) for one in content.get("changed", ())),
        orders=tuple(content.get("orders", ())),
        memory={**repository.memory_before(connection, row), **row.memory},
        reference=row.reference,
        acknowledge_url=acknowledge_url(op.keys, base_url, row.id),
        callback_url=callback_url(base_url),
        language=op.definition.default_language,
        controller=op.definition.controller.legal_name,
        reply_to=op.definition.request_email,
        marketing_allowed=_may_be_mailed(connection, op, row),
    )


def _may_be_mailed(connection: Connection, op: Operation, row: Row[Any]) -> bool:
    """Of a restriction that is lifted: whether some marketing that the recipient serves is allowed by e-mail now."""
    if row.act != Act.RESTRICTION_LIFTED or row.customer_id is None:
        return False
    served = [p for p in op.definition.marketing_purposes if row.recipient in p.recipients]
    person = [Who(id=str(row.customer_id))]
    asked = (CheckIn(purpose=p.code, channel=Channel.EMAIL, subjects=person) for p in served)
    return any(check(connection, op, one).results[0].allowed for one in asked)


def _attempt(connection: Connection, op: Operation, row: Row[Any], worker: str) -> dict[str, Any]:
    listed = op.definition.recipient(row.recipient)
    return {
        "id": new_id(),
        "notification_id": row.id,
        "number": row.attempts + 1,
        "began_at": op.at,
        "recipient_name": repository.legal_name(connection, row.processor_id) or row.recipient,
        "purpose": op.purpose.code,
        "categories": list(listed.categories if listed else ()),
        "worker": worker[:80],
    }
