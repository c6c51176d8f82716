"""The people affected: listed by subject key, told one by one (Art. 34(1))."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.breaches import repository, repository_people
from app.breaches.errors import NoCommunication, invalid
from app.breaches.judging import PERSONS
from app.breaches.reporting import changed, find, find_open, note
from app.breaches.schemas import PeopleIn, PeopleOutcomeIn
from app.breaches.schemas_out import AffectedOut, BreachOut
from app.consents.repository import ids_by_reference
from app.consents.schemas import Who
from app.pagination import Page, Window
from app.register.operation import Operation


def listed(connection: Connection, op: Operation, name: str, window: Window) -> Page[AffectedOut]:
    """The people affected, by subject key."""
    row = find(connection, name)
    after = UUID(window.after[0]) if window.after else None
    rows = repository_people.people_after(connection, row.id, after, window.limit + 1)
    op.audit(connection, "list_people", "breach", row.id, subjects=[one.subject_key for one in rows[: window.limit]])
    return window.page(
        [AffectedOut.model_validate(one._asdict()) for one in rows], [(str(o.subject_key),) for o in rows]
    )


def add(connection: Connection, op: Operation, name: str, sent: PeopleIn) -> BreachOut:
    """List people, all or none; whoever is listed already stays as they are."""
    row = find_open(connection, name)
    keys: dict[UUID, UUID | None] = dict.fromkeys(sent.subject_keys)
    keys |= _living(connection, sent.customers)
    person = {"breach_id": row.id, "state": "to_tell", "listed_at": op.at}
    rows = [{**person, "subject_key": key, "customer_id": customer} for key, customer in keys.items()]
    added = repository_people.add_people(connection, rows)
    note(connection, op, row.id, "people_listed", added=added)
    op.audit(connection, "list_affected", "breach", row.id, details={"added": added}, subjects=keys)
    return changed(connection, op, row.id)


def _living(connection: Connection, named: list[Who]) -> dict[UUID, UUID]:
    """Subject key and id of each; raises `BreachInvalid` that names whoever cannot be listed so."""
    references = ids_by_reference(connection, {who.reference for who in named if who.reference})
    ids = [references.get(who.reference) if who.reference else who.uuid for who in named]
    known = repository_people.keys_of(connection, {i for i in ids if i is not None})
    found: dict[UUID, UUID] = {}
    for n, customer_id in enumerate(ids):
        key = known.get(customer_id) if customer_id else None
        if customer_id is None or key is None:
            raise invalid(f"#/customers/{n}", _why(named[n], known, customer_id))
        found[key] = customer_id
    return found


def _why(who: Who, known: dict[UUID, UUID | None], customer_id: UUID | None) -> str:
    if who.uuid is None and who.reference is None:
        return "an address identifies nobody; name the person by id or reference"
    if customer_id in known:
        return "has been erased; name the person by subject key"
    return "is nobody of this register"


def record_outcome(connection: Connection, op: Operation, name: str, sent: PeopleOutcomeIn) -> BreachOut:
    """Record that people were told, in which words, or why they cannot be; all or none."""
    op.actor.must_be_person()
    row = find_open(connection, name)
    if not row.aware_at <= sent.at <= op.at:
        raise invalid("#/at", "must lie between awareness and now")
    values: dict[str, Any] = {
        "state": sent.outcome,
        "reason": sent.reason,
        "told_at": None,
        "channel": None,
        "notice_id": None,
    }
    if sent.outcome == "told":
        notice = _words(connection, row, sent)
        values |= {"told_at": sent.at, "channel": sent.channel, "notice_id": notice.id}
    keys = set(sent.subject_keys)
    if repository_people.mark(connection, row.id, keys, values) != len(keys):
        raise invalid("#/subject_keys", "names somebody who is not listed")
    note(connection, op, row.id, "people_" + sent.outcome, people=len(keys))
    op.audit(connection, "tell", "breach", row.id, details={"outcome": sent.outcome}, subjects=sorted(keys))
    return changed(connection, op, row.id)


def _words(connection: Connection, row: Row[Any], sent: PeopleOutcomeIn) -> Row[Any]:
    written = [
        notice
        for notice in repository.notices(connection, row.id)
        if (notice.audience, notice.language) == (PERSONS, sent.language)
    ]
    if not written:
        raise NoCommunication
    return written[-1]
