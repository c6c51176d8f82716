"""Transfers outside the EEA: recorded, assessed at once, assessed again, ended (Chapter V)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.db import new_id
from app.pagination import Page, Window
from app.policy.transfers import AdequacyDecision, Mechanism, Permitted, justify
from app.processors import adequacy, repository_transfers
from app.processors.errors import TransferEnded, TransferInvalid, TransferNotFound, invalid
from app.processors.flows import to_record
from app.processors.record import evidence_of, missing
from app.processors.repository_lapses import lapses_now
from app.processors.schemas_transfers import AssessmentOut, Status, TransferEnd, TransferNew, TransferOut
from app.processors.service import find
from app.register.definition import Definition
from app.register.definition_base import Label
from app.register.operation import Operation


def record(connection: Connection, op: Operation, processor: str, new: TransferNew) -> TransferOut:
    """Record a transfer under the approval of the person who acts, and assess it at once."""
    op.actor.must_be_person()
    must_be_sensible(op.definition, new)
    transfer_id = new_id()
    sent = new.model_dump(exclude={"evidence"})
    values = {
        **sent,
        "evidence": new.evidence.model_dump(mode="json"),
        "id": transfer_id,
        "processor_id": find(connection, processor).id,
        "approved_by": op.actor.id,
        "register_version": op.register.version,
        "recorded_at": op.at,
    }
    repository_transfers.add_transfer(connection, values)
    row = stored(connection, transfer_id)
    assessed = assess_row(connection, op, row)
    details = {"outcome": assessed.outcome}
    op.audit(connection, "record", "transfer", transfer_id, details=details)
    return as_of_now(connection, op, row)


def must_be_sensible(definition: Definition, new: TransferNew) -> None:
    """Raise `TransferInvalid` for undeclared purposes or categories, or a period that ends before it begins."""
    if any(definition.purpose(code) is None for code in new.purposes):
        raise invalid(TransferInvalid, "#/purposes", "names a purpose that is not declared (F18)")
    if any(definition.category(code) is None for code in new.categories):
        raise invalid(TransferInvalid, "#/categories", "names a category that is not declared")
    if new.valid_to is not None and new.valid_to < new.valid_from:
        raise invalid(TransferInvalid, "#/valid_to", "lies before valid_from")


def reread(connection: Connection, op: Operation, transfer_id: UUID) -> TransferOut:
    """A transfer, for a replayed request."""
    row = stored(connection, transfer_id)
    op.audit(connection, "read", "transfer", transfer_id)
    return as_of_now(connection, op, row)


def read(connection: Connection, transfer_id: UUID, definition: Definition, today: date) -> TransferOut:
    """One transfer as of today; raises `TransferNotFound`."""
    return shown(stored(connection, transfer_id), table_now(connection), today, definition.transfers.copy_from)


def assess(connection: Connection, op: Operation, transfer_id: UUID) -> AssessmentOut:
    """Assess a transfer again today and keep the result beside the earlier ones."""
    assessed = assess_row(connection, op, stored(connection, transfer_id))
    op.audit(connection, "assess", "transfer", transfer_id, details={"outcome": assessed.outcome})
    return assessed


def reread_assessment(connection: Connection, op: Operation, assessment_id: UUID) -> AssessmentOut:
    """An assessment, for a replayed request."""
    row = repository_transfers.assessment(connection, assessment_id)
    if row is None:
        raise TransferNotFound
    op.audit(connection, "read", "transfer_assessment", assessment_id)
    return AssessmentOut.model_validate(row._asdict())


def end(connection: Connection, op: Operation, transfer_id: UUID, sent: TransferEnd) -> TransferOut:
    """End a flow (C-311/18: suspended where protection is not given); raises `TransferEnded`."""
    op.actor.must_be_person()
    row = stored(connection, transfer_id)
    if sent.ended_on < row.valid_from:
        raise invalid(TransferInvalid, "#/ended_on", "lies before valid_from")
    values = {"ended_on": sent.ended_on, "ended_because": sent.reason}
    if not repository_transfers.end_transfer(connection, transfer_id, values):
        raise TransferEnded
    op.audit(connection, "end", "transfer", transfer_id)
    return as_of_now(connection, op, stored(connection, transfer_id))


def list_transfers(
    connection: Connection,
    status: Status | None,
    processor: str | None,
    window: Window,
    definition: Definition,
    today: date,
) -> Page[TransferOut]:
    """Transfers by their status as of today."""
    after = UUID(window.after[0]) if window.after else None
    processor_id = None if processor is None else find(connection, processor).id
    rows = repository_transfers.transfers_after(connection, after, processor_id)
    table = table_now(connection)
    found = [shown(row, table, today, definition.transfers.copy_from) for row in rows]
    fitting = [one for one in found if status in {None, one.status}][: window.limit + 1]
    return window.page(fitting, [(str(one.id),) for one in fitting])


def list_assessments(connection: Connection, transfer_id: UUID, window: Window) -> Page[AssessmentOut]:
    """What Chapter V said of a transfer over time."""
    stored(connection, transfer_id)
    after = UUID(window.after[0]) if window.after else None
    rows = repository_transfers.assessments_after(connection, transfer_id, after, window.limit + 1)
    return window.page([AssessmentOut.model_validate(row._asdict()) for row in rows], [(str(row.id),) for row in rows])


def table_now(connection: Connection) -> tuple[AdequacyDecision, ...]:
    """The decisions of the Commission, as far as they have not lapsed."""
    return adequacy.table(lapses_now(connection))


def as_of_now(connection: Connection, op: Operation, row: Row[Any]) -> TransferOut:
    """The row as of the operation's day."""
    return shown(row, table_now(connection), op.today, op.definition.transfers.copy_from)


def shown(
    row: Row[Any], table: tuple[AdequacyDecision, ...], today: date, copy_from: str | Label | None = None
) -> TransferOut:
    """The row with what Chapter V says of it today."""
    judged = judgement(row, table, today)
    told = {"status": judged["outcome"], "evidence": evidence_of(row), "missing": missing(row, copy_from)}
    return TransferOut.model_validate({**row._asdict(), **judged, **told})


def judgement(row: Row[Any], table: tuple[AdequacyDecision, ...], on: date) -> Mapping[str, Any]:
    """The columns of an assessment on a day."""
    verdict = justify(to_record(row).transfer, table, on)
    if not isinstance(verdict, Permitted):
        refused = {"outcome": "refused", "article": None, "reasons": list(verdict.reasons)}
        return {**refused, "cautions": [], "adequacy_decision": None}
    adequate = verdict.mechanism is Mechanism.ADEQUACY
    return {
        "outcome": "permitted",
        "article": verdict.article,
        "reasons": [verdict.reason],
        "cautions": list(verdict.cautions),
        "adequacy_decision": adequacy.decision_on(table, row.country, on) if adequate else None,
    }


def assess_row(connection: Connection, op: Operation, row: Row[Any]) -> AssessmentOut:
    values = {
        "id": new_id(),
        "transfer_id": row.id,
        "assessed_on": op.today,
        **judgement(row, table_now(connection), op.today),
        "client_id": op.actor.id,
        "register_version": op.register.version,
        "assessed_at": op.at,
    }
    repository_transfers.add_assessment(connection, values)
    return AssessmentOut.model_validate(values)


def stored(connection: Connection, transfer_id: UUID) -> Row[Any]:
    row = repository_transfers.transfer(connection, transfer_id)
    if row is None:
        raise TransferNotFound
    return row
