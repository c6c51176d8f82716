"""The rows of each section, read through a cursor, never all at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, case, exists, false, func, or_, select

from app.access.sections import Section
from app.audit.tables import audit_subjects
from app.auth.tables import api_clients
from app.breaches.tables import breach_notices, breaches
from app.consents.tables import wordings
from app.customers.record import addresses
from app.customers.tables import bookings, customers, vouchers
from app.letters.tables import letter_deliveries
from app.processors.tables import processors, transfers
from app.subject_requests.tables import inactivity_decisions, subject_requests
from app.subject_requests.tables_people import undoings

PAGE = 500
"""Rows in memory at a time."""
LONGEST_OPEN = timedelta(days=366)
"""No definition has a longer return window."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose rows are read, and by what they are known in tables that name nobody."""

    row: Row[Any]

    @property
    def id(self) -> UUID:
        """The customer's id."""
        found: UUID = self.row.id
        return found

    @property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each address by its keyed hash."""
        return {address.hash: address.kind for address in addresses(self.row)}


def person(connection: Connection, customer_id: UUID) -> Person | None:
    """The customer, as the database has it."""
    row = connection.execute(select(customers).where(customers.c.id == customer_id)).first()
    return None if row is None else Person(row)


def pages(connection: Connection, section: Section, who: Person) -> Iterator[Sequence[Row[Any]]]:
    """Every row of a section, a page at a time. One cursor reads each table once, in the order of its index."""
    for query in queries(section, who):
        found = connection.execute(query, execution_options={"yield_per": PAGE})
        yield from found.partitions()


def rows(connection: Connection, section: Section, who: Person) -> Iterator[Row[Any]]:
    """The same, row by row."""
    for page in pages(connection, section, who):
        yield from page


def open_rows(connection: Connection, section: Section, who: Person, today: date) -> Iterator[Row[Any]]:
    """Of purchases and bookings those about which anything could still be open; the policy says whether it is."""
    t, recently = section.table.c, today - LONGEST_OPEN
    if section.table is bookings:
        condition = t.ends_at >= datetime.combine(today - timedelta(days=2), time.min, tzinfo=UTC)
    else:
        condition = or_(t.fulfilled_on.is_(None), t.settled_on.is_(None), t.fulfilled_on >= recently)
    for query in queries(section, who):
        yield from connection.execute(query.where(condition), execution_options={"yield_per": PAGE})


def newest(connection: Connection, section: Section, who: Person, limit: int) -> Sequence[Row[Any]]:
    """The newest rows of a section, newest first; which those are, the database sorts out."""
    found: list[Row[Any]] = []
    for query in queries(section, who):
        column = section.table.c[section.newest]
        found += connection.execute(query.order_by(column.desc()).limit(limit)).all()
    return sorted(found, key=lambda row: row._mapping[section.newest], reverse=True)[:limit]


def count(connection: Connection, section: Section, who: Person) -> int:
    """How many rows a section has."""
    counted = (select(func.count()).select_from(query.subquery()) for query in queries(section, who))
    return sum(connection.execute(query).scalar_one() for query in counted)


def one(connection: Connection, section: Section, who: Person, name: str) -> Row[Any] | None:
    """The record of that name, if the section has it."""
    key = name.removeprefix(f"{section.record}:")
    if section.named_by != ("id",):  # few rows, named by more than their id
        return next((row for row in rows(connection, section, who) if section.name_of(row._mapping) == name), None)
    try:
        wanted = UUID(key)
    except ValueError:
        return None
    asked = (query.where(section.table.c.id == wanted) for query in queries(section, who))
    return next((row for query in asked if (row := connection.execute(query).first()) is not None), None)


def queries(section: Section, who: Person) -> Iterable[Select[Any]]:
    """What a section is read by: most tables name the customer, the others have their own way."""
    special = _SPECIAL.get(section.code)
    if special is not None:
        return special(section, who)
    return [select(*_columns(section)).where(section.table.c.customer_id == who.id)]


def _columns(section: Section, *more: ColumnElement[Any]) -> list[Any]:
    """The columns shown, those that name the record, and what is joined to them."""
    keys = [section.table.c[name] for name in (*section.named_by, section.newest) if name in section.table.c]
    held = [] if section.kept != "row" else list(section.table.c)
    return list(dict.fromkeys([*section.columns, *keys, *held])) + list(more)


def _person(section: Section, who: Person) -> list[Select[Any]]:
    return [select(*_columns(section)).where(section.table.c.id == who.id)]


def _worded(section: Section, who: Person) -> list[Select[Any]]:
    t, w = section.table.c, wordings.c
    same = (w.id == t.wording_id) & (w.version == t.wording_version) & (w.language == t.wording_language)
    joined = section.table.outerjoin(wordings, same)
    query = select(*_columns(section, w.text.label("wording_text"))).select_from(joined)
    return [query.where(t.customer_id == who.id)]


def _by_address(section: Section, who: Person) -> list[Select[Any]]:
    if not who.kinds:
        return []
    column = section.table.c.address_hash
    kind = case(who.kinds, value=column, else_="").label("address")
    return [select(*_columns(section, kind)).where(column.in_(list(who.kinds)))]


def _disclosures(section: Section, who: Person) -> list[Select[Any]]:
    t = section.table.c
    joined: FromClause = section.table.outerjoin(processors, processors.c.id == t.processor_id)
    joined = joined.outerjoin(transfers, transfers.c.id == t.transfer_id)
    recipient = (
        func.coalesce(processors.c.legal_name, processors.c.name).label("legal_name"),
        processors.c.country,
        processors.c.role.label("recipient_role"),
        *(transfers.c.mechanism, transfers.c.copy_of_safeguards),
    )
    query = select(*_columns(section, *recipient)).select_from(joined)
    return [query.where(t.customer_id == who.id).order_by(t.id)]


def _consultations(section: Section, who: Person) -> list[Select[Any]]:
    """What was done about this person alone, then what was done about several at once; a person's name never."""
    key, t = who.row.audit_key, section.table.c
    named = case((api_clients.c.kind == "person", None), else_=api_clients.c.name).label("system")
    by_whom = section.table.outerjoin(api_clients, api_clients.c.id == t.client_id)
    alone = select(*_columns(section, named)).select_from(by_whom).where(t.subject_key == key)
    several = by_whom.join(audit_subjects, audit_subjects.c.event_id == t.id)
    together = select(*_columns(section, named)).select_from(several)
    also_alone = func.coalesce(t.subject_key == key, false())
    return [alone, together.where(audit_subjects.c.audit_key == key, ~also_alone)]


def _of_requests(section: Section, who: Person) -> list[Select[Any]]:
    """Rows of the person's cases, with the number of the case and when it was closed."""
    t, r = section.table.c, subject_requests.c
    if section.table is subject_requests:
        return [select(*_columns(section, r.closed_at.label("case_closed_at"))).where(r.customer_id == who.id)]
    joined = section.table.join(subject_requests, r.id == t.request_id)
    case_of = (r.case_number, r.closed_at.label("case_closed_at"))
    return [select(*_columns(section, *case_of)).select_from(joined).where(r.customer_id == who.id)]


def _letters(section: Section, who: Person) -> list[Select[Any]]:
    """Letters in the person's file; then those of their cases from before anybody was linked.

    A letter that has left somebody else's file, because the case was never about them, may still tell of them.
    """
    t, d, r, u = section.table.c, letter_deliveries.c, subject_requests.c, undoings.c
    more = (t.request_id, d.sent_on, d.means, d.recorded_at, r.closed_at.label("case_closed_at"))
    query = select(*_columns(section, *more))
    joined = section.table.outerjoin(letter_deliveries, d.letter_id == t.id)
    own = query.select_from(joined.outerjoin(subject_requests, r.id == t.request_id)).where(t.customer_id == who.id)
    of_case = query.select_from(joined.join(subject_requests, r.id == t.request_id)).where(r.customer_id == who.id)
    has_left = exists().where(u.row_id == t.id, u.kind == "letter")
    return [own, of_case.where(t.customer_id.is_(None), ~has_left)]


def _notifications(section: Section, who: Person) -> list[Select[Any]]:
    """What recipients were told about the person, on account of a case or of a consent withdrawn elsewhere."""
    t, r = section.table.c, subject_requests.c
    joined = section.table.outerjoin(subject_requests, r.id == t.request_id)
    case_of = (r.case_number, r.closed_at.label("case_closed_at"))
    return [select(*_columns(section, *case_of)).select_from(joined).where(t.customer_id == who.id)]


def _breaches(section: Section, who: Person) -> list[Select[Any]]:
    """What was breached, and the words in which the person was told of it."""
    t, b, n = section.table.c, breaches.c, breach_notices.c
    joined = section.table.join(breaches, b.id == t.breach_id).outerjoin(breach_notices, n.id == t.notice_id)
    breached = (b.number, b.natures, b.data_categories.label("categories"), b.occurred_at, b.aware_at)
    query = select(*_columns(section, *breached, n.language, n.content, n.advice)).select_from(joined)
    return [query.where(t.customer_id == who.id)]


def _inactivity(section: Section, who: Person) -> list[Select[Any]]:
    """What was proposed, what a human decided about it with many others, and the case that followed."""
    t, d, r = section.table.c, inactivity_decisions.c, subject_requests.c
    joined = section.table.outerjoin(inactivity_decisions, d.id == t.decision_id)
    joined = joined.outerjoin(subject_requests, r.id == t.request_id)
    decided = (d.outcome, d.reasoning, d.decided_at, d.cancelled_at, r.case_number)
    return [select(*_columns(section, *decided)).select_from(joined).where(t.customer_id == who.id)]


_SPECIAL = {
    "person": _person,
    "attributes": lambda _section, _who: [],
    "consents": _worded,
    "consent_history": _worded,
    "consent_invitations": _worded,
    "suppressions": _by_address,
    "suppression_history": _by_address,
    "inactivity": _inactivity,
    "breaches": _breaches,
    "recipients": _disclosures,
    "consultations": _consultations,
    "requests": _of_requests,
    "request_timeline": _of_requests,
    "identity_checks": _of_requests,
    "decisions": _of_requests,
    "balancing_tests": _of_requests,
    "abuse_findings": _of_requests,
    "told_recipients": _notifications,
    "letters": _letters,
}


def remaining_vouchers(connection: Connection, customer_id: UUID) -> tuple[int, Any]:
    """Of an erased person: how many vouchers had to stay as printed, and the last day of the longest kept."""
    c = vouchers.c
    query = select(func.count(), func.max(c.retain_until)).where(c.customer_id == customer_id)
    number, until = connection.execute(query).one()
    return number, until


def names_of_processors(connection: Connection) -> Mapping[UUID, Row[Any]]:
    """Every recipient by its id."""
    return {row.id: row for row in connection.execute(select(processors)).all()}
