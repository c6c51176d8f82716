"""What a transfer rests on, looked at again: the listing renewed, the law of the destination assessed anew."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.db import new_id
from app.pagination import Page, Window
from app.processors import repository_transfers
from app.processors.errors import TransferEnded, TransferInvalid, TransferNotFound, invalid
from app.processors.record import evidence_of
from app.processors.schemas_safeguards import DpfCheckNew, TransferCheckNew, TransferCheckOut
from app.processors.transfers import assess_row, stored
from app.register.operation import Operation


def record(connection: Connection, op: Operation, transfer_id: UUID, new: TransferCheckNew) -> TransferCheckOut:
    """Keep what was found; it counts from now on, and the transfer is assessed at once."""
    op.actor.must_be_person()
    repository_transfers.lock_transfer(connection, transfer_id)
    row = stored(connection, transfer_id)
    if row.ended_on is not None and row.ended_on < op.today:
        raise TransferEnded
    part = new.dpf if isinstance(new, DpfCheckNew) else new.tia
    checked_on = new.dpf.checked_on if isinstance(new, DpfCheckNew) else new.tia.completed_on
    if checked_on > op.today:
        raise invalid(TransferInvalid, f"#/{new.kind}", "lies in the future")
    values = {
        "id": new_id(),
        "transfer_id": transfer_id,
        "kind": new.kind,
        "checked_on": checked_on,
        "finding": new.finding,
        "evidence": part.model_dump(mode="json"),
        "client_id": op.actor.id,
        "recorded_at": op.at,
    }
    repository_transfers.add_check(connection, values)
    repository_transfers.set_evidence(connection, transfer_id, {**evidence_of(row), new.kind: values["evidence"]})
    outcome = assess_row(connection, op, stored(connection, transfer_id)).outcome
    op.audit(connection, "check", "transfer", transfer_id, details={"kind": new.kind, "outcome": outcome})
    return TransferCheckOut.model_validate(values)


def reread(connection: Connection, op: Operation, check_id: UUID) -> TransferCheckOut:
    """A check, for a replayed request."""
    row = repository_transfers.check(connection, check_id)
    if row is None:
        raise TransferNotFound
    op.audit(connection, "read", "transfer_check", check_id)
    return _shown(row)


def list_checks(connection: Connection, transfer_id: UUID, window: Window) -> Page[TransferCheckOut]:
    """What was found about one transfer over time, oldest first."""
    stored(connection, transfer_id)
    after = UUID(window.after[0]) if window.after else None
    rows = repository_transfers.checks_after(connection, transfer_id, after, window.limit + 1)
    return window.page([_shown(row) for row in rows], [(str(row.id),) for row in rows])


def _shown(row: Row[Any]) -> TransferCheckOut:
    return TransferCheckOut.model_validate(row._asdict())
