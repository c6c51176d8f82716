"""Disclosures: asked of the gate, logged with the named recipient, or refused with every reason."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.errors import CustomerNotFound
from app.db import new_id
from app.errors import Problem
from app.processors import gate, repository, repository_disclosures
from app.processors.disclosure_log import shown
from app.processors.disclosure_people import Person, people, systems_asked
from app.processors.errors import DisclosureErased, DisclosureInvalid, invalid
from app.processors.flows import Blocked, Carried
from app.processors.gate import Asked, Reason
from app.processors.schemas_disclosures import (
    DisclosureBatch,
    DisclosureBatchOut,
    DisclosureFields,
    DisclosureNew,
    DisclosureOut,
    DisclosureResult,
    ReasonOut,
)
from app.processors.sending import basis
from app.register.operation import Operation

AHEAD = timedelta(minutes=5)
"""How far a caller's clock may be ahead."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is the same for everybody: the recipient, what it would get, and why it may not."""

    asked: Asked
    processor_id: UUID | None
    recipient_name: str
    fields: list[str]
    reasons: tuple[Reason, ...]
    transfer_id: UUID | None
    at: datetime


def disclose(connection: Connection, op: Operation, new: DisclosureNew) -> DisclosureOut:
    """Ask the gate about one person's data, and log its answer."""
    case = _case(connection, op, new)
    person = people(connection, op, [new.customer], case.at)[0]
    if isinstance(person, Problem):
        raise person
    row = _entry(op, new, case, person)
    repository_disclosures.add_disclosures(connection, [row])
    outcome = "done" if row["outcome"] == "disclosed" else "refused"
    op.audit(connection, "disclose", "disclosure", row["id"], person.audit_key, outcome=outcome)
    return shown(_logged(connection, row["id"]))


def disclose_batch(connection: Connection, op: Operation, batch: DisclosureBatch) -> DisclosureBatchOut:
    """The same for up to 1000 people; an unknown one is reported and does not hinder the others."""
    case = _case(connection, op, batch)
    found = people(connection, op, batch.customers, case.at)
    rows = {
        index: _entry(op, batch, case, person) for index, person in enumerate(found) if not isinstance(person, Problem)
    }
    repository_disclosures.add_disclosures(connection, rows.values())
    may_send = sum(row["outcome"] == "disclosed" for row in rows.values())
    keys = [person.audit_key for person in found if not isinstance(person, Problem) and person.audit_key]
    counts = {"items": len(found), "logged": len(rows), "disclosed": may_send}
    op.audit(connection, "disclose_batch", "disclosure", details=counts, subjects=keys)
    results = [_result(index, person, rows.get(index)) for index, person in enumerate(found)]
    return DisclosureBatchOut(may_send=may_send, results=results)


def reread(connection: Connection, op: Operation, disclosure_id: UUID) -> DisclosureOut:
    """An entry of the log, for a replayed request; raises `DisclosureErased` after the person's erasure."""
    row = _logged(connection, disclosure_id)
    person = repository_disclosures.people(connection, [row.customer_id], systems_asked(op)).get(row.customer_id)
    if person is None:
        raise CustomerNotFound
    op.audit(connection, "read", "disclosure", disclosure_id, person.audit_key)
    return shown(row)


def _case(connection: Connection, op: Operation, sent: DisclosureFields) -> Case:
    if sent.occurred_at is not None and sent.occurred_at > op.at + AHEAD:
        raise invalid(DisclosureInvalid, "#/occurred_at", "lies in the future")
    at = min(sent.occurred_at or op.at, op.at)
    fields = None if sent.fields is None else tuple(sent.fields)
    asked = Asked(sent.purpose, tuple(dict.fromkeys(sent.categories)), fields)
    row = repository.known_as(connection, sent.recipient)
    recipient = None if row is None else gate.stored(row)
    reasons = gate.about_recipient(op.definition, recipient, asked)
    verdict = (
        Carried(None, None)
        if row is None
        else basis(connection, op.definition, row, asked.purpose, asked.categories, at)
    )
    if isinstance(verdict, Blocked):
        code = "country_unknown" if row is not None and row.country == "unknown" else "transfer_refused"
        reasons += [Reason(code, text) for text in verdict.reasons]
    return Case(
        asked,
        None if row is None else row.id,
        sent.recipient if row is None else row.legal_name or row.name,
        gate.fields_disclosed(op.definition, recipient, asked),
        tuple(dict.fromkeys(reasons)),
        verdict.transfer_id if isinstance(verdict, Carried) else None,
        at,
    )


def _entry(op: Operation, sent: DisclosureFields, case: Case, person: Person) -> dict[str, Any]:
    about = gate.about_person(op.definition, case.asked, erased=person.erased, grounds=person.grounds)
    reasons = [*case.reasons, *about]
    return {
        "id": new_id(),
        "customer_id": person.id,
        "processor_id": case.processor_id,
        "recipient_name": case.recipient_name,
        "purpose": case.asked.purpose,
        "categories": list(case.asked.categories),
        "fields": case.fields,
        "channel": sent.channel,
        "disclosed_at": case.at,
        "outcome": "refused" if reasons else "disclosed",
        "sent": sent.occurred_at is not None or not reasons,
        "reasons": [asdict(reason) for reason in reasons],
        "transfer_id": case.transfer_id,
        "client_id": op.actor.id,
        "register_version": op.register.version,
        "recorded_at": op.at,
    }


def _result(index: int, person: Person | Problem, row: dict[str, Any] | None) -> DisclosureResult:
    if isinstance(person, Problem) or row is None:
        problem = person if isinstance(person, Problem) else CustomerNotFound()
        return DisclosureResult(
            index=index, status=problem.status, id=None, outcome=None, reasons=[], problem=problem.body()
        )
    reasons = [ReasonOut.model_validate(reason) for reason in row["reasons"]]
    return DisclosureResult(
        index=index, status=201, id=row["id"], outcome=row["outcome"], reasons=reasons, problem=None
    )


def _logged(connection: Connection, disclosure_id: UUID) -> Row[Any]:
    row = repository_disclosures.disclosure(connection, disclosure_id)
    if row is None:
        raise DisclosureErased
    return row
