"""The sweep: erase what reaches its date, with the same verdicts and trail; leave open requests' data alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from app.consents.tables import consent_events
from app.customers.erasing import Eraser
from app.customers.tables import customer_changes
from app.policy.deadlines import nominal
from app.policy.erasure import Erase, Holding, HoldingKind, Retain
from app.register.operation import Operation
from app.subject_requests import repository, repository_sweep, traces
from app.subject_requests.assessment import Assessment, judge, rows_of
from app.subject_requests.execution import carry_out
from app.upkeep.repository import leave

FEED_DAYS = 90
"""How long integrations have to read that a person was erased."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch did, or with `dry` would do."""

    people: int
    holdings: int
    request_files: int
    feed_rows: int
    more_after: UUID | None


def sweep(connection: Connection, op: Operation, as_of: date, after: UUID | None, *, dry: bool = False) -> Swept:
    """One batch of people whose kept rows may have reached their date; call again with `more_after`."""
    proved_before = op.start_of(_years_before(as_of, op.definition.retention.consent_evidence_years))
    people = repository_sweep.candidates(
        connection,
        as_of,
        _years_before(as_of, _shortest_years(op)),
        proved_before,
        after,
        BATCH,
    )
    holdings = sum(_person(connection, op, person, as_of, dry=dry) for person in people)
    files = _request_files(connection, op, as_of, dry=dry) if after is None else 0
    feed = _feed(connection, op, as_of, dry=dry) if after is None else 0
    if after is None and not dry and repository_sweep.forget_withdrawals_of_nobody(connection, proved_before):
        leave(connection, op.at, [consent_events])
    details = {"people": len(people), "holdings": holdings, "request_files": files, "dry": dry}
    op.audit(connection, "sweep", "retention", as_of.isoformat(), details=details)
    return Swept(len(people), holdings, files, feed, people[-1] if len(people) == BATCH else None)


def _shortest_years(op: Operation) -> int:
    """No accounting material can reach its date before this many years after it was booked."""
    rules = op.definition.accounting_rules()
    bound = [rules.as_notice] if rules.profile == "as_notice" else list(rules.by_class.values())
    return min(rule.years for rule in bound)


def _years_before(day: date, years: int) -> date:
    return nominal(day, -12 * years)


def _person(connection: Connection, op: Operation, customer_id: UUID, as_of: date, *, dry: bool) -> int:
    """Judge one person anew, locked, and carry out what has become an erasure; how many holdings went."""
    request = repository_sweep.newest_erasure(connection, customer_id)
    found = judge(connection, op.definition, customer_id, as_of, request)
    if repository_sweep.has_open_request(connection, customer_id):
        return 0  # it came in since the batch was chosen, and keeps its data
    customer = found.held.customer
    living = customer.erased_at is None and customer.erasure_request_id is None
    due = [holding for holding in found.held.holdings if _is_due(holding, found, living=living)]
    if due and not dry:
        _carry_out(connection, op, found, due, living=living)
    return sum(isinstance(found.outcome[holding.id], Erase) for holding in due)


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
    ids = {holding.id for holding in going}
    verdicts = rows_of(op, found, found.outcome, request_id, None)
    repository.add_verdicts(connection, [row for row in verdicts if row["holding"] in ids])
    traces.of_person(connection, found.held.customer.id, None, op.at)
    if not living:
        carry_out(connection, op, found, found.outcome, request_id)
        return
    eraser = Eraser(connection, op.keys, found.held.customer, op.at)
    eraser.vouchers((found.held.rows[holding.id], found.outcome[holding.id]) for holding in going)


def _request_files(connection: Connection, op: Operation, as_of: date, *, dry: bool) -> int:
    """Files of requests closed longer ago than the definition keeps them (Art. 5(2))."""
    limit = op.start_of(_years_before(as_of, op.definition.retention.request_file_years))
    old = repository_sweep.closed_before(connection, limit, BATCH)
    if old and not dry:
        repository_sweep.forget_requests(connection, old)
        traces.of_content(connection, op.at)
    return len(old)


def _feed(connection: Connection, op: Operation, as_of: date, *, dry: bool) -> int:
    """Rows of the changes feed that integrations have had long enough to read."""
    limit = op.start_of(as_of - timedelta(days=FEED_DAYS))
    old = repository_sweep.feed_rows_before(connection, limit)
    if old and not dry:
        repository_sweep.forget_feed(connection, limit)
        leave(connection, op.at, [customer_changes])
    return old
