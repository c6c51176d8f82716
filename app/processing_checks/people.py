"""From rows to the policy's facts about one person, now or at a past instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository_purchases, suppression
from app.customers.suppression import CHANNELS_OF
from app.policy.deadlines import nominal
from app.policy.processing import ConsentFact, PersonFacts, PurposeFacts, RestrictionFact, SoftOptIn
from app.policy.vocabulary import Channel, RestrictionGround
from app.processing_checks import repository


@dataclass(slots=True)
class Asked:
    """What is asked of everybody in one call, and what had to be looked up for it."""

    purpose: PurposeFacts
    soft_opt_in: bool
    channel: Channel | None
    channel_key: str
    at: datetime
    past: bool
    transfer: str | None
    inactivity_months: int
    sales: Mapping[UUID, Row[Any]] = field(default_factory=dict)
    consents: Mapping[UUID, Sequence[Row[Any]]] = field(default_factory=dict)
    suppressions: Sequence[Row[Any]] = ()
    restrictions: Mapping[UUID, Sequence[Row[Any]]] = field(default_factory=dict)

    def load(self, connection: Connection, rows: Mapping[UUID, Row[Any]]) -> None:
        """Look up what the projections do not answer: sales for a soft opt-in, and the past."""
        if self.soft_opt_in:
            self.sales = repository_purchases.last_purchase_with_refusal(connection, rows.keys())
        if self.past:
            self.consents = repository.past_consents(connection, rows.keys(), self.purpose.code, self.at)
            hashes = {value for row in rows.values() if (value := self.address_hash(row))}
            self.suppressions = repository.past_suppressions(connection, hashes, self.at)
            self.restrictions = repository.past_restrictions(connection, rows.keys(), self.at)

    def address_hash(self, row: Row[Any]) -> str | None:
        """The hash of the address through which the channel reaches the person."""
        kind = next((kind for kind, channels in CHANNELS_OF.items() if self.channel in channels), None)
        return getattr(row, suppression.HASH_COLUMN[kind]) if kind else None


def person_facts(asked: Asked, row: Row[Any] | None) -> PersonFacts:
    """The facts about one person; None is somebody the register does not know."""
    if row is None or (asked.past and row.created_at > asked.at):
        return PersonFacts(known=False)
    banned, suppressed = _suppressed(asked, row)
    return PersonFacts(
        known=True,
        kind="subscriber" if row.kind == "subscriber" else "customer",
        erased_at=row.erased_at,
        customership_active=_active(asked, row),
        contract_open=bool(row.contract_open),
        restrictions=_restrictions(asked, row),
        consent=_consent(asked, row),
        suppressed_since=suppressed,
        banned_since=banned,
        soft_opt_in=_sale(asked, row),
        reachable=asked.channel is None or asked.address_hash(row) is not None,
        transfer=asked.transfer,
    )


def _active(asked: Asked, row: Row[Any]) -> bool:
    """Whether the last interaction lies within the definition's inactivity limit (F82, N20)."""
    if row.last_interaction_at is None:
        return False
    ends: bool = nominal(row.last_interaction_at.date(), asked.inactivity_months) >= asked.at.date()
    return ends


def _restrictions(asked: Asked, row: Row[Any]) -> tuple[RestrictionFact, ...]:
    if asked.past:
        past = asked.restrictions.get(row.id, ())
        return tuple(RestrictionFact(RestrictionGround(r.ground), r.began_at, r.lifted_at) for r in past)
    grounds = sorted(set(row.grounds.split(","))) if row.grounds else []
    return tuple(RestrictionFact(RestrictionGround(ground), row.created_at) for ground in grounds)


def _consent(asked: Asked, row: Row[Any]) -> ConsentFact | None:
    if asked.past:
        events = [e for e in asked.consents.get(row.id, ()) if asked.channel_key in e.channels]
        latest = events[-1] if events else None
    else:
        latest = row if row.action is not None else None
    if latest is None:
        return None
    wording = None if latest.wording_id is None else f"{latest.wording_id}/{latest.wording_version}"
    return ConsentFact(latest.action, latest.occurred_at, wording)


def _suppressed(asked: Asked, row: Row[Any]) -> tuple[datetime | None, datetime | None]:
    """Since when a ban, and since when a withdrawal, suppress the address."""
    if asked.past:
        held = [e for e in asked.suppressions if e.address_hash == asked.address_hash(row)]
        found = suppression.since(held, asked.purpose.code, asked.channel_key)
        return (found[0], None) if found and found[1] == "marketing_ban" else (None, found[0] if found else None)
    lifted = row.specific_since if row.specific_state == "lifted" else None
    banned = row.ban_since if row.ban_state == "suppressed" else None
    if banned is not None and lifted is not None and lifted > banned:
        banned = None
    return banned, row.specific_since if row.specific_state == "suppressed" else None


def _sale(asked: Asked, row: Row[Any]) -> SoftOptIn | None:
    sale = asked.sales.get(row.id)
    if sale is None or sale.product_group is None:
        return None
    return SoftOptIn(sale.order_id, sale.product_group, bool(sale.marketing_refusal_offered))
