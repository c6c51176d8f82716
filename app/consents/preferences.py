"""What a person's page shows of each purpose and channel: what they have given, and what is stopped.

Of somebody erased, and of an address alone, it shows what it would of a living person who has given nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository
from app.consents.rules import NO_CHANNEL
from app.customers import repository as customers
from app.customers import suppression
from app.customers.identity import Address
from app.customers.record import addresses
from app.customers.suppression import CHANNELS_OF, EVERY
from app.policy.vocabulary import Channel
from app.register.definition import Definition
from app.register.definition_purposes import Purpose


class Standing(StrEnum):
    """How a purpose stands on a channel. `allowed`: without consent, until it is refused (soft opt-in, Art. 21(2))."""

    GIVEN = "given"
    ALLOWED = "allowed"
    NONE = "none"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Preference:
    """One purpose on one channel; None where the purpose has no channels."""

    purpose: Purpose
    channel: Channel | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses by which a link's person is reached, and what is written for them."""

    addresses: Sequence[Address]
    suppressions: Sequence[Row[Any]]

    def hashes(self, channel: Channel) -> list[str]:
        """The addresses that a channel reaches."""
        return [address.hash for address in self.addresses if channel in CHANNELS_OF[address.kind]]

    def is_stopped(self, purpose: str, channel: Channel) -> bool:
        """Whether the purpose is suppressed at every address that the channel reaches."""
        return bool(hashes := self.hashes(channel)) and all(
            suppression.since([row for row in self.suppressions if row.address_hash == value], purpose, channel)
            for value in hashes
        )

    @property
    def is_banned(self) -> bool:
        """Whether all direct marketing is stopped on every channel that reaches the person (Art. 21(3))."""
        return all(self.is_stopped(EVERY, channel) for channel in Channel if self.hashes(channel))


def reach(connection: Connection, link: Row[Any], person: Row[Any] | None) -> Reach:
    """The person's present addresses, and the one that the message went to."""
    by_hash = {address.hash: address for address in (addresses(person) if person is not None else [])}
    by_hash.setdefault(link.address_hash, Address(link.address_kind, "", link.address_hash))
    return Reach(list(by_hash.values()), suppression.of(connection, list(by_hash)))


def living_person(connection: Connection, customer_id: UUID | None) -> Row[Any] | None:
    """The person of a link, unless erased."""
    row = None if customer_id is None else customers.by_id(connection, customer_id, None)
    return None if row is None or row.erased_at is not None else row


def given_by(connection: Connection, person: Row[Any] | None) -> frozenset[tuple[str, str]]:
    """The purposes and channels for which a consent stands."""
    rows = [] if person is None else repository.states(connection, person.id)
    return frozenset((row.purpose, row.channel) for row in rows if row.action == "given")


def preferences(definition: Definition, reached: Reach, given: frozenset[tuple[str, str]]) -> Iterator[Preference]:
    """Everything that a person can withdraw or refuse, in the order of the definition."""
    for purpose in definition.purposes:
        if purpose.is_marketing:
            for channel in purpose.channels:
                if reached.hashes(channel):
                    stopped = reached.is_stopped(purpose.code, channel)
                    yield Preference(
                        purpose, channel, standing(purpose, (purpose.code, channel) in given, stopped=stopped)
                    )
        elif purpose.needs_consent:
            yield Preference(purpose, None, standing(purpose, (purpose.code, NO_CHANNEL) in given))


def standing(purpose: Purpose, given: bool, *, stopped: bool = False) -> Standing:
    """A ban or withdrawal stands over a consent; without either, only the soft opt-in allows anything."""
    if stopped:
        return Standing.STOPPED
    if given:
        return Standing.GIVEN
    return Standing.NONE if purpose.needs_consent else Standing.ALLOWED
