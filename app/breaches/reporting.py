"""Report a breach, read it, list breaches, and add what is found out (Art. 33(5))."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.breaches import repository, repository_people
from app.breaches.errors import BreachClosed, BreachIfMatchNeeded, BreachNotFound, BreachStale, invalid
from app.breaches.judging import period_of, standing_of
from app.breaches.schemas import BreachNew, BreachPatch
from app.breaches.schemas_out import BreachOut, BreachRow
from app.breaches.shown import breach_out, breach_row
from app.db import new_id
from app.pagination import Page, Window
from app.policy.breaches import awareness_refusal
from app.processors.repository import known_as
from app.register.operation import Operation
from app.subject_requests import repository as requests

DATED = ("natures", "aware_at", "occurred_at", "processor_told_at", "people_about", "records_about")
"""Members whose former value the timeline keeps. Former texts it does not: somebody may have named a person there."""
_NEEDED = ("what_happened", "natures", "discovered_how", "aware_at", "person_categories", "data_categories")


def find(connection: Connection, name: str, *, lock: bool = False) -> Row[Any]:
    """The breach by id or number; raises `BreachNotFound`."""
    try:
        key: UUID | str = UUID(name)
    except ValueError:
        key = name
    row = repository.breach(connection, key, lock=lock)
    if row is None:
        raise BreachNotFound
    return row


def find_open(connection: Connection, name: str) -> Row[Any]:
    """The breach, locked; raises `BreachClosed` when it has been closed."""
    row = find(connection, name, lock=True)
    if row.closed_at is not None:
        raise BreachClosed
    return row


def report(connection: Connection, op: Operation, new: BreachNew) -> BreachOut:
    """Record a breach; its clock runs from the instant of awareness."""
    values = new.model_dump(mode="json", include={"natures", "person_categories", "data_categories"})
    values |= new.model_dump(exclude={*values, "processor", "case_number"})
    _must_be_possible(op, values)
    _must_be_declared(op, new.data_categories)
    case = _case(connection, new.case_number)
    row = {
        **values,
        "id": new_id(),
        "number": repository.next_number(connection, op.today.year),
        "version": 1,
        "due_at": period_of(op.definition, new.aware_at)[0].due_at,
        "clock_runs": True,
        "processor_id": _processor(connection, new.processor),
        "request_id": case.id if case else None,
        "case_number": new.case_number,
        "person_in_charge": op.definition.contact.person_in_charge,
        "register_version": op.register.version,
        "reported_at": op.at,
        "reported_by": op.actor.id,
        "reported_by_name": op.actor.name,
    }
    repository.add_breach(connection, row)
    note(connection, op, row["id"], "reported")
    key = _list_the_person(connection, op, row["id"], case) if case else None
    op.audit(connection, "report", "breach", row["id"], key)
    return out(connection, op, row["id"])


def _case(connection: Connection, number: str | None) -> Row[Any] | None:
    if number is None:
        return None
    found = requests.request(connection, number)
    if found is None:
        raise invalid("#/case_number", "is no request of this register")
    return found


def _list_the_person(connection: Connection, op: Operation, breach_id: UUID, case: Row[Any]) -> UUID | None:
    """List whom the request concerned, an erased person by subject key alone, and tell the request's timeline."""
    living = (
        repository_people.keys_of(connection, [case.customer_id]).get(case.customer_id) if case.customer_id else None
    )
    key = living or repository.subject_key_of_case(connection, case.id)
    if key is not None:
        person = {"breach_id": breach_id, "subject_key": key, "customer_id": case.customer_id if living else None}
        repository_people.add_people(connection, [{**person, "state": "to_tell", "listed_at": op.at}])
    event = {"request_id": case.id, "at": op.at, "kind": "breach_reported", "state": case.state}
    requests.add_event(connection, {**event, "client_id": op.actor.id, "details": {"breach": str(breach_id)}})
    return key


def _processor(connection: Connection, name: str | None) -> UUID | None:
    if name is None:
        return None
    found = known_as(connection, name)
    if found is None:
        raise invalid("#/processor", "is no recipient of this register")
    processor_id: UUID = found.id
    return processor_id


def _must_be_possible(op: Operation, values: dict[str, Any]) -> None:
    refusal = awareness_refusal(values["aware_at"], values["processor_told_at"], op.at)
    if refusal is not None:
        raise invalid("#/aware_at", refusal.text)
    for member in ("occurred_at", "processor_told_at"):
        if values[member] is not None and values[member] > op.at:
            raise invalid(f"#/{member}", "lies in the future")


def _must_be_declared(op: Operation, codes: list[str]) -> None:
    known = {category.code for category in op.definition.categories}
    for n, code in enumerate(codes):
        if code not in known:
            raise invalid(f"#/data_categories/{n}", "is not a category of the definition")


def note(connection: Connection, op: Operation, breach_id: UUID, kind: str, **details: Any) -> UUID:
    """Append to the timeline; the entry's id."""
    event = {"breach_id": breach_id, "at": op.at, "kind": kind, "client_id": op.actor.id}
    return repository.add_event(connection, {**event, "details": details or None})


def changed(connection: Connection, op: Operation, breach_id: UUID, values: dict[str, Any] | None = None) -> BreachOut:
    """Store new values, settle whether the clock runs, count the version up, and answer the breach."""
    if values:
        repository.change_breach(connection, breach_id, values)
    row = find(connection, str(breach_id))
    standing = standing_of(connection, op.definition, row)
    settled = {"due_at": standing.clock.due_at, "clock_runs": standing.clock_runs}
    repository.change_breach(connection, breach_id, settled)
    return out(connection, op, breach_id)


def out(connection: Connection, op: Operation, breach_id: UUID) -> BreachOut:
    """The breach as it stands; the caller audits."""
    return breach_out(connection, op, find(connection, str(breach_id)))


def reread(connection: Connection, op: Operation, breach_id: UUID) -> BreachOut:
    """The breach again, for a repeated Idempotency-Key."""
    op.audit(connection, "read", "breach", breach_id)
    return out(connection, op, breach_id)


def read(connection: Connection, op: Operation, name: str) -> BreachOut:
    """One breach."""
    row = find(connection, name)
    op.audit(connection, "read", "breach", row.id)
    return breach_out(connection, op, row)


def listed(
    connection: Connection, op: Operation, is_open: bool | None, due_before: datetime | None, window: Window
) -> Page[BreachRow]:
    """Breaches by the end of their period."""
    after = (datetime.fromisoformat(window.after[0]), UUID(window.after[1])) if window.after else None
    rows = repository.list_breaches(connection, is_open, due_before, after, window.limit + 1)
    op.audit(connection, "list", "breach", details={"found": min(len(rows), window.limit)})
    return window.page([breach_row(op, row) for row in rows], [(row.due_at.isoformat(), str(row.id)) for row in rows])


def patch(connection: Connection, op: Operation, name: str, sent: BreachPatch, if_match: str | None) -> BreachOut:
    """Add what has been found out; needs If-Match."""
    row = find_open(connection, name)
    if if_match is None:
        raise BreachIfMatchNeeded
    if if_match.strip() not in {"*", f'"{row.version}"'}:
        raise BreachStale
    values = _sent(sent)
    if "processor" in values:
        values["processor_id"] = _processor(connection, values.pop("processor"))
    _must_be_possible(op, {**row._asdict(), **values})
    _must_be_declared(op, values.get("data_categories", []))
    former = {member: _plain(getattr(row, member)) for member in DATED if member in values}
    note(connection, op, row.id, "changed", members=sorted(values), former=former)
    op.audit(connection, "change", "breach", row.id, details={"members": sorted(values)})
    return changed(connection, op, row.id, values)


def _sent(sent: BreachPatch) -> dict[str, Any]:
    values = {member: value for member, value in sent.model_dump().items() if member in sent.model_fields_set}
    for member in (*_NEEDED, "person_in_charge"):
        if member in values and values[member] is None:
            raise invalid(f"#/{member}", "cannot be emptied")
    return values


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
