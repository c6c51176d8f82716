"""Writes again the rows that entries remember: requests, decisions, suppressions, withdrawals, restrictions, holds.

A row that the database holds already is brought to the state of its newest entry; one of a person whom the database
does not hold is left out, except that a suppression needs no person.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update

from app.auth.tables import api_clients
from app.consents import repository as consents
from app.consents.storing import winning
from app.consents.tables import consent_events
from app.customers import repository as customers
from app.customers import suppression
from app.customers.repository import upsert_into
from app.customers.tables import customers as people
from app.ledger.facts import LOST, ROWS, Facts
from app.ledger.tables import ledger_outbox
from app.letters import repository as letters
from app.notifications.queueing import Notice, tell_each
from app.policy.notifications import ACT_OF
from app.policy.requests import IMMEDIATE_RIGHTS, State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import envelopes, intake, rectifying, repository, undoing
from app.subject_requests.handling import CONTENT
from app.subject_requests.tables import case_numbers, decisions, subject_requests
from app.subject_requests.tables_people import undoings

APPLIED, KNOWN, ABSENT = "applied", "known already", "not in this database"

Rows = Sequence[Facts]
Outcomes = Mapping[UUID, str]


def again(connection: Connection, op: Operation, kind: str, rows: Rows, erased: Collection[UUID]) -> Outcomes:
    """Write the rows of one kind; what became of each. `erased` are requests and people whose erasure comes later."""
    table = ROWS[kind][0]
    ids = [row["id"] for row in rows]
    stored = {row.id: row for row in connection.execute(select(table).where(table.c.id.in_(ids)))}
    named = {row["customer_id"] for row in rows if row.get("customer_id")}
    held = {row.id: row for row in connection.execute(select(people).where(people.c.id.in_(sorted(named))))}
    outcomes = _WRITERS[kind](connection, op, rows, stored, held, erased)
    # The triggers have noted what the ledger holds already.
    c = ledger_outbox.c
    connection.execute(delete(ledger_outbox).where(c.kind == kind, c.row_id.in_(ids)))
    touched = [held[row["customer_id"]] for row in rows if row.get("customer_id") in held]
    details = {"kind": kind, "entries": len(rows), "applied": list(outcomes.values()).count(APPLIED)}
    op.audit(connection, "replay", "ledger", details=details, subjects=[p.audit_key for p in touched if p.audit_key])
    return outcomes


Stored = Mapping[UUID, Row[Any]]


def _suppressions(
    connection: Connection, _op: Operation, rows: Rows, stored: Stored, _held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    suppression.record(connection, [row for row in rows if row["id"] not in stored])
    return {row["id"]: KNOWN if row["id"] in stored else APPLIED for row in rows}


def _withdrawals(
    connection: Connection, op: Operation, rows: Rows, stored: Stored, held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    outcomes = {row["id"]: _outcome(row, stored, held) for row in rows}
    new = [
        {**row, "event_id": f"ledger:{row['id']}", "evidence": {}, "content_hash": ""}
        for row in rows
        if outcomes[row["id"]] == APPLIED
    ]
    if new:
        connection.execute(insert(consent_events), new)
    living = [
        {**row, **dict.fromkeys(_UNKNOWN)}
        for row in new
        if row["customer_id"] is not None and held[row["customer_id"]].erased_at is None
    ]
    consents.project(connection, winning(living))
    marketing = {purpose.code for purpose in op.definition.marketing_purposes}
    told = {row["customer_id"] for row in living if row["purpose"] in marketing}
    customers.tell_systems(connection, told, "withdrawn", op.at)
    return outcomes


_UNKNOWN = ("wording_id", "wording_version", "wording_language", "notice_version", "notice_language")
"""What a withdrawal's entry does not remember."""


def _outcome(row: Facts, stored: Stored, held: Stored) -> str:
    if row["id"] in stored:
        return KNOWN
    return APPLIED if row["customer_id"] is None or row["customer_id"] in held else ABSENT


def _restrictions(
    connection: Connection, op: Operation, rows: Rows, stored: Stored, held: Stored, erased: Collection[UUID]
) -> Outcomes:
    before = customers.grounds(connection, held)
    outcomes = _states(connection, "restriction", rows, stored, held, {})
    after = customers.grounds(connection, held)
    customers.tell_systems(connection, after.keys() - before.keys(), "restricted", op.at)
    customers.tell_systems(connection, before.keys() - after.keys() - set(erased), "unrestricted", op.at)
    return outcomes


def _objections(
    connection: Connection, _op: Operation, rows: Rows, stored: Stored, held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    """A purpose that stopped on an objection stays stopped; of somebody who is erased nothing need be stopped."""
    living = {key: person for key, person in held.items() if person.erased_at is None}
    return _states(connection, "objection", rows, stored, living, {})


def _holds(
    connection: Connection, _op: Operation, rows: Rows, stored: Stored, held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    return _states(connection, "hold", rows, stored, held, {"claim": LOST})


def _deaths(
    connection: Connection, op: Operation, rows: Rows, stored: Stored, held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    """Reports of deaths; one about a person who has been erased went with the person."""
    shells = {row["id"] for row in rows if (one := held.get(row["customer_id"])) is not None and one.erased_at}
    living = [row for row in rows if row["id"] not in shells]
    outcomes = dict(_states(connection, "death", living, stored, held, {"evidence_seen": LOST}))
    told = {row["customer_id"] for row in living if outcomes[row["id"]] == APPLIED and row["withdrawn_at"] is None}
    customers.tell_systems(connection, told, "deceased", op.at)
    return {**outcomes, **dict.fromkeys(shells, KNOWN)}


def _undoings(
    connection: Connection, _op: Operation, rows: Rows, stored: Stored, _held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    """What was undone for the wrong person came back with the older rows; it goes again, last of all."""
    new = [row for row in rows if row["id"] not in stored]
    if new:
        connection.execute(insert(undoings), new)
    gone: dict[str, list[UUID]] = {}
    for row in rows:
        gone.setdefault(row["kind"], []).append(row["row_id"])
    undoing.take_away(connection, gone)
    return {row["id"]: KNOWN if row["id"] in stored else APPLIED for row in rows}


def _states(
    connection: Connection, kind: str, rows: Rows, stored: Stored, held: Stored, lost: Mapping[str, Any]
) -> Outcomes:
    """Insert rows that are not there, and bring the others to where the ledger says they stand."""
    table = ROWS[kind][0]
    outcomes = {row["id"]: _outcome(row, stored, held) for row in rows}
    for row in rows:
        if outcomes[row["id"]] == APPLIED:
            connection.execute(insert(table).values(**row, **lost))
        elif (there := stored.get(row["id"])) is not None and _differs(there, row):
            connection.execute(update(table).where(table.c.id == row["id"]).values(**row))
            outcomes[row["id"]] = APPLIED
    return outcomes


def _differs(stored: Row[Any], row: Facts) -> bool:
    return any(getattr(stored, name) != value for name, value in row.items())


_SINCE = ("cancelled_at", "confirmed_at", "confirmed_by")
"""What becomes of a decision after it was taken or proposed."""


def _decisions(
    connection: Connection, _op: Operation, rows: Rows, stored: Stored, _held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    c = subject_requests.c
    wanted = {row["request_id"] for row in rows}
    requests = set(connection.execute(select(c.id).where(c.id.in_(sorted(wanted)))).scalars())
    by = {row.id: row.name for row in connection.execute(select(api_clients.c.id, api_clients.c.name))}
    outcomes: dict[UUID, str] = {}
    for row in rows:
        there = stored.get(row["id"])
        if there is None and row["request_id"] in requests:
            words = {"reasoning": LOST, "identity_how": LOST, "decided_by_name": by.get(row["decided_by"], "unknown")}
            connection.execute(insert(decisions).values(**row, **words))
            outcomes[row["id"]] = APPLIED
        elif there is not None and any(getattr(there, name) != row[name] for name in _SINCE):
            since = {name: row[name] for name in _SINCE}
            connection.execute(update(decisions).where(decisions.c.id == row["id"]).values(**since))
            outcomes[row["id"]] = APPLIED
        else:
            outcomes[row["id"]] = ABSENT if there is None else KNOWN
    return outcomes


def _requests(
    connection: Connection, op: Operation, rows: Rows, stored: Stored, held: Stored, erased: Collection[UUID]
) -> Outcomes:
    return {row["id"]: _request(connection, op, row, stored.get(row["id"]), held, erased) for row in rows}


def _request(
    connection: Connection, op: Operation, row: Facts, there: Row[Any] | None, held: Stored, erased: Collection[UUID]
) -> str:
    """Bring a request to where it stood; one that is not there is made, with its number and clock but no words."""
    values = {**row, "customer_id": row["customer_id"] if row["customer_id"] in held else None}
    if there is not None and there.customer_id is not None and values["customer_id"] is None:
        values["customer_id"] = there.customer_id
    if there is not None and not _differs(there, values):
        return KNOWN
    if State(row["state"]) in {State.EXECUTING, State.COMPLETED, State.WITHDRAWN}:
        values |= CONTENT
    if there is None:
        repository.add_request(connection, {"version": 1, **_in_charge(op), **values})
        _keep_number(connection, row["case_number"])
    else:
        repository.change_request(connection, row["id"], values)
    event = {"request_id": row["id"], "at": op.at, "kind": "replayed", "state": row["state"], "client_id": op.actor.id}
    repository.add_event(connection, {**event, "details": None})
    if there is None or there.state != row["state"]:
        _reached(connection, op, values, held, erased)
    return APPLIED


def _in_charge(op: Operation) -> dict[str, str | None]:
    contact = op.definition.contact
    return {"person_in_charge": contact.person_in_charge, "substitute": contact.substitute}


def _keep_number(connection: Connection, case_number: str) -> None:
    """See to it that no later case gets a number that has been in a letter."""
    year, _, number = case_number.partition("-")
    statement = upsert_into(connection, case_numbers).values(year=int(year), last=int(number))
    highest = {"last": int(number)}
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["year"], set_=highest, where=case_numbers.c.last < highest["last"]
        )
    )


def _reached(connection: Connection, op: Operation, row: Facts, held: Stored, erased: Collection[UUID]) -> None:
    """Tell of a ban; and where a request is being carried out, list whom to tell, because nobody knows who was."""
    person = held.get(row["customer_id"])
    right, state = Right(row["right"]), State(row["state"])
    if right is Right.MARKETING_BAN and person is not None:
        customers.tell_systems(connection, person.id, "banned", op.at)
    if right is Right.RECTIFICATION and person is not None:
        rectifying.lost(connection, op, row["id"], person, carried_out=state in {State.EXECUTING, State.COMPLETED})
    if state is not State.EXECUTING or row["id"] in erased or envelopes.of_request(connection, row["id"]):
        return
    if right in IMMEDIATE_RIGHTS:
        customer_id = None if person is None else person.id
        recipients = intake.told(connection, op, customer_id)
        tell_each(connection, op, recipients, Notice("", ACT_OF[right], row["id"], customer_id))
    envelopes.note(connection, op.keys, row["id"], op.at)


def _letters(
    connection: Connection, _op: Operation, rows: Rows, stored: Stored, _held: Stored, _erased: Collection[UUID]
) -> Outcomes:
    """That a letter was issued, so that its number is nobody else's; what it said went with the database."""
    for row in rows:
        if row["id"] not in stored:
            letters.add(connection, {**row, "content": None})
            letters.keep_number(connection, row["number"])
    return {row["id"]: KNOWN if row["id"] in stored else APPLIED for row in rows}


Writer = Callable[[Connection, Operation, Rows, Stored, Stored, Collection[UUID]], Outcomes]

_WRITERS: Mapping[str, Writer] = {
    "request": _requests,
    "decision": _decisions,
    "suppression": _suppressions,
    "withdrawal": _withdrawals,
    "restriction": _restrictions,
    "objection": _objections,
    "hold": _holds,
    "letter": _letters,
    "death": _deaths,
    "undoing": _undoings,
}
"""In the order in which replay writes them: a decision needs its request, an undoing what it takes away."""
ORDER = tuple(_WRITERS)
