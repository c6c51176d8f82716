"""What runs out or is due for review: transfers, listings, assessments, decisions, agreements, windows to object."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from app.policy.deadlines import nominal
from app.policy.mechanisms import ENTRY_MONTHS
from app.policy.safeguards import recheck_due_on
from app.policy.sub_processing import Standing, standing
from app.policy.transfers import Mechanism, is_eea
from app.processors import adequacy, repository_transfers
from app.processors.findings import Known, engagement
from app.processors.flows import to_record
from app.processors.repository_lapses import lapses_now
from app.processors.schemas_safeguards import ExpiringOut, ExpiryKind, ExpiryOut
from app.processors.service import all_known
from app.register.definition import Definition

REMEDIES: dict[ExpiryKind, str] = {
    "transfer_ends": "Renew the transfer under the same or another mechanism, or stop using the importer.",
    "decision_ends": "Record a fallback, such as standard clauses with an assessment.",
    "dpf_check_due": "Look the entry up and record the check.",
    "dpf_check_lapses": "Look the entry up and record the check; a check a year old counts no more.",
    "dpf_expires": "See whether the entry has been renewed and record the check.",
    "tia_review": "Assess the law of the destination anew and record the check.",
    "agreement_review": "Review the agreement and record it with the next day of review.",
    "guarantees_review": "Look at the evidence again and record what was found.",
    "objection_ends": "Decide about the sub-processor; silence authorises it.",
}
_STOPS = frozenset({"transfer_ends", "decision_ends", "dpf_check_lapses", "dpf_expires"})


def expiring(connection: Connection, definition: Definition, within_days: int, today: date) -> ExpiringOut:
    """Everything due by then, and what is overdue already, nearest first."""
    last = today + timedelta(days=within_days)
    rows = repository_transfers.active_processors(connection)
    ends = {one.country: one.valid_to for one in adequacy.table(lapses_now(connection)) if one.valid_to is not None}
    found = [one for known in all_known(connection, rows, definition) for one in _Due(known, ends, today).items()]
    near = sorted((one for one in found if one.due_on <= last), key=lambda one: (one.due_on, one.processor, one.kind))
    return ExpiringOut(today=today, within_days=within_days, items=near)


class _Due:
    """What is due about one recipient."""

    def __init__(self, known: Known, ends: dict[str, date], today: date) -> None:
        self._known, self._ends, self._today = known, ends, today

    def items(self) -> Iterator[ExpiryOut]:
        for row in self._known.transfers:
            if (row.ended_on is None or self._today <= row.ended_on) and not is_eea(row.country):
                yield from self._of_transfer(row)
        yield from self._of_agreement(self._known.agreement)
        for row in self._known.chain:
            if standing(engagement(row), self._today) is Standing.OBJECTION_OPEN and row.objection_until is not None:
                yield self._due("objection_ends", row.objection_until, sub_processor_id=row.id)

    def _of_transfer(self, row: Row[Any]) -> Iterator[ExpiryOut]:
        transfer = to_record(row).transfer
        dates: list[tuple[ExpiryKind, date | None]] = [("transfer_ends", row.valid_to)]
        if transfer.mechanism is Mechanism.ADEQUACY:
            dates.append(("decision_ends", self._ends.get(row.country)))
            if transfer.dpf is not None:
                dates.append(("dpf_expires", transfer.dpf.expires_on))
                dates.append(("dpf_check_due", recheck_due_on(transfer.dpf)))
                dates.append(("dpf_check_lapses", nominal(transfer.dpf.checked_on, ENTRY_MONTHS)))
        elif transfer.tia is not None:
            dates.append(("tia_review", transfer.tia.review_on))
        for kind, due_on in dates:
            if due_on is not None:
                yield self._due(kind, due_on, transfer_id=row.id)

    def _of_agreement(self, row: Row[Any] | None) -> Iterator[ExpiryOut]:
        if row is None:
            return
        if row.review_on is not None:
            yield self._due("agreement_review", row.review_on, agreement_id=row.id)
        if row.guarantees is not None and row.guarantees["review_on"] is not None:
            yield self._due("guarantees_review", date.fromisoformat(row.guarantees["review_on"]), agreement_id=row.id)

    def _due(self, kind: ExpiryKind, due_on: date, **about: Any) -> ExpiryOut:
        named = {"transfer_id": None, "agreement_id": None, "sub_processor_id": None, **about}
        return ExpiryOut(
            kind=kind,
            due_on=due_on,
            days_left=(due_on - self._today).days,
            stops_sending=kind in _STOPS,
            processor=self._known.row.code,
            remedy=REMEDIES[kind],
            **named,
        )
