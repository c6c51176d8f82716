"""Take consent events, singly or many at once: append, project, suppress, audit; one transaction.

The state orders by `occurred_at`, so that a late event with an older instant never overturns a newer
withdrawal, whatever the order of arrival.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository
from app.consents.errors import EventReused, SeveralPeople, WordingUnknown
from app.consents.rules import channels_of, purpose_for
from app.consents.schemas import ConsentIn, ConsentOut, Who
from app.customers import suppression
from app.customers.errors import CustomerNotFound, invalid
from app.customers.identity import Address, email_address, phone_address
from app.customers.record import addresses
from app.customers.repository import tell_systems
from app.customers.service import living, visible_systems
from app.customers.suppression import CHANNELS_OF, Suppression
from app.db import new_id
from app.errors import Problem
from app.policy.vocabulary import Channel
from app.register.definition_purposes import Purpose
from app.register.operation import Operation

Outcome = ConsentOut | Problem
WordingKey = tuple[str, int, str]


@dataclass(slots=True)
class Taking:
    """One event on its way in."""

    sent: ConsentIn
    purpose: Purpose
    address: Address | None
    wording: WordingKey | None
    people: list[Row[Any]] = field(default_factory=list)
    id: UUID | None = None
    known: bool = False


def record(connection: Connection, op: Operation, sent: ConsentIn) -> ConsentOut:
    """Take one event; raises the problem that stands against it."""
    (outcome,) = take(connection, op, [sent])
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def take(connection: Connection, op: Operation, events: Sequence[ConsentIn], *, audited: bool = True) -> list[Outcome]:
    """Take events in one transaction; each is answered by itself, the valid ones are stored together.

    With `audited` false the caller writes the operation's audit row.
    """
    outcomes: list[Outcome | None] = [None] * len(events)
    judged = [_judge_or_refuse(op, event, outcomes, n) for n, event in enumerate(events)]
    _find_people(connection, op, judged, outcomes)
    _check_wordings(connection, judged, outcomes)
    taking = {n: t for n, t in enumerate(judged) if t is not None and outcomes[n] is None}
    _store(connection, op, taking, outcomes)
    _suppress(connection, op, taking.values())
    held = _held(connection, taking.values())
    for n, t in taking.items():
        outcomes[n] = outcomes[n] or _out(op, t, held)
    if audited:
        _audit(connection, op, taking.values(), len(events))
    return [outcome for outcome in outcomes if outcome is not None]


def _judge_or_refuse(op: Operation, sent: ConsentIn, outcomes: list[Outcome | None], n: int) -> Taking | None:
    try:
        return _judge(op, sent)
    except Problem as problem:
        outcomes[n] = problem
        return None


def _judge(op: Operation, sent: ConsentIn) -> Taking:
    purpose = purpose_for(op, sent)
    named = sent.wording
    wording = None if named is None else (named.id, named.version, named.language or op.definition.default_language)
    return Taking(sent, purpose, _address(op, sent.customer), wording)


def _address(op: Operation, who: Who) -> Address | None:
    if who.email is not None:
        return email_address(op.keys, who.email)
    if who.phone is None:
        return None
    address = phone_address(op.keys, who.phone, op.definition.phone_region)
    if address is None:
        raise invalid("#/customer/phone", "is not a phone number")
    return address


def _find_people(
    connection: Connection, op: Operation, judged: Sequence[Taking | None], outcomes: list[Outcome | None]
) -> None:
    present = [t for t in judged if t is not None]
    by_reference = repository.ids_by_reference(connection, {r for t in present if (r := t.sent.customer.reference)})
    by_address = repository.ids_by_address(connection, {t.address.hash for t in present if t.address})
    ids = {u for t in present if (u := t.sent.customer.uuid)} | set(by_reference.values())
    ids |= {i for found in by_address.values() for i in found}
    known = repository.people_by_id(connection, ids, visible_systems(op))
    strangers = repository.people_by_id(connection, ids - known.keys(), None) if ids - known.keys() else {}
    for n, t in enumerate(judged):
        if t is None:
            continue
        reference, address = t.sent.customer.reference, t.address
        try:
            if address is not None:
                t.people = _behind(op, t, [{**known, **strangers}[i] for i in by_address.get(address.hash, [])])
            else:
                found = by_reference.get(reference) if reference else t.sent.customer.uuid
                t.people = [_named(known, found)]
        except Problem as problem:
            outcomes[n] = problem


def _named(known: dict[UUID, Row[Any]], found: UUID | None) -> Row[Any]:
    row = known.get(found) if found else None
    if row is None:
        raise CustomerNotFound
    return living(row)


def _behind(op: Operation, taking: Taking, people: list[Row[Any]]) -> list[Row[Any]]:
    """Whom an address means: `withdrawn` all behind it, even none; `given` exactly one."""
    if taking.sent.action == "withdrawn":
        return people
    if not people:
        raise CustomerNotFound
    if len(people) > 1:
        named: dict[str, Any] = {"customer_ids": [str(p.id) for p in people]} if op.actor.is_person else {}
        raise SeveralPeople(None, **named)
    return people


def _check_wordings(connection: Connection, judged: Sequence[Taking | None], outcomes: list[Outcome | None]) -> None:
    named = {t.wording for t in judged if t is not None and t.wording is not None}
    purposes = repository.wordings_named(connection, named)
    for n, t in enumerate(judged):
        if t is not None and t.wording is not None and purposes.get(t.wording) != t.purpose.code:
            outcomes[n] = outcomes[n] or WordingUnknown()


def _store(connection: Connection, op: Operation, taking: dict[int, Taking], outcomes: list[Outcome | None]) -> None:
    """Insert the events that are new and move the projection; a known event changes nothing."""
    known = repository.events_named(connection, op.actor.id, {t.sent.event_id for t in taking.values()})
    fresh: dict[tuple[str, UUID], tuple[dict[str, Any], Taking]] = {}
    for n, t in taking.items():
        content = op.keys.hash("consent", t.sent.model_dump_json())
        for person in t.people:
            key = (t.sent.event_id, person.id)
            stored = known.get(key) or (fresh[key][0] if key in fresh else None)
            if stored is None:
                row = _event_row(op, t, person.id, content)
                fresh[key], t.id = (row, t), row["id"]
                continue
            same = stored["content_hash"] if isinstance(stored, dict) else stored.content_hash
            if same != content:
                outcomes[n] = EventReused()
            t.known, t.id = True, stored["id"] if isinstance(stored, dict) else stored.id
    repository.add_events(connection, [row for row, _ in fresh.values()])
    repository.project(connection, _winning(row for row, _ in fresh.values()))


def _event_row(op: Operation, t: Taking, customer_id: UUID, content: str) -> dict[str, Any]:
    wording_id, version, language = t.wording or (None, None, None)
    return {
        "id": new_id(),
        "client_id": op.actor.id,
        "event_id": t.sent.event_id,
        "customer_id": customer_id,
        "purpose": t.purpose.code,
        "channels": channels_of(t.purpose, t.sent),
        "action": t.sent.action,
        "wording_id": wording_id,
        "wording_version": version,
        "wording_language": language,
        "collected_via": t.sent.collected_via,
        "occurred_at": t.sent.occurred_at,
        "recorded_at": op.at,
        "evidence": t.sent.evidence.model_dump(mode="json", exclude_defaults=True),
        "content_hash": content,
        "register_version": op.register.version,
    }


def _winning(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One state row per person, purpose and channel: the event that stands, in a fixed order of rows."""
    best: dict[tuple[UUID, str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: (r["occurred_at"], r["action"] == "withdrawn")):
        for channel in row["channels"]:
            best[row["customer_id"], row["purpose"], channel] = {
                "customer_id": row["customer_id"],
                "purpose": row["purpose"],
                "channel": channel,
                "action": row["action"],
                "occurred_at": row["occurred_at"],
                "recorded_at": row["recorded_at"],
                "event": row["id"],
                **{name: row[name] for name in ("wording_id", "wording_version", "wording_language")},
            }
    return [best[key] for key in sorted(best)]


def _suppress(connection: Connection, op: Operation, taking: Iterable[Taking]) -> None:
    """A marketing withdrawal suppresses the person's addresses; a double opt-in lifts what is older."""
    for t in taking:
        if not t.purpose.is_marketing or t.known:
            continue
        confirmed = t.sent.evidence.double_opt_in_confirmed_at
        lifts = t.sent.action == "given" and confirmed is not None and t.sent.collected_via == "double_opt_in"
        if t.sent.action == "given" and not lifts:
            continue
        what = Suppression(
            purpose=t.purpose.code,
            state="lifted" if lifts else "suppressed",
            origin="double_opt_in" if lifts else "consent_withdrawal",
            since=t.sent.occurred_at,
            client_id=op.actor.id,
            recorded_at=op.at,
        )
        channels = {Channel(c) for c in channels_of(t.purpose, t.sent)}
        suppression.apply(connection, op.keys.key_id, _addresses(t), channels, what)
        if t.sent.action == "withdrawn":
            for person in t.people:
                tell_systems(connection, person.id, "withdrawn", op.at)


def _addresses(t: Taking) -> list[Address]:
    found = {a.hash: a for person in t.people for a in addresses(person)}
    if t.address is not None:
        found[t.address.hash] = t.address
    return list(found.values())


def _held(connection: Connection, taking: Iterable[Taking]) -> list[Row[Any]]:
    given = [t for t in taking if t.sent.action == "given" and t.purpose.is_marketing]
    return list(suppression.of(connection, {a.hash for t in given for a in _addresses(t)}))


def _out(op: Operation, t: Taking, held: Sequence[Row[Any]]) -> ConsentOut:
    by_address = t.address is not None and t.sent.action == "withdrawn"
    return ConsentOut(
        id=None if by_address and not op.actor.is_person else t.id,
        event_id=t.sent.event_id,
        status="known" if t.known else "recorded",
        people=len(t.people) if by_address and op.actor.is_person else None,
        suppressed=_still_suppressed(t, held) if t.sent.action == "given" else [],
    )


def _still_suppressed(t: Taking, held: Sequence[Row[Any]]) -> list[Channel]:
    suppressed = []
    for channel in channels_of(t.purpose, t.sent):
        hashes = {a.hash for a in _addresses(t) if channel in CHANNELS_OF[a.kind]}
        rows = [row for row in held if row.address_hash in hashes]
        if suppression.since(rows, t.purpose.code, channel):
            suppressed.append(Channel(channel))
    return suppressed


def _audit(connection: Connection, op: Operation, taking: Iterable[Taking], sent: int) -> None:
    stored = list(taking)
    people = [person.audit_key for t in stored for person in t.people]
    if sent == 1:
        action = stored[0].sent.action if stored else "refused"
        entity_id = stored[0].id if stored else None
        single = people[0] if len(people) == 1 else None
        outcome = "done" if stored else "refused"
        op.audit(
            connection, action, "consent", entity_id, single, outcome=outcome, subjects=people if single is None else ()
        )
        return
    op.audit(connection, "batch", "consent", details={"items": sent, "taken": len(stored)}, subjects=people)
