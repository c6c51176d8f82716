"""Whom a payload means: the person named by id or reference, or everybody behind an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository
from app.consents.errors import SeveralPeople
from app.consents.schemas import Who
from app.customers.errors import CustomerNotFound
from app.customers.identity import Address, email_address, phone_address
from app.customers.service import living, visible_systems
from app.register.operation import Operation

Named = tuple[Who, Address | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What the register holds of somebody named: shells and people the client does not know included."""

    address: Address | None
    people: tuple[Row[Any], ...]

    @property
    def living(self) -> list[Row[Any]]:
        """Those who have not been erased."""
        return [person for person in self.people if person.erased_at is None]


def address_of(op: Operation, who: Who) -> Address | None:
    """The address by which somebody is named; None for an id or reference, and for what is no phone number."""
    if who.email is not None:
        return email_address(op.keys, who.email)
    return None if who.phone is None else phone_address(op.keys, who.phone, op.definition.phone_region)


def look_up(connection: Connection, op: Operation, named: Sequence[Named]) -> list[Found]:
    """Everybody who is meant, in the order of `named`, locked against an erasure."""
    by_reference = repository.ids_by_reference(connection, {who.reference for who, _ in named if who.reference})
    by_address = repository.ids_by_address(connection, {address.hash for _, address in named if address})
    ids = [_ids(who, address, by_reference, by_address) for who, address in named]
    rows = repository.people_by_id(connection, {i for several in ids for i in several}, visible_systems(op))
    return [
        Found(address, tuple(rows[i] for i in several if i in rows))
        for (_, address), several in zip(named, ids, strict=True)
    ]


def _ids(
    who: Who,
    address: Address | None,
    by_reference: dict[tuple[str, str], UUID],
    by_address: dict[str, list[UUID]],
) -> list[UUID]:
    if address is not None:
        return by_address.get(address.hash, [])
    found = by_reference.get(who.reference) if who.reference else who.uuid
    return [] if found is None else [found]


def the_one(op: Operation, found: Found) -> Row[Any]:
    """The one living person meant, whom the client knows; raises the refusal that applies."""
    if found.address is None:
        return living(_named(found))
    if not any(person.visible for person in found.living):
        raise CustomerNotFound
    if len(found.living) > 1:
        named: dict[str, Any] = {"customer_ids": [str(p.id) for p in found.living]} if op.actor.is_person else {}
        raise SeveralPeople(None, **named)
    return found.living[0]


def concerned(op: Operation, found: Found) -> list[Row[Any]]:
    """Whom a withdrawal concerns (Art. 7(3)): all behind an address, even nobody; otherwise the person named.

    An integration without reference systems, such as a mailer, may pass on anybody's withdrawal.
    """
    if found.address is not None:
        return found.living
    anybody = not op.actor.sees_all and not op.actor.systems
    return [living(found.people[0] if anybody and found.people else _named(found))]


def _named(found: Found) -> Row[Any]:
    for person in found.people:
        if person.visible:
            return person
    raise CustomerNotFound
