"""The hot paths of a check of many people about now, all named by id or by references of one system: prepared, on
PostgreSQL one statement for all of them, with the audit row and the name of everybody in it.

It answers the ordinary case alone. An empty result says that something is out of the ordinary; `service.run` then
goes step by step. Its steps are what the statement means.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, not_, select, true

from app.audit.repository import guarded_insert, insert_subjects
from app.audit.tables import audit_events
from app.consents.schemas import Who
from app.customers.repository import seen
from app.customers.tables import customer_references, customers
from app.db import Prepared, among, among_ids
from app.processing_checks.people import Asked
from app.processing_checks.repository import dated_ahead, facts_with, grounds_since, restrictions_in
from app.processing_checks.schemas import CheckIn, CheckOut
from app.processing_checks.service import answers, details_of, told, verdict_on
from app.processors.repository_lapses import lapses_column, lapses_in
from app.processors.service import refusal_among
from app.processors.tables import processors, transfers
from app.register.operation import GUARDS, Operation
from app.wire import is_canonical_uuid

_TOLD = (processors.c.code.label("recipient_code"), processors.c.country.label("recipient_country"),
         processors.c.active.label("recipient_active"), lapses_column(), *transfers.c)  # fmt: skip
_Named = Callable[[str], Sequence[ColumnElement[bool]]]
_BEGINS = "to_"
"""So begin the names of what is about a recipient, behind the facts of the first person."""


def _prepared(name: ColumnElement[Any], named: _Named, *, whole: bool) -> Prepared:
    """The statements that answer for those whom `named` holds of; each row has the `name` they were asked by."""
    person = _people("postgresql", name, named, whole=whole).cte("person")
    audited = guarded_insert(*_usual(person), *GUARDS).returning(audit_events.c.id).cte("audited")
    met = person.join(audited, true())
    subjects = insert_subjects(person.c.audit_key, audited.c.id, met).cte("subjects")
    chained = _with_recipients("postgresql", person, met).add_cte(subjects)
    found = _people("sqlite", name, named, whole=whole).cte("person")
    facts = _with_recipients("sqlite", found, found).where(*_usual(found), *GUARDS)
    event = bindparam("audit_id", type_=audit_events.c.id.type)
    subjects_in_turn = insert_subjects(customers.c.audit_key, event, customers, *named("sqlite"), seen("sqlite"))
    return Prepared(chained, (facts, guarded_insert(), subjects_in_turn))


def _people(dialect: str, name: ColumnElement[Any], named: _Named, *, whole: bool) -> Select[Any]:
    """The facts of everybody, numbered, so that one of them can carry what is about all."""
    asked = facts_with(grounds_since(dialect), whole=whole).where(*named(dialect), seen(dialect))
    number = func.row_number().over(order_by=(customers.c.id, name))
    return asked.add_columns(name.label("name"), number.label("n"))


def _by_id(dialect: str) -> Sequence[ColumnElement[bool]]:
    return (among_ids(dialect, customers.c.id, "names"),)


def _by_reference(dialect: str) -> Sequence[ColumnElement[bool]]:
    c = _references.c
    of_system = c.system == bindparam("system", type_=c.system.type)
    return c.customer_id == customers.c.id, of_system, among(dialect, c.external_id, "names")


def _usual(person: Any) -> list[ColumnElement[bool]]:
    """Unless nobody is known, or a caller's fast clock dated something ahead of us: that takes more than this read."""
    some = exists(select(person.c.id))
    return [some, not_(exists(select(person.c.id).where(dated_ahead(person.c))))]


def _with_recipients(dialect: str, person: Any, found: Any) -> Select[Any]:
    """Everybody's facts; behind the first person's, in as many rows as it takes, the recipients and their transfers."""
    recipients = processors.outerjoin(transfers, transfers.c.processor_id == processors.c.id)
    first = and_(person.c.n == 1, among(dialect, processors.c.code, "recipients"))
    about = [column.label(f"{_BEGINS}{column.name}") for column in _TOLD]
    facts = [column for column in person.c if column.name != "audit_key"]
    query = select(*facts, *about).select_from(found.outerjoin(recipients, first))
    return query.order_by(person.c.n, transfers.c.id)


_references = customer_references.alias("named")
_BY_ID = {whole: _prepared(customers.c.id, _by_id, whole=whole) for whole in (True, False)}
_BY_REFERENCE = {whole: _prepared(_references.c.external_id, _by_reference, whole=whole) for whole in (True, False)}


async def run(op: Operation, sent: CheckIn, asked: Asked, binds: Mapping[str, Any]) -> CheckOut | None:
    """Answer a check of many people; None when it must go step by step.

    `binds` are those that the check of one person takes as well.
    """
    systems = {who.system for who in sent.subjects}
    names = [_name(who) for who in sent.subjects]
    if len(systems) > 1 or None in names:
        return None
    (system,) = systems
    event = op.event("check", "processing", details=details_of(sent))
    statement = (_BY_ID if system is None else _BY_REFERENCE)[asked.whole]
    rows = await op.fetch(statement, event, names=list(dict.fromkeys(names)), system=system, **binds)
    if not rows:
        return None
    asked.refuse_transfers(_refusals(op, asked, rows))
    people = {str(row.name): row for row in rows}
    asked.restrictions = {row.id: restrictions_in(row.grounds, asked.at) for row in people.values() if row.grounds}
    found = [people.get(name or "") for name in names]
    results = [told(n, None if row is None else row.id, [verdict_on(asked, row)]) for n, row in enumerate(found)]
    return answers(op, sent, asked, results)


def _name(who: Who) -> str | None:
    """The reference, or the id as the database's driver writes it; None for somebody named by an address."""
    if who.system is not None or who.id is None or is_canonical_uuid(who.id):
        return who.id
    return str(UUID(who.id))


def _refusals(op: Operation, asked: Asked, rows: Sequence[Any]) -> Iterator[str | None]:
    """For each recipient why it may not get the data, judged from what the first person's rows hold of it."""
    about: list[Any] = [_of_recipient(row._asdict()) for row in takewhile(lambda row: row.n == 1, rows)]
    lapses = lapses_in(about[0].lapses)
    for code in asked.sends:
        of_code = [row for row in about if row.recipient_code == code]
        yield refusal_among(op.definition, code, of_code, asked.day, asked.at, lapses)


def _of_recipient(row: Mapping[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**{name.removeprefix(_BEGINS): row[name] for name in row if name.startswith(_BEGINS)})
