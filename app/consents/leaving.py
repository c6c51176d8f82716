"""Withdraw by the link in a message: at once, without an account, and also when the person has been erased (F84).

It leaves what any withdrawal leaves: the event, the state, suppressions, the feed, an audit row. Whoever was erased,
or is known by an address alone, is an address in no record: the event names nobody and the address is suppressed.
A repeat changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository, repository_links
from app.consents.errors import ConsentInvalid, LinkUnknown, NotAConsentPurpose
from app.consents.links import token_hash
from app.consents.preferences import Preference, Reach, given_by, living_person, preferences, reach
from app.consents.rules import NO_CHANNEL
from app.consents.schemas import ConsentIn, Evidence, Who, WordingRef
from app.consents.service import withdraw_by_link
from app.customers import suppression
from app.customers.identity import Address
from app.customers.record import addresses
from app.customers.suppression import Suppression
from app.db import new_id
from app.policy.vocabulary import Channel
from app.register.errors import PurposeUnknown
from app.register.operation import Operation


@dataclass(frozen=True, slots=True)
class Opened:
    """A link and what its page shows."""

    link: Row[Any]
    reached: Reach
    given: frozenset[tuple[str, str]]
    preferences: tuple[Preference, ...]
    wordings: Mapping[str, WordingRef]
    """How each purpose is asked for, in the link's language."""

    @property
    def has_left(self) -> bool:
        """Whether what the link is for is withdrawn already."""
        link = self.link
        stopped = self.reached.is_stopped(link.purpose, Channel(link.channel))
        return stopped and (link.purpose, link.channel) not in self.given


def opened(connection: Connection, op: Operation, token: str) -> Opened:
    """The link, for its page; opening changes nothing, because mail scanners open links. Raises `LinkUnknown`."""
    link = link_of(connection, token)
    person = living_person(connection, link.customer_id)
    reached, given = reach(connection, link, person), given_by(connection, person)
    newest = repository_links.newest_wordings(connection, link.language)
    wordings = {purpose: WordingRef(id=w.id, version=w.version, language=w.language) for purpose, w in newest.items()}
    return Opened(link, reached, given, tuple(preferences(op.definition, reached, given)), wordings)


def link_of(connection: Connection, token: str, *, lock: bool = False) -> Row[Any]:
    """The link behind a token; raises `LinkUnknown`."""
    link = repository_links.by_token(connection, token_hash(token), lock=lock)
    if link is None:
        raise LinkUnknown
    return link


def locked(connection: Connection, token: str) -> tuple[Row[Any], list[Row[Any]]]:
    """The link and the living people it concerns, each locked: people first, as an erasure does."""
    link = link_of(connection, token)
    people = _concerned(connection, link)
    again = link_of(connection, token, lock=True)
    # An erasure may have come between: then the link is nobody's, and others may share the address.
    return again, people if again.customer_id == link.customer_id else _concerned(connection, again)


def _concerned(connection: Connection, link: Row[Any]) -> list[Row[Any]]:
    ids: set[UUID] = {link.customer_id} if link.customer_id is not None else set()
    ids = ids or set(repository.ids_by_address(connection, {link.address_hash}).get(link.address_hash, ()))
    return [row for row in repository.people_by_id(connection, ids, None).values() if row.erased_at is None]


def withdraw(
    connection: Connection,
    op: Operation,
    token: str,
    control: str,
    what: tuple[str, Channel | None] | None = None,
) -> None:
    """Withdraw what the link is for, or another purpose of its person's, on one channel."""
    link, people = locked(connection, token)
    purpose, channel = what or (link.purpose, Channel(link.channel))
    if _is_withdrawn(connection, link, people, purpose, channel):
        op.audit(connection, "withdraw_again", "consent")
        return
    sent = ConsentIn(
        event_id=f"unsubscribed-{new_id()}",
        customer=Who(id=str(link.id)),
        purpose=purpose,
        channels=[] if channel is None else [channel],
        action="withdrawn",
        collected_via="unsubscribe_link",
        occurred_at=op.at,
        evidence=Evidence(actor="data_subject", control=control),
    )
    reached = Address(link.address_kind, "", link.address_hash)
    try:
        withdraw_by_link(connection, op, sent, reached, people)
    except (PurposeUnknown, NotAConsentPurpose, ConsentInvalid):
        _suppress(connection, op, [*(a for one in people for a in addresses(one)), reached], purpose, channel)


def _is_withdrawn(
    connection: Connection, link: Row[Any], people: list[Row[Any]], purpose: str, channel: Channel | None
) -> bool:
    given = {what for person in people for what in given_by(connection, person)}
    if (purpose, channel or NO_CHANNEL) in given:
        return False
    persons: list[Row[Any] | None] = [*people] or [None]
    return channel is None or all(reach(connection, link, one).is_stopped(purpose, channel) for one in persons)


def _suppress(
    connection: Connection, op: Operation, held: list[Address], purpose: str, channel: Channel | None
) -> None:
    """What the definition no longer declares is suppressed all the same: messages outlive definitions."""
    what = Suppression(purpose, "suppressed", "consent_withdrawal", op.at, op.actor.id, op.at)
    suppression.apply(connection, op.keys.key_id, held, set() if channel is None else {channel}, what)
    op.audit(connection, "withdrawn", "consent")
