"""Upserts by the caller's own references: one or a thousand, in the same few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.customers import drafts, repository
from app.customers.drafts import Draft, Stored
from app.customers.errors import OlderThanErasure
from app.customers.identity import reference_hash
from app.db import TransactionLost, new_id
from app.errors import Problem
from app.register.operation import Operation


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """What one caller says of the person behind a reference: a whole new record, and the columns of what was sent."""

    reference: repository.Key
    record: Mapping[str, Any]
    sent: Mapping[str, Any]

    @property
    def interaction_at(self) -> datetime:
        """When the person last dealt with the company, as far as this caller knows."""
        at: datetime = self.record["interaction_at"]
        return at


def settle(connection: Connection, op: Operation, arrivals: Sequence[Arrival]) -> list[Stored | Problem]:
    """Make or update the customer of each arrival, in their order; what became of each.

    Two callers at once make one customer: the second waits for the first's reference and then updates.
    """
    known = repository.by_references(connection, {arrival.reference for arrival in arrivals})
    strangers = [arrival for arrival in arrivals if arrival.reference not in known]
    erased = older_than_erasure(connection, op, strangers)
    made = {arrival.reference: new_id() for arrival in strangers if arrival not in erased}
    taken = repository.take_references(connection, made, op.at)
    met = made.keys() - taken
    found = repository.by_references(connection, met) if met else {}
    if len(found) != len(met):
        raise TransactionLost
    ids = {**made, **known, **found}
    by_id = drafts.opened(connection, {*known.values(), *found.values()})
    outcomes = [
        _settle(op, arrival, number, ids, by_id, erased.get(arrival)) for number, arrival in enumerate(arrivals)
    ]
    drafts.write(connection, op, by_id.values())
    return outcomes


def _settle(
    op: Operation,
    arrival: Arrival,
    number: int,
    ids: Mapping[repository.Key, UUID],
    by_id: dict[UUID, Draft],
    erased_at: datetime | None,
) -> Stored | Problem:
    if erased_at is not None:
        return OlderThanErasure(erased_on=erased_at.date().isoformat())
    customer_id = ids[arrival.reference]
    if customer_id in by_id:
        return by_id[customer_id].take(arrival.sent, number)
    by_id[customer_id] = drafts.begun(op, customer_id, arrival.record)
    return by_id[customer_id].stored("register")


def older_than_erasure(connection: Connection, op: Operation, arrivals: Sequence[Arrival]) -> dict[Arrival, datetime]:
    """The arrivals whose person was erased after the interaction, with the instant of the erasure."""
    hashes = {arrival: _hashes(op, arrival) for arrival in arrivals}
    erased = repository.erasures(connection, {value for found in hashes.values() for value in found})
    last = {arrival: max((erased[h] for h in found if h in erased), default=None) for arrival, found in hashes.items()}
    return {arrival: at for arrival, at in last.items() if at is not None and arrival.interaction_at <= at}


def _hashes(op: Operation, arrival: Arrival) -> list[str]:
    """What a tombstone may know the person by."""
    addresses = (arrival.record.get(name) for name in ("email_hash", "phone_hash"))
    return [reference_hash(op.keys, *arrival.reference), *filter(None, addresses)]
