"""From rows to the policy's facts about one person, now or at a past instant.

The projections answer for now. The past is read from the events, by what had occurred and been recorded by then;
addresses are today's, because the register keeps no former ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from app.consents import repository as consents
from app.customers import repository_rights, suppression
from app.customers.suppression import CHANNELS_OF, Entry
from app.policy.customership import active_since
from app.policy.deadlines import nominal
from app.policy.processing import ConsentFact, PersonFacts, PurposeFacts, RestrictionFact, SoftOptIn
from app.policy.vocabulary import Channel, Nature, RestrictionGround, Telling
from app.processing_checks import repository_past
from app.processing_checks.repository import Restriction

Rows = Mapping[UUID, Row[Any]]


@dataclass(slots=True)
class Asked:
    """What is asked of everybody in one call, and what had to be looked up for it.

    `sends` are the recipients to whom serving the purpose hands the data, `channel_key` is how the channel of this
    purpose is stored, `day` the controller's calendar day; `past` reads the events instead of the projections.
    """

    purpose: PurposeFacts
    soft_opt_in: bool
    sends: Sequence[str]
    channel: Channel | None
    channel_key: str
    at: datetime
    day: date
    zone: ZoneInfo
    past: bool
    inactivity_months: int
    active_since: datetime = field(init=False)
    hash_column: str | None = field(init=False)
    transfer: str | None = None
    sales: Rows = field(default_factory=dict)
    consents: Mapping[UUID, Sequence[Row[Any]]] = field(default_factory=dict)
    suppressions: Sequence[Row[Any]] = ()
    restrictions: Mapping[UUID, Sequence[Row[Any] | Restriction]] = field(default_factory=dict)
    interactions: Mapping[UUID, date] = field(default_factory=dict)
    objections: Mapping[UUID, datetime] = field(default_factory=dict)
    deaths: Mapping[UUID, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what is the same for everybody."""
        day = active_since(self.day, self.inactivity_months)
        self.active_since = datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)
        kinds = (kind for kind, channels in CHANNELS_OF.items() if self.channel in channels)
        self.hash_column = next((suppression.HASH_COLUMN[kind] for kind in kinds), None)

    @property
    def asks_contract(self) -> bool:
        """Whether a contract is open matters to services alone."""
        return self.purpose.nature is Nature.SERVICE

    @property
    def whole(self) -> bool:
        """Whether contracts or tellings are asked at all."""
        return self.asks_contract or bool(self.purpose.tell_first)

    def binds(self) -> dict[str, Any]:
        """What the reads of facts take."""
        return {
            "purpose": self.purpose.code,
            "channel": self.channel_key,
            "at": self.at,
            "day": self.day,
            "asks_contract": self.asks_contract,
            "asks_telling": bool(self.purpose.tell_first),
        }

    def refuse_transfers(self, refusals: Iterable[str | None]) -> None:
        """Take note why recipients may not get the data that day, where they may not."""
        self.transfer = " ".join(dict.fromkeys(refusal for refusal in refusals if refusal is not None)) or None

    def load(self, connection: Connection, rows: Rows) -> None:
        """Look up what the one read of everybody does not answer: sales, restrictions, and the past."""
        self.past = self.past or any(_is_ahead(row, self.at) for row in rows.values())
        if self.soft_opt_in:
            self.sales = repository_past.sales(connection, rows.keys(), self.purpose.product_groups, self.at, self.day)
        restricted = [row.id for row in rows.values() if self.past or row.grounds]
        self.restrictions = repository_past.restrictions_at(connection, restricted, self.at)
        if self.past:
            self._load_past(connection, rows)

    def _load_past(self, connection: Connection, rows: Rows) -> None:
        self.consents = consents.history_of(connection, rows.keys(), self.purpose.code, self.at)
        self.objections = repository_rights.objected_by(connection, rows.keys(), self.purpose.code, self.at)
        hashes = {value for row in rows.values() if (value := self.address_hash(row))}
        self.suppressions = suppression.of(connection, hashes, self.at)
        self.deaths = repository_past.deaths_at(connection, rows.keys(), self.at)
        since = [row.id for row in rows.values() if row.last_interaction_at and row.last_interaction_at > self.at]
        self.interactions = repository_past.interactions_by(connection, since, self.at) if since else {}

    def address_hash(self, row: Row[Any]) -> str | None:
        """The hash of the address through which the channel reaches the person."""
        return getattr(row, self.hash_column) if self.hash_column else None


def _is_ahead(row: Row[Any], at: datetime) -> bool:
    """Whether a caller's fast clock dated what stands after `at`: until then, the state before it counts."""
    given: bool = row.action == "given" and row.occurred_at > at
    lifted: bool = row.specific_state == "lifted" and row.specific_since > at
    return given or lifted


def person_facts(asked: Asked, row: Row[Any] | None) -> PersonFacts:
    """The facts about one person; None is somebody the register does not know."""
    if row is None or row.created_at > asked.at:
        return PersonFacts(known=False)
    if row.erased_at is not None:
        return _erased(asked, row.erased_at)
    banned, suppressed = _suppressed(asked, row)
    deceased = deceased_since(asked, row)
    return PersonFacts(
        known=True,
        kind="subscriber" if row.kind == "subscriber" else "customer",
        deceased_since=deceased,
        customership_active=deceased is None and _active(asked, row),
        contract_open=bool(row.contract_open),
        restrictions=_restrictions(asked, row),
        consent=_consent(asked, row),
        suppressed_since=suppressed,
        banned_since=banned,
        objection_since=_objected(asked, row),
        soft_opt_in=_sale(asked, row),
        reachable=asked.channel is None or asked.address_hash(row) is not None,
        transfer=asked.transfer,
        told=_told(row) if asked.purpose.tell_first else frozenset(),
    )


def _told(row: Row[Any]) -> frozenset[Telling]:
    return frozenset(what for what in Telling if getattr(row, f"told_{what}"))


def deceased_since(asked: Asked, row: Row[Any]) -> datetime | None:
    """Since when a death is on record, as far as it was by then; it ends the customership (N20)."""
    found: datetime | None = asked.deaths.get(row.id) if asked.past else row.deceased_since
    return found


def _erased(asked: Asked, erased_at: datetime) -> PersonFacts:
    """Somebody erased is denied for any instant: what held before is no longer known."""
    return PersonFacts(
        known=True, erased_at=min(erased_at, asked.at), reachable=asked.channel is None, transfer=asked.transfer
    )


def _active(asked: Asked, row: Row[Any]) -> bool:
    """Whether the last interaction by then lies within the definition's inactivity limit (F82, N20)."""
    last: datetime | None = row.last_interaction_at
    if last is None:
        return False
    if last <= asked.at:
        return last >= asked.active_since
    first = row.interaction_at.astimezone(asked.zone).date()
    day = max(first, asked.interactions.get(row.id, first))
    return nominal(day, asked.inactivity_months) >= asked.day


def _restrictions(asked: Asked, row: Row[Any]) -> tuple[RestrictionFact, ...]:
    if not asked.restrictions:
        return ()
    held = asked.restrictions.get(row.id, ())
    return tuple(RestrictionFact(RestrictionGround(one.ground), one.began_at) for one in held)


def _consent(asked: Asked, row: Row[Any]) -> ConsentFact | None:
    latest: Row[Any] | None = row if row.action is not None else None
    if asked.past:
        events = [e for e in asked.consents.get(row.id, ()) if asked.channel_key in e.channels]
        latest = events[-1] if events else None
    if latest is None:
        return None
    wording = None if latest.wording_id is None else f"{latest.wording_id}/{latest.wording_version}"
    since = min(latest.occurred_at, asked.at) if latest.action == "withdrawn" else latest.occurred_at
    return ConsentFact(latest.action, since, wording)


def _suppressed(asked: Asked, row: Row[Any]) -> tuple[datetime | None, datetime | None]:
    """Since when a ban, and since when a withdrawal, suppress the address."""
    if asked.past:
        held = [e for e in asked.suppressions if e.address_hash == asked.address_hash(row)]
        found = suppression.stops_in(held, asked.purpose.code, asked.channel_key)
    else:
        ban = Entry(row.ban_state, row.ban_since, row.ban_origin) if row.ban_state else None
        own = Entry(row.specific_state, row.specific_since) if row.specific_state else None
        found = suppression.stops(ban, own)
    return _stopped(found.banned, asked.at), _stopped(found.withdrawn, asked.at)


def _objected(asked: Asked, row: Row[Any]) -> datetime | None:
    return _stopped(asked.objections.get(row.id) if asked.past else row.objection_since, asked.at)


def _stopped(since: datetime | None, at: datetime) -> datetime | None:
    """A withdrawal or ban works from its arrival at the latest, however fast the clock that dated it."""
    return None if since is None else min(since, at)


def _sale(asked: Asked, row: Row[Any]) -> SoftOptIn | None:
    sale = asked.sales.get(row.id)
    if sale is None:
        return None
    return SoftOptIn(sale.order_id, sale.product_group or "", bool(sale.marketing_refusal_offered))
