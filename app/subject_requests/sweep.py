"""The sweep: erase what reaches its date, rule by rule and batch by batch; leave open requests' data alone.

The policy says of each rule which dates have passed; the database deletes in sets and writes a verdict for each row.
Every batch is a transaction of its own, and done work is gone: a sweep that is cut short is simply begun again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Table

from app.consents.tables import consent_events, unsubscribe_links
from app.customers.tables import customer_changes, tombstones, vouchers
from app.notifications import repository as notifications
from app.notifications.tables import notification_attempts
from app.notifications.tables import notifications as notification_rows
from app.policy.deadlines import nominal
from app.policy.sweeping import CutOff, Span, cut_off, spans
from app.policy.vocabulary import Material
from app.register.operation import Operation
from app.subject_requests import repository_sweep, traces
from app.subject_requests import repository_sweep_batches as batches
from app.subject_requests import repository_sweep_proof as proof
from app.subject_requests import repository_sweep_sets as sets
from app.subject_requests.assessment import rules_of
from app.subject_requests.holdings import held_for, voucher_purposes
from app.subject_requests.repository_sweep_batches import Batch
from app.subject_requests.repository_sweep_sets import Gone
from app.subject_requests.sweep_people import sweep_person
from app.upkeep.repository import leave

FEED_DAYS = 90
"""How long integrations have to read that a person was erased."""
PEOPLE_PER_ROWS = 20
"""Judging one person takes as long as deleting so many rows in a set."""


class NothingDue(Exception):
    """A batch found nothing: its transaction is taken back, and leaves no trace in the trail."""


class Rule(Protocol):
    """One rule of the sweep."""

    @property
    def name(self) -> str:
        """What reports and the trail call it."""
        ...

    def count(self, connection: Connection, op: Operation, as_of: date) -> int:
        """How much would go now."""
        ...

    def take(self, connection: Connection, op: Operation, as_of: date, limit: int, after: Any) -> Gone:
        """Erase one batch of at most `limit` rows behind `after`."""
        ...


def rules(connection: Connection, op: Operation, as_of: date) -> list[Rule]:
    """Every rule in its order: sets first, so that little is left to be judged person by person."""
    return [
        *_accounting(connection, op, as_of),
        *(Proof(name) for name in proof.PROOF),
        People(),
        Files(),
        Told(),
        *_FORGOTTEN,
    ]


def _accounting(connection: Connection, op: Operation, as_of: date) -> Iterator[Rule]:
    first = sets.first_printed(connection)
    if first is None:
        return
    purposes = held_for(op.definition, voucher_purposes(op.definition))
    for span in spans(purposes, rules_of(op.definition), first, as_of):
        yield Vouchers(span)


def take(connection: Connection, op: Operation, rule: Rule, as_of: date, limit: int, after: Any) -> Gone:
    """One batch of a rule, audited; raises `NothingDue`."""
    gone = rule.take(connection, op, as_of, limit, after)
    if not gone.rows and not gone.dated and gone.last is None:
        raise NothingDue
    details = {"rule": rule.name, "rows": gone.rows}
    event = op.audit(connection, "sweep", "retention", as_of.isoformat(), details=details)
    if gone.batch is not None:
        batches.record(connection, gone.batch, rule.name, as_of, gone.rows)
        batches.name_subjects(connection, gone.batch, event)
    return gone


def finish(connection: Connection, op: Operation, as_of: date, rows: dict[str, int], *, dry: bool) -> None:
    """The trail says when a sweep has been through, and how much went by each rule."""
    op.audit(connection, "sweep", "register", as_of.isoformat(), details={"rows": rows, "dry": dry})


@dataclass(frozen=True, slots=True)
class Vouchers:
    """Accounting material with a buyer printed, of living customers and restricted of erased ones, past its period."""

    span: Span
    name: str = "accounting"

    def count(self, connection: Connection, _op: Operation, _as_of: date) -> int:
        """How many vouchers would go."""
        return sets.count_vouchers(connection, self.span)

    def take(self, connection: Connection, op: Operation, _as_of: date, limit: int, after: Any) -> Gone:
        """Erase some."""
        sets.keep_out_requests(connection)
        gone = sets.take_vouchers(connection, self.span, _batch(op, limit), after)
        if gone.rows:
            leave(connection, op.at, [vouchers])
        return gone


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof of consents or disclosures that is kept beside the shells of erased people."""

    name: str

    def count(self, connection: Connection, op: Operation, as_of: date) -> int:
        """Of how many people it would go."""
        return proof.count_proof(connection, self.name, _proved_before(op, as_of))

    def take(self, connection: Connection, op: Operation, as_of: date, limit: int, after: Any) -> Gone:
        """Erase that of some people."""
        gone = proof.take_proof(connection, self.name, _batch(op, limit), _proved_before(op, as_of), after)
        if gone.rows:
            leave(connection, op.at, [proof.PROOF[self.name][2]])
        return gone


@dataclass(frozen=True, slots=True)
class People:
    """People of whom something may have reached its date that only an assessment can tell."""

    name: str = "people"

    def count(self, connection: Connection, op: Operation, as_of: date) -> int:
        """How many of their holdings would go."""
        found, after = 0, None
        while people := self._candidates(connection, op, as_of, after, 500):
            found += sum(sweep_person(connection, op, one, as_of, dry=True)[0] for one in people)
            after = people[-1]
        return found

    def take(self, connection: Connection, op: Operation, as_of: date, limit: int, after: Any) -> Gone:
        """Judge some people and erase what has become erasable."""
        most = max(limit // PEOPLE_PER_ROWS, 1)
        people = self._candidates(connection, op, as_of, after, most)
        done = [sweep_person(connection, op, one, as_of) for one in people]
        dated = sum(others for _, others in done)
        return Gone(sum(gone for gone, _ in done), people[-1] if len(people) == most else None, dated=dated)

    def _candidates(self, connection: Connection, op: Operation, as_of: date, after: Any, most: int) -> list[Any]:
        proved = _proved_before(op, as_of)
        return repository_sweep.candidates(connection, as_of, cut_offs(op, as_of), proved, after, most)


@dataclass(frozen=True, slots=True)
class Files:
    """Files of requests closed longer ago than the definition keeps them (Art. 5(2))."""

    name: str = "request_files"

    def count(self, connection: Connection, op: Operation, as_of: date) -> int:
        """How many files would go."""
        return len(repository_sweep.closed_before(connection, _files_before(op, as_of), 1_000_000))

    def take(self, connection: Connection, op: Operation, as_of: date, limit: int, _after: Any) -> Gone:
        """Erase some."""
        old = repository_sweep.closed_before(connection, _files_before(op, as_of), limit)
        if old:
            repository_sweep.forget_requests(connection, old)
            traces.of_files(connection, op.at)
        return Gone(len(old), old[-1] if len(old) == limit else None)


@dataclass(frozen=True, slots=True)
class Told:
    """What recipients were told outside a case, with its attempts, closed as long ago as a file is kept."""

    name: str = "notifications"

    def count(self, connection: Connection, op: Operation, as_of: date) -> int:
        """How many notifications would go."""
        return len(notifications.loose_before(connection, _files_before(op, as_of), 1_000_000))

    def take(self, connection: Connection, op: Operation, as_of: date, limit: int, _after: Any) -> Gone:
        """Delete some."""
        old = notifications.loose_before(connection, _files_before(op, as_of), limit)
        if old:
            notifications.forget(connection, old)
            leave(connection, op.at, [notification_rows, notification_attempts])
        return Gone(len(old), old[-1] if len(old) == limit else None)


@dataclass(frozen=True, slots=True)
class Old:
    """Rows of one table that nobody needs once they are older than an instant."""

    name: str
    table: Table

    def count(self, connection: Connection, op: Operation, as_of: date) -> int:
        """How many rows would go."""
        return repository_sweep.count(connection, self.table, self._old(op, as_of))

    def take(self, connection: Connection, op: Operation, as_of: date, limit: int, _after: Any) -> Gone:
        """Delete some."""
        rows = repository_sweep.forget(connection, self.table, self._old(op, as_of), limit)
        if rows:
            leave(connection, op.at, [self.table])
        return Gone(rows, self.name if rows == limit else None)

    def _old(self, op: Operation, as_of: date) -> ColumnElement[bool]:
        if self.table is consent_events:
            return repository_sweep.old_withdrawals_of_nobody(_proved_before(op, as_of))
        if self.table is tombstones:
            return repository_sweep.old_tombstones(_files_before(op, as_of))
        if self.table is unsubscribe_links:
            return repository_sweep.old_links_of_nobody(_files_before(op, as_of))
        return repository_sweep.old_feed(op.start_of(as_of - timedelta(days=FEED_DAYS)))


_FORGOTTEN = (
    Old("withdrawals_of_nobody", consent_events),
    Old("tombstones", tombstones),
    Old("links_of_nobody", unsubscribe_links),
    Old("changes_feed", customer_changes),
)
"""A tombstone is of use as long as the file that proves the erasure is kept: backups and exports are long gone then."""


def cut_offs(op: Operation, as_of: date) -> dict[Material, CutOff]:
    """The last days that each class's period lies behind."""
    known = rules_of(op.definition)
    return {material: found for material in Material if (found := cut_off(material, known, as_of))}


def _batch(op: Operation, limit: int) -> Batch:
    return Batch(batches.batch_id(), op.at, op.register.version, limit)


def _proved_before(op: Operation, as_of: date) -> datetime:
    return _years_before(op, as_of, op.definition.retention.consent_evidence_years)


def _files_before(op: Operation, as_of: date) -> datetime:
    return _years_before(op, as_of, op.definition.retention.request_file_years)


def _years_before(op: Operation, as_of: date, years: int) -> datetime:
    return op.start_of(nominal(as_of, -12 * years))
