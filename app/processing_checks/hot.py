"""The hot paths of checks about now, and that of one person, named by id: prepared, on PostgreSQL
one statement, audit row included.

It answers the ordinary case alone. An empty result says that something is out of the ordinary; `service.run` then
goes step by step. Its steps are what the statement means.
"""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, select, true

from app.audit.repository import guarded_insert
from app.audit.tables import audit_events
from app.customers.repository import seen
from app.db import Prepared, among
from app.processing_checks import hot_many, service
from app.processing_checks.people import Asked
from app.processing_checks.repository import BY_ONE, by_one, dated_ahead
from app.processing_checks.schemas import CheckIn, CheckOut
from app.processing_checks.service import answers, details_of, purpose_asked, question, told, verdict_on
from app.processors.repository_lapses import lapses_column, lapses_in
from app.processors.service import refusal_among
from app.processors.tables import processors, transfers
from app.register.operation import GUARDS, Operation


def _prepared(*, whole: bool) -> Prepared:
    person = by_one(whole=whole).where(seen("postgresql")).cte("person")
    audited = guarded_insert(*_answers_by_itself(person.c), *GUARDS, subject_key=person.c.audit_key)
    written = audited.returning(audit_events.c.id).cte("audited")
    chained = _with_recipients("postgresql", person, person.join(written, true()))
    found = by_one(whole=whole).where(seen("sqlite")).subquery("person")
    facts = _with_recipients("sqlite", found, found).where(*_answers_by_itself(found.c), *GUARDS)
    return Prepared(chained, (facts, guarded_insert(subject_key=bindparam("person_audit_key", type_=Uuid()))))


def _with_recipients(dialect: str, person: Any, found: Any) -> Select[Any]:
    """One row for each transfer of each recipient of the purpose, or one with nulls; the person's facts in each."""
    recipients = processors.outerjoin(transfers, transfers.c.processor_id == processors.c.id)
    facts = [column.label(f"person_{column.name}") for column in person.c]
    about = [
        processors.c.code.label("recipient_code"),
        processors.c.country.label("recipient_country"),
        processors.c.active.label("recipient_active"),
        lapses_column(),
    ]
    query = select(*facts, *about, *transfers.c).order_by(transfers.c.id)
    return query.select_from(found.outerjoin(recipients, among(dialect, processors.c.code, "recipients")))


def _answers_by_itself(person: Any) -> list[ColumnElement[bool]]:
    """Unless restricted, or dated ahead of us by a caller's fast clock: those facts take more than this read."""
    return [person.grounds.is_(None), dated_ahead(person).is_not(true())]


_CHECK = {whole: _prepared(whole=whole) for whole in (True, False)}
_Person: Any = namedtuple("_Person", BY_ONE.selected_columns.keys())  # type: ignore[misc] # the columns of the query


async def run(op: Operation, sent: CheckIn) -> CheckOut:
    """Answer a check."""
    purpose = purpose_asked(op, sent)
    answered: CheckOut | None = None
    if sent.at is None and not purpose.soft_opt_in:
        asked = question(op, sent, purpose)
        check = _run if len(sent.subjects) == 1 else hot_many.run
        answered = await check(op, sent, asked, _binds(op, asked))
    return answered if answered is not None else await op.write(service.run, sent)


def _binds(op: Operation, asked: Asked) -> dict[str, Any]:
    """What is asked, and of whom the caller may ask it."""
    return {
        **asked.binds(),
        "recipients": list(asked.sends),
        "systems": list(op.actor.systems),
        "sees_all": op.actor.sees_all or not op.actor.systems,
    }


async def _run(op: Operation, sent: CheckIn, asked: Asked, binds: Mapping[str, Any]) -> CheckOut | None:
    customer_id = sent.subjects[0].uuid
    if customer_id is None:
        return None
    event = op.event("check", "processing", details=details_of(sent))
    rows = await op.fetch(_CHECK[asked.whole], event, id=customer_id, **binds)
    return _answered(op, sent, asked, rows) if rows else None


def _answered(op: Operation, sent: CheckIn, asked: Asked, rows: Sequence[Any]) -> CheckOut:
    lapses = lapses_in(rows[0].lapses)
    reached = {code: [row for row in rows if row.recipient_code == code] for code in asked.sends}
    asked.refuse_transfers(
        refusal_among(op.definition, code, found, asked.day, asked.at, lapses) for code, found in reached.items()
    )
    person: Any = _Person._make(rows[0][: len(_Person._fields)])
    return answers(op, sent, asked, [told(0, person.id, [verdict_on(asked, person)])])
