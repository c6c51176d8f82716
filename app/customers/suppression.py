"""Suppressions: per address, channel and marketing purpose; they outlive erasure as keyed hashes.

They arise only from a marketing ban or the withdrawal of a marketing consent, follow a change of address,
and are lifted only by the person's own later consent, confirmed by double opt-in (Art. 7(3), 21(3), 17(3)(b)).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, and_, insert, or_, select

from app.customers.identity import Address
from app.customers.repository import upsert_into
from app.customers.tables import suppression_events, suppressions
from app.db import new_id
from app.policy.vocabulary import Channel

EVERY = "*"
"""The purpose of a marketing ban: all direct marketing, also that of purposes declared later."""
CHANNELS_OF: Mapping[str, frozenset[Channel]] = {
    "email": frozenset({Channel.EMAIL}),
    "phone": frozenset({Channel.SMS, Channel.PHONE}),
    "postal": frozenset({Channel.POST}),
}
"""The channels that reach a person through each kind of address."""
HASH_COLUMN = {"email": "email_hash", "phone": "phone_hash", "postal": "postal_hash"}

State = Literal["suppressed", "lifted"]
Origin = Literal["marketing_ban", "consent_withdrawal", "double_opt_in", "address_change"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """What is to be written for one address."""

    purpose: str
    state: State
    origin: Origin
    since: datetime
    client_id: UUID
    recorded_at: datetime


def apply(
    connection: Connection, key_id: str, addresses: Iterable[Address], channels: Collection[Channel], what: Suppression
) -> int:
    """Append the event and move the projection; how many (address, channel) pairs it concerned.

    The later `since` stands; at the same instant a suppression beats a lifting.
    """
    pairs = [
        (address.hash, channel)
        for address in addresses
        for channel in sorted(CHANNELS_OF[address.kind] & set(channels))
    ]
    for address_hash, channel in pairs:
        row = {
            "address_hash": address_hash,
            "key_id": key_id,
            "purpose": what.purpose,
            "channel": channel,
            "state": what.state,
            "origin": what.origin,
            "since": what.since,
        }
        event = {**row, "id": new_id(), "recorded_at": what.recorded_at, "client_id": what.client_id}
        connection.execute(insert(suppression_events).values(**event))
        _project(connection, row)
    return len(pairs)


def _project(connection: Connection, row: dict[str, Any]) -> None:
    statement = upsert_into(connection, suppressions).values(**row)
    new, old = statement.excluded, suppressions.c
    wins = or_(new.since > old.since, and_(new.since == old.since, new.state == "suppressed"))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["address_hash", "purpose", "channel"],
            set_={name: getattr(new, name) for name in ("key_id", "state", "origin", "since")},
            where=wins,
        )
    )


def follow(connection: Connection, changes: Mapping[str, str], client_id: UUID, at: datetime) -> None:
    """Copy what holds for each old address hash to the new one (old → new)."""
    for old, new in changes.items():
        for row in of(connection, [old]):
            copied = {
                "address_hash": new,
                "key_id": row.key_id,
                "purpose": row.purpose,
                "channel": row.channel,
                "state": row.state,
                "origin": "address_change",
                "since": row.since,
            }
            event = {**copied, "id": new_id(), "recorded_at": at, "client_id": client_id}
            connection.execute(insert(suppression_events).values(**event))
            _project(connection, copied)


def of(connection: Connection, hashes: Collection[str]) -> Sequence[Row[Any]]:
    """All suppressions of these address hashes."""
    query = select(suppressions).where(suppressions.c.address_hash.in_(list(hashes)))
    return connection.execute(query).all() if hashes else []


def since(rows: Iterable[Row[Any]], purpose: str, channel: str) -> tuple[datetime, str] | None:
    """When and by what the purpose was suppressed on the channel, judging from rows of `of`; None if it is not."""
    ban = withdrawn = lifted = None
    for row in rows:
        if row.channel != channel or row.purpose not in {EVERY, purpose}:
            continue
        if row.state == "lifted":
            lifted = max(filter(None, (lifted, row.since)))
        elif row.purpose == EVERY:
            ban = max(filter(None, (ban, row.since)))
        else:
            withdrawn = max(filter(None, (withdrawn, row.since)))
    if ban is not None and (lifted is None or lifted <= ban):
        return ban, "marketing_ban"
    if withdrawn is not None and (lifted is None or lifted <= withdrawn):
        return withdrawn, "consent_withdrawal"
    return None
