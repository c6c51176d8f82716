"""What the notice promises about its recipients, and whether it is true of each of them today (F74, F87, F91)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.processors import repository_transfers
from app.processors.findings import Finding, findings
from app.processors.schemas_safeguards import PromiseFault, PromiseOut, PromisesOut
from app.processors.service import all_known
from app.processors.transfers import table_now
from app.register.definition import Definition
from app.register.operation import Operation

_CONTRACT = frozenset({"role_unknown", "agreement_missing", "agreement_incomplete", "agreement_review_due"})
_CHAIN = frozenset({"sub_processor_unauthorised", "sub_processor_objected", "sub_processor_duties_unproven"})
_ABROAD = frozenset(
    {
        *("country_unknown", "transfer_refused", "transfer_record_incomplete"),
        *("sub_processor_country_unknown", "sub_processor_transfer_refused"),
    }
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence of the notice; `broken_by` are the findings that make it untrue, all of them where it is None."""

    fact: str
    text: str
    broken_by: frozenset[str] | None


PROMISES = (
    Promise("F74", "Each provider has been verified to comply with data-protection law.", None),
    Promise("F87", "Whoever processes on the controller's behalf is bound by contract (Art. 28).", _CONTRACT | _CHAIN),
    Promise("F91", "Data that leave the EEA keep an adequate level of protection (Chapter V).", _ABROAD),
)


def promises(connection: Connection, op: Operation) -> PromisesOut:
    """Each promise, kept or with every fault; `op.at` is the instant it is true of."""
    found = faults_today(connection, op.definition, op.at)
    concerned = [row.code for row, _ in found]
    told = [
        PromiseOut(fact=one.fact, promise=one.text, kept=not faults, concerned=concerned, faults=faults)
        for one in PROMISES
        for faults in [_faults(one, found)]
    ]
    return PromisesOut(as_of=op.at, register_version=op.register.version, promises=told)


def kept(connection: Connection, definition: Definition, at: datetime) -> Mapping[str, bool]:
    """Whether each promise may be published as it stands: by fact, for the notice and its linter."""
    found = faults_today(connection, definition, at)
    return {one.fact: not _faults(one, found) for one in PROMISES}


def faults_today(connection: Connection, definition: Definition, at: datetime) -> list[tuple[Row[Any], list[Finding]]]:
    """What is not in order with each recipient that is listed and in use; data go to no other (F75)."""
    today = at.astimezone(definition.zone).date()
    active = repository_transfers.active_processors(connection)
    rows = [row for row in active if definition.recipient(row.code) is not None]
    table = table_now(connection)
    return [(known.row, findings(known, table, today)) for known in all_known(connection, rows, definition)]


def _faults(promise: Promise, found: list[tuple[Row[Any], list[Finding]]]) -> list[PromiseFault]:
    return [
        PromiseFault(
            processor=row.code, name=row.legal_name or row.name, code=one.code, reason=one.reason, remedy=one.remedy
        )
        for row, broken in found
        for one in broken
        if promise.broken_by is None or one.code in promise.broken_by
    ]
