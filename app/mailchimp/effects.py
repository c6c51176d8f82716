"""What Mailchimp's word means for the people behind an address: from a webhook or from the poll, the same.

Everything may be done twice. Nothing here ever counts as a consent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row

from app.consents import repository as consents
from app.consents.schemas import ConsentIn, Evidence, Who
from app.consents.service import take
from app.customers import repository as customers
from app.customers import repository_lists, suppression
from app.customers.identity import Address, email_address
from app.customers.record import contact_values
from app.customers.suppression import EVERY, Suppression
from app.email_addresses import Email
from app.errors import Problem
from app.mailchimp import repository
from app.mailchimp.errors import AudienceUnknown
from app.notifications.queueing import Notice, tell_each
from app.notifications.serving import serving
from app.policy.notifications import Act
from app.policy.vocabulary import Channel
from app.register.operation import Operation

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_UNDELIVERABLE = ("undeliverable_since", "undeliverable_reason", "changed_at")


@dataclass(slots=True)
class Meant:
    """An address as Mailchimp has it, and the living people behind it; `touched` are those whom something befell."""

    email: str = field(repr=False)
    address: Address = field(repr=False)
    people: Sequence[Row[Any]]
    touched: list[UUID] = field(default_factory=list)

    def touch(self, people: Iterable[Row[Any]]) -> None:
        """Note whom the audit row names."""
        self.touched += [one.audit_key for one in people if one.audit_key is not None]


def meant(connection: Connection, op: Operation, email: str) -> Meant | None:
    """Whom an address means; None for what is no address."""
    try:
        valid = _EMAIL.validate_python(email)
    except ValidationError:
        return None
    address = email_address(op.keys, valid)
    ids = consents.ids_by_address(connection, [address.hash]).get(address.hash, [])
    return Meant(valid, address, repository.living(connection, ids))


@dataclass(frozen=True, slots=True)
class Source:
    """Where the word comes from; `mark` makes it the same event however often it is told."""

    recipient: str
    audience: str
    mark: str
    at: datetime
    campaign: str = ""

    @property
    def form(self) -> str:
        """The evidence kept with a withdrawal."""
        return "/".join(part for part in (self.recipient, self.audience, self.campaign) if part)[:200]


def withdraw(connection: Connection, op: Operation, who: Meant, purposes: Iterable[str], source: Source) -> str:
    """The person has unsubscribed: the consents that the audience serves are withdrawn, for e-mail (Art. 7(3)).

    An address in no record is suppressed all the same. Raises `AudienceUnknown` for purposes that no consent of the
    definition is for: the configuration is wrong, and an unsubscription must not be lost to that.
    """
    named = list(purposes)
    served = [purpose for purpose in map(op.definition.purpose, named) if purpose is not None]
    events = [
        ConsentIn(
            event_id=f"mailchimp-{source.mark[:32]}-{purpose.code}"[:100],
            customer=Who(email=who.email),
            purpose=purpose.code,
            channels=[Channel.EMAIL],
            action="withdrawn",
            collected_via="unsubscribe_link",
            occurred_at=source.at,
            evidence=Evidence(form=source.form),
        )
        for purpose in served
        if (purpose.needs_consent or purpose.is_marketing) and Channel.EMAIL in purpose.channels
    ]
    if len(served) < len(named) or (named and not events):
        raise AudienceUnknown
    for outcome in take(connection, op, events, audited=False) if events else []:
        if isinstance(outcome, Problem):
            raise outcome
    who.touch(who.people)
    return "withdrawn" if events else "no_purpose"


def ban(connection: Connection, op: Operation, who: Meant, source: Source, cause: UUID | None) -> str:
    """The person has called our mail spam: an objection to direct marketing to that address (Art. 21(2)-(3))."""
    if suppression.since(suppression.of(connection, [who.address.hash]), EVERY, Channel.EMAIL) is not None:
        return "known"
    what = Suppression(EVERY, "suppressed", "marketing_ban", source.at, op.actor.id, op.at, cause)
    suppression.apply(connection, op.keys.key_id, [who.address], [Channel.EMAIL], what)
    customers.tell_systems(connection, [one.id for one in who.people], "banned", op.at)
    _tell_of_ban(connection, op, who)
    who.touch(who.people)
    return "banned"


def _tell_of_ban(connection: Connection, op: Operation, who: Meant) -> None:
    """Everybody through whom marketing goes out hears of it, Mailchimp's other audiences too (Art. 19)."""
    marketing = op.definition.marketing_purposes
    of = partial(Notice, "", Act.MARKETING_BAN, channels=(Channel.EMAIL.value,))
    for one in who.people:
        tell_each(connection, op, serving(connection, one.id, marketing), of(customer_id=one.id))
    if not who.people:
        tell_each(connection, op, serving(connection, None, marketing), of(content={"email": who.email}))


def undeliverable(connection: Connection, op: Operation, who: Meant, source: Source, reason: str) -> str:
    """Mail does not arrive: noted with the person, who has withdrawn nothing (Art. 5(1)(d))."""
    rows = [
        {
            "customer_id": one.id,
            "recipient": source.recipient,
            "audience": source.audience,
            "email_hash": who.address.hash,
            "state": "known",
            "undeliverable_since": source.at,
            "undeliverable_reason": "abuse" if reason == "abuse" else "hard",
            "changed_at": op.at,
        }
        for one in who.people
    ]
    repository.put_members(connection, rows, _UNDELIVERABLE)
    who.touch(who.people)
    return "undeliverable" if rows else "nobody"


def propose_address(connection: Connection, op: Operation, who: Meant, new_email: str) -> str:
    """The address was changed at Mailchimp: a value beside the record until a human has looked (Art. 16)."""
    try:
        new = _EMAIL.validate_python(new_email)
    except ValidationError:
        return "address_invalid"
    if "email" not in op.definition.contact_fields:
        return "not_held"
    values = contact_values(op, {"email": new})
    asked = [one for one in who.people if one.email_hash != values["email_hash"]]
    fresh = [one for one in asked if all(p.proposed != values for p in repository_lists.proposals(connection, one.id))]
    for one in fresh:
        repository_lists.propose(connection, one.id, op.actor.id, values, op.at)
    who.touch(fresh)
    return "proposed" if fresh else "known" if who.people else "nobody"
