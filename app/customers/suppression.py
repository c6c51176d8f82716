"""Suppressions: per address, channel and marketing purpose; they outlive erasure as keyed hashes.

They arise only from a marketing ban, the withdrawal of a marketing consent or a reported death, follow a change of
address, and are lifted only by the person's own later consent, confirmed by double opt-in (Art. 7(3), 21(3), 17(3)(b)).
What was set for the wrong person, or on a mistaken report, is taken away as if it had never been (`undo`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select

from app.customers.identity import Address
from app.customers.repository import upsert_into
from app.customers.tables import suppression_events, suppressions
from app.db import new_id, one_of
from app.policy.vocabulary import Channel

EVERY = "*"
"""The purpose of a marketing ban: all direct marketing, also that of purposes declared later."""
CHANNELS_OF: Mapping[str, frozenset[Channel]] = {
    "email": frozenset({Channel.EMAIL}),
    "phone": frozenset({Channel.SMS, Channel.PHONE}),
    "postal": frozenset({Channel.POST}),
    "person": frozenset(Channel),
}
"""The channels that reach a person through each kind of address; the mark of a person stands for those to come."""
HASH_COLUMN = {"email": "email_hash", "phone": "phone_hash", "postal": "postal_hash"}

State = Literal["suppressed", "lifted"]
Origin = Literal["marketing_ban", "consent_withdrawal", "double_opt_in", "address_change", "death"]
DEATH: Final = "death"
"""The origin of what a reported death suppresses: it stays with the address, and is nobody's ban."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """What is to be written for one address; `cause_id` is the request, event or report it comes from."""

    purpose: str
    state: State
    origin: Origin
    since: datetime
    client_id: UUID
    recorded_at: datetime
    cause_id: UUID | None = None


class Entry(NamedTuple):
    """What is written for one address, purpose and channel: suppressed or lifted, since when, and whence."""

    state: str
    since: datetime
    origin: str = ""


class Stops(NamedTuple):
    """Since when a ban, and since when a withdrawal, stop one marketing purpose on one channel."""

    banned: datetime | None
    withdrawn: datetime | None


def events(
    key_id: str, addresses: Iterable[Address], channels: Collection[Channel], what: Suppression
) -> list[dict[str, Any]]:
    """The events of one suppression or lifting: one for each address and each channel that reaches it."""
    return [
        {
            "id": new_id(),
            "address_hash": address.hash,
            "key_id": key_id,
            "purpose": what.purpose,
            "channel": channel,
            "state": what.state,
            "origin": what.origin,
            "since": what.since,
            "recorded_at": what.recorded_at,
            "client_id": what.client_id,
            "cause_id": what.cause_id,
        }
        for address in addresses
        for channel in sorted(CHANNELS_OF[address.kind] & set(channels))
    ]


def apply(
    connection: Connection, key_id: str, addresses: Iterable[Address], channels: Collection[Channel], what: Suppression
) -> int:
    """Suppress or lift these addresses on these channels; how many (address, channel) pairs it concerned."""
    made = events(key_id, addresses, channels, what)
    record(connection, made)
    return len(made)


def record(connection: Connection, made: Sequence[dict[str, Any]]) -> None:
    """Append events and move the projection: the later `since` stands, at the same instant a suppression."""
    if not made:
        return
    connection.execute(insert(suppression_events), list(made))
    statement = upsert_into(connection, suppressions)
    new, old = statement.excluded, suppressions.c
    wins = or_(new.since > old.since, and_(new.since == old.since, new.state == "suppressed"))
    set_ = {name: getattr(new, name) for name in ("key_id", "state", "origin", "since")}
    moved = statement.on_conflict_do_update(index_elements=list(_KEY), set_=set_, where=wins)
    rows = sorted(({name: event[name] for name in (*_KEY, *set_)} for event in made), key=_key)
    connection.execute(moved, rows)


_KEY = ("address_hash", "purpose", "channel")


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Rows are written in this order, so that two writers cannot wait for each other."""
    return tuple(row[name] for name in _KEY)


def undo(connection: Connection, event_ids: Collection[UUID]) -> None:
    """Take events away as if they had never been.

    The projection is made anew from what is left, so that an older ban or withdrawal stands again.
    """
    c, p = suppression_events.c, suppressions.c
    gone = delete(suppression_events).where(c.id.in_(sorted(event_ids)))
    rows = connection.execute(gone.returning(*(c[name] for name in _KEY))).all() if event_ids else []
    for key in sorted({tuple(row) for row in rows}):
        same = [c[name] == value for name, value in zip(_KEY, key, strict=True)]
        connection.execute(delete(suppressions).where(*(p[n] == v for n, v in zip(_KEY, key, strict=True))))
        left = connection.execute(
            select(suppression_events).where(*same).order_by(c.since.desc(), (c.state == "suppressed").desc()).limit(1)
        ).first()
        if left is not None:
            kept = {name: getattr(left, name) for name in (*_KEY, "key_id", "state", "origin", "since")}
            connection.execute(insert(suppressions).values(**kept))


def follow(connection: Connection, moves: Sequence[tuple[str, str]], client_id: UUID) -> None:
    """Copy the history of each old address hash to the new one (old, new), so that no change of address escapes it.

    The moves count one after another, as if each had come by itself. A copy keeps the instant at which its event was
    recorded: what stopped the person then is still known later. What a death suppressed stays behind: whoever shares
    the new address is alive.
    """
    if not moves:
        return
    known = _history(connection, {address for move in moves for address in move})
    copies: list[dict[str, Any]] = []
    for old, new in moves:
        held = {_said(event) for event in known[new]}
        copied = {"address_hash": new, "origin": "address_change", "client_id": client_id}
        alive = [event for event in known[old] if event["origin"] != DEATH and _said(event) not in held]
        fresh = [{**event, **copied, "id": new_id()} for event in alive]
        known[new] += fresh
        copies += fresh
    record(connection, copies)


def _history(connection: Connection, hashes: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    c = suppression_events.c
    known: dict[str, list[dict[str, Any]]] = {address: [] for address in hashes}
    for row in connection.execute(select(suppression_events).where(c.address_hash.in_(list(hashes))).order_by(c.id)):
        known[row.address_hash].append(dict(row._mapping))
    return known


def _said(event: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(event[name] for name in ("purpose", "channel", "state", "since", "recorded_at"))


def of(connection: Connection, hashes: Collection[str], at: datetime | None = None) -> Sequence[Row[Any]]:
    """What is written for these address hashes; with `at`, what had occurred and been recorded by then."""
    if not hashes:
        return []
    if at is None:
        query = select(suppressions).where(one_of(connection, suppressions.c.address_hash, hashes))
        return connection.execute(query).all()
    c = suppression_events.c
    past = select(suppression_events).where(
        c.address_hash.in_(list(hashes)), c.recorded_at <= at, or_(c.since <= at, c.state == "suppressed")
    )
    deciding = past.order_by(c.since, c.state == "suppressed")
    return list({(row.address_hash, row.purpose, row.channel): row for row in connection.execute(deciding)}.values())


def stops(ban: Entry | None, own: Entry | None) -> Stops:
    """What stops a purpose, judged from the ban on all marketing and from what is written for the purpose itself.

    A lifting counts for its own purpose only, and only against a ban that is older. What a death left on the address
    stops all marketing like a ban, and is told as a suppression.
    """
    lifted = own is not None and own.state != "suppressed"
    withdrawn = own.since if own is not None and not lifted else None
    if ban is None or (own is not None and lifted and own.since > ban.since):
        return Stops(None, withdrawn)
    return Stops(None, withdrawn or ban.since) if ban.origin == DEATH else Stops(ban.since, withdrawn)


def stops_in(rows: Iterable[Row[Any]], purpose: str, channel: str) -> Stops:
    """The same, judging from rows of `of` for the one address that the channel reaches."""
    found = {row.purpose: Entry(row.state, row.since, row.origin) for row in rows if row.channel == channel}
    return stops(found.get(EVERY), found.get(purpose))


def since(rows: Iterable[Row[Any]], purpose: str, channel: str) -> tuple[datetime, str] | None:
    """When and by what the purpose was suppressed on the channel, a ban before a withdrawal; None if it is not."""
    found = stops_in(rows, purpose, channel)
    if found.banned is not None:
        return found.banned, "marketing_ban"
    return None if found.withdrawn is None else (found.withdrawn, "consent_withdrawal")
