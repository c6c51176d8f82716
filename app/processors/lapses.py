"""The switch: an adequacy decision, or the Data Privacy Framework, holds no more (Art. 45(5); C-362/14, C-311/18).

From the instant it is recorded every disclosure, processing check and message is judged without the decision, from the
day it names. Flows with a second record fall back on it; the others stop, queue and go on once they are mended.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.service import must_match
from app.db import new_id
from app.pagination import Page, Window
from app.policy.transfers import Mechanism
from app.processors import adequacy, repository_lapses, repository_transfers
from app.processors.errors import LapseNotFound, LapseRecorded, LapseTakenBack, TransferInvalid, invalid
from app.processors.schemas_safeguards import AdequacyOut, AdequacyTableOut, LapseNew, LapseOut, LapseTakeBack
from app.processors.transfers import assess_row
from app.register.operation import Operation


def record(connection: Connection, op: Operation, new: LapseNew) -> LapseOut:
    """Record a lapse and assess what rested on the decision; raises `LapseRecorded`."""
    op.actor.must_be_person()
    decided = next((entry for entry in adequacy.entries() if entry.decision == new.decision), None)
    if decided is None:
        raise invalid(TransferInvalid, "#/decision", "is no decision of the table; see list_adequacy_decisions")
    if new.lapsed_on < decided.valid_from:
        raise invalid(TransferInvalid, "#/lapsed_on", "lies before the decision began to hold")
    values = {
        **new.model_dump(),
        "id": new_id(),
        "version": 1,
        "country": decided.country,
        "recorded_by": op.actor.id,
        "recorded_at": op.at,
    }
    if not repository_lapses.add_lapse(connection, values):
        raise LapseRecorded
    return _settled(connection, op, _stored(connection, values["id"]), "record")


def take_back(
    connection: Connection, op: Operation, lapse_id: UUID, sent: LapseTakeBack, if_match: str | None
) -> LapseOut:
    """Say that a lapse does not stand, with the reason; raises 428 without If-Match and 412 when stale."""
    op.actor.must_be_person()
    row = _stored(connection, lapse_id)
    must_match(if_match, row.version)
    if row.taken_back_at is not None:
        raise LapseTakenBack
    values = {"taken_back_by": op.actor.id, "taken_back_at": op.at, "taken_back_because": sent.reason}
    return _settled(connection, op, repository_lapses.take_back(connection, lapse_id, values), "take_back")


def reread(connection: Connection, op: Operation, lapse_id: UUID) -> LapseOut:
    """A lapse, for a replayed request."""
    row = _stored(connection, lapse_id)
    op.audit(connection, "read", "adequacy_lapse", lapse_id)
    return LapseOut.model_validate(row._asdict())


def list_lapses(connection: Connection, window: Window) -> Page[LapseOut]:
    """All of them, those taken back too."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository_lapses.lapses_after(connection, after, window.limit + 1)
    return window.page([LapseOut.model_validate(row._asdict()) for row in rows], [(str(row.id),) for row in rows])


def list_decisions(connection: Connection) -> AdequacyTableOut:
    """The table of decisions, with when somebody last looked, what nobody has verified, and what has lapsed."""
    standing = {row.decision: row for row in repository_lapses.standing(connection)}
    return AdequacyTableOut(items=[_decision(entry, standing.get(entry.decision)) for entry in adequacy.entries()])


def _decision(entry: adequacy.Entry, lapse: Row[Any] | None) -> AdequacyOut:
    lapsed = {"lapse_id": lapse.id if lapse else None, "lapsed_on": lapse.lapsed_on if lapse else None}
    return AdequacyOut.model_validate({**entry.model_dump(), **lapsed})


def _settled(connection: Connection, op: Operation, row: Row[Any], act: str) -> LapseOut:
    """Each transfer that names the decision's country and Art. 45 is assessed anew, so that its trail shows the day."""
    rows = repository_transfers.resting_on(connection, Mechanism.ADEQUACY, row.country)
    outcomes = [assess_row(connection, op, one).outcome for one in rows]
    details = {"decision": row.decision, "transfers": len(outcomes), "refused": outcomes.count("refused")}
    op.audit(connection, act, "adequacy_lapse", row.id, details=details)
    return LapseOut.model_validate(row._asdict())


def _stored(connection: Connection, lapse_id: UUID) -> Row[Any]:
    row = repository_lapses.lapse(connection, lapse_id)
    if row is None:
        raise LapseNotFound
    return row
