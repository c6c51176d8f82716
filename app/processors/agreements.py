"""Agreements with processors and the checklist of Art. 28(3)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.db import new_id
from app.pagination import Page, Window
from app.processors import repository
from app.processors.checklist import missing
from app.processors.errors import ProcessorInvalid, ProcessorNotFound, invalid
from app.processors.schemas import AgreementNew, AgreementOut
from app.processors.service import find
from app.register.operation import Operation


def record(connection: Connection, op: Operation, processor: str, new: AgreementNew) -> AgreementOut:
    """Record an agreement; the newest one counts. What it lacks is said, not refused."""
    op.actor.must_be_person()
    if new.signed_on > op.today:
        raise invalid(ProcessorInvalid, "#/signed_on", "lies in the future")
    if new.guarantees is not None and new.guarantees.checked_on > op.today:
        raise invalid(ProcessorInvalid, "#/guarantees/checked_on", "lies in the future")
    values = {
        **new.model_dump(exclude={"guarantees"}),
        "guarantees": None if new.guarantees is None else new.guarantees.model_dump(mode="json"),
        "id": new_id(),
        "processor_id": find(connection, processor).id,
        "recorded_by": op.actor.id,
        "recorded_at": op.at,
    }
    repository.add_agreement(connection, values)
    op.audit(connection, "record", "agreement", values["id"])
    return agreement_out(_stored(connection, values["id"]), op.today)


def reread(connection: Connection, op: Operation, agreement_id: UUID) -> AgreementOut:
    """An agreement, for a replayed request."""
    row = _stored(connection, agreement_id)
    op.audit(connection, "read", "agreement", agreement_id)
    return agreement_out(row, op.today)


def list_agreements(connection: Connection, processor: str, window: Window, today: date) -> Page[AgreementOut]:
    """Agreements with a recipient, oldest first."""
    after = UUID(window.after[0]) if window.after else None
    owner = find(connection, processor).id
    rows = repository.agreements_after(connection, owner, after, window.limit + 1)
    return window.page([agreement_out(row, today) for row in rows], [(str(row.id),) for row in rows])


def _stored(connection: Connection, agreement_id: UUID) -> Row[Any]:
    row = repository.agreement(connection, agreement_id)
    if row is None:
        raise ProcessorNotFound
    return row


def agreement_out(row: Row[Any], today: date) -> AgreementOut:
    """An agreement, with what of Art. 28 it lacks."""
    lacking = missing(row)
    due = row.review_on is not None and row.review_on < today
    return AgreementOut.model_validate(
        {**row._asdict(), "review_due": due, "missing": lacking, "complete": not lacking}
    )
