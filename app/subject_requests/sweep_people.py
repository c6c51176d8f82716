"""The sweep, person by person: what no statement over many rows can decide, with the verdicts of an assessment.

People whom an open contract kept, material that had no date yet, what an upheld objection ended while something kept
it, and whatever the set-based steps have left.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from app.customers.erasing import Eraser
from app.policy.erasure import Erase, Holding, HoldingKind, Retain
from app.register.operation import Operation
from app.subject_requests import repository, repository_sweep, traces
from app.subject_requests.assessment import Assessment, judge, judge_objections, rows_of
from app.subject_requests.execution import attributes_among, carry_out


def sweep_person(
    connection: Connection, op: Operation, customer_id: UUID, as_of: date, *, dry: bool = False
) -> tuple[int, int]:
    """Judge one person anew, locked, and carry out what has become an erasure.

    How many holdings went, and how many others got the date that they have got since.
    """
    request = repository_sweep.newest_erasure(connection, customer_id)
    found = judge(connection, op.definition, customer_id, as_of, request)
    if repository_sweep.has_open_request(connection, customer_id):
        return 0, 0  # it came in since the batch was chosen, and keeps its data
    customer = found.held.customer
    living = customer.erased_at is None and customer.erasure_request_id is None
    due = [holding for holding in found.held.holdings if _is_due(holding, found, living=living)]
    if due and not dry:
        _carry_out(connection, op, found, due, living=living)
    gone = sum(isinstance(found.outcome[holding.id], Erase) for holding in due)
    stopped = _sweep_stopped(connection, op, customer_id, as_of, dry=dry) if living else 0
    return gone + stopped, len(due) - gone


def _sweep_stopped(connection: Connection, op: Operation, customer_id: UUID, as_of: date, *, dry: bool) -> int:
    """Erase extra fields held for nothing but what was objected to, which something kept until now (17(1)(c))."""
    found = judge_objections(connection, op.definition, customer_id, as_of)
    if found is None:
        return 0
    erased = [holding for holding in found.held.holdings if isinstance(found.outcome[holding.id], Erase)]
    going = [holding for holding in erased if holding.kind is HoldingKind.ATTRIBUTE]
    if going and not dry:
        _note(connection, op, found, going, None)
        Eraser(connection, op.keys, found.held.customer, op.at).attributes(attributes_among(going))
    return len(going)


def _is_due(holding: Holding, found: Assessment, *, living: bool) -> bool:
    """Whether something must be done to the holding now: erased, or given the date it has got since."""
    verdict, row = found.outcome[holding.id], found.held.rows.get(holding.id)
    if living:
        return isinstance(verdict, Erase) and _is_old_voucher(holding, found)
    if isinstance(verdict, Retain) and holding.kind is HoldingKind.VOUCHER:
        return row is not None and row.retain_until != verdict.until
    return isinstance(verdict, Erase)


def _is_old_voucher(holding: Holding, found: Assessment) -> bool:
    """Of a living customer the sweep takes printed vouchers past their period, and nothing else."""
    if holding.kind is not HoldingKind.VOUCHER:
        return False
    row = found.held.rows[holding.id]
    return row.record == "here" and row.buyer_name is not None


def _carry_out(
    connection: Connection, op: Operation, found: Assessment, going: Sequence[Holding], *, living: bool
) -> None:
    request_id = found.held.customer.erasure_request_id
    _note(connection, op, found, going, request_id)
    if not living:
        carry_out(connection, op, found, found.outcome, request_id)
        return
    eraser = Eraser(connection, op.keys, found.held.customer, op.at)
    eraser.vouchers((found.held.rows[holding.id], found.outcome[holding.id]) for holding in going)


def _note(
    connection: Connection, op: Operation, found: Assessment, going: Sequence[Holding], request_id: UUID | None
) -> None:
    """The verdicts on what is about to go, and the trace that it leaves."""
    ids = {holding.id for holding in going}
    verdicts = rows_of(op, found, found.outcome, request_id, None)
    repository.add_verdicts(connection, [row for row in verdicts if row["holding"] in ids])
    traces.of_person(connection, found.held.holdings, None, op.at)
