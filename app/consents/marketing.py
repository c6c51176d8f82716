"""What consent events do to suppressions: a withdrawal sets them, a double opt-in lifts what is older."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from app.consents.taking import Taking
from app.customers import suppression
from app.customers.identity import Address
from app.customers.record import addresses
from app.customers.repository import tell_systems
from app.customers.suppression import CHANNELS_OF, Suppression
from app.policy.vocabulary import Channel
from app.register.operation import Operation


def stop_or_resume(connection: Connection, op: Operation, taking: Sequence[Taking]) -> None:
    """Suppress the addresses whose marketing was withdrawn, lift those confirmed by double opt-in."""
    changes = [(t, what) for t in taking if t.is_marketing and t.fresh and (what := _change(op, t)) is not None]
    made = [
        event
        for t, what in changes
        for event in suppression.events(op.keys.key_id, _fresh_addresses(t), {Channel(c) for c in t.channels}, what)
    ]
    suppression.record(connection, made)
    left = [person.id for t, _ in changes if t.withdrawn for person in t.fresh if person is not None]
    tell_systems(connection, left, "withdrawn", op.at)


def _change(op: Operation, t: Taking) -> Suppression | None:
    if t.withdrawn:
        since = t.sent.occurred_at
        return Suppression(t.sent.purpose, "suppressed", "consent_withdrawal", since, op.actor.id, op.at, t.id)
    confirmed = t.sent.evidence.double_opt_in_confirmed_at
    if confirmed is None or t.sent.collected_via != "double_opt_in":
        return None
    # An old confirmation sent again with a new date lifts nothing that came after it.
    since = min(confirmed, t.sent.occurred_at)
    return Suppression(t.sent.purpose, "lifted", "double_opt_in", since, op.actor.id, op.at)


def _fresh_addresses(t: Taking) -> list[Address]:
    return _distinct([a for person in t.fresh if person is not None for a in addresses(person)], t.address)


def addresses_of(t: Taking) -> list[Address]:
    """Every address of the people concerned, and the one they were named by."""
    return _distinct([a for person in t.people for a in addresses(person)], t.address)


def _distinct(held: Sequence[Address], named_by: Address | None) -> list[Address]:
    found = {address.hash: address for address in held}
    if named_by is not None:
        found[named_by.hash] = named_by
    return list(found.values())


def still_suppressed(t: Taking, held: Sequence[Row[Any]]) -> list[Channel]:
    """The channels on which a ban or a withdrawal still holds although this consent was given."""
    return [Channel(channel) for channel in t.channels if t.is_marketing and _is_held(t, held, channel)]


def _is_held(t: Taking, held: Sequence[Row[Any]], channel: str) -> bool:
    hashes = [a.hash for a in addresses_of(t) if channel in CHANNELS_OF[a.kind]]
    return any(
        suppression.since([row for row in held if row.address_hash == value], t.sent.purpose, channel)
        for value in hashes
    )
