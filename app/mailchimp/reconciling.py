"""`seloste mailchimp reconcile`: what changed at Mailchimp since the last look, for webhooks that never came.

The same effects as the webhooks have. Where the register says stop and Mailchimp would send, Mailchimp is told.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from app.connectors.mailchimp_acts import GETS_MAIL, Place
from app.connectors.mailchimp_api import Api, Member, Stays
from app.connectors.mailchimp_config import MailchimpAccount
from app.connectors.outside import Outside, Unreachable
from app.customers import repository as customers
from app.customers import suppression
from app.deps import Services
from app.mailchimp import effects, repository, repository_members
from app.mailchimp.accounts import Accounts
from app.mailchimp.effects import Meant, Source
from app.mailchimp.errors import AudienceUnknown
from app.mailchimp.working import Busy, Interrupted, leased
from app.policy.vocabulary import Channel
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers

AT_ONCE = 200
OVERLAP = timedelta(minutes=10)
"""How far each look reaches behind the last one: clocks differ, and Mailchimp's lists lag behind its members."""
LEASE = timedelta(minutes=10)


@dataclass(slots=True)
class Looked:
    """What a batch of members came to: whom to stop, and how many of each kind there were."""

    stops: list[Member] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Known:
    """What the register knows of a batch of members, read at once."""

    suppressed: Mapping[str, list[Row[Any]]]
    contacts: Mapping[str, Row[Any]]
    bounced: frozenset[str]


async def reconcile(
    served: Services, registers: Registers, accounts: Accounts, outside: Outside
) -> dict[str, Counter[str]]:
    """Look at every audience that the configuration describes; what was found, by audience."""
    found: dict[str, Counter[str]] = {}
    for recipient, account in accounts.by_recipient.items():
        api = account.api(outside)
        for audience in account.audiences:
            counts = found[audience] = Counter()
            try:
                async with leased(served, f"mailchimp-poll:{audience}", LEASE) as keep:
                    await _Look(served, registers, api, recipient, account, audience, counts).run(keep)
            except (Busy, Interrupted) as interrupted:
                counts[str(interrupted)] += 1
    return found


@dataclass(slots=True)
class _Look:
    served: Services
    registers: Registers
    api: Api
    recipient: str
    account: MailchimpAccount
    audience: str
    counts: Counter[str]

    async def run(self, keep: Any) -> None:
        """Batch after batch; the mark moves when all of them have been looked at."""
        began = self.served.clock()
        last = await self.served.db.read(repository.polled_to, self.recipient, self.audience)
        since = None if last is None else last - OVERLAP
        place = Place(self.api, self.audience, self.account.audiences[self.audience].marketing_permissions)
        try:
            async for batch in _batches(self.api.changed(self.audience, since)):
                await keep()
                op = await builtin_operation(BACKGROUND, self.served, self.registers)
                looked = await op.write(look, self.recipient, self.audience, self._purposes, batch)
                self.counts.update(looked.counts)
                for member in looked.stops:
                    await place.stop(member)
        except (Unreachable, Stays) as failure:
            raise Interrupted(failure.outcome.code) from None
        except AudienceUnknown:
            raise Interrupted("purpose_unknown") from None
        await self.served.db.write(
            repository.note_poll, self.recipient, self.audience, began, dict(self.counts), self.served.clock()
        )

    @property
    def _purposes(self) -> tuple[str, ...]:
        return self.account.audiences[self.audience].purposes


async def _batches(members: AsyncIterator[Member]) -> AsyncIterator[list[Member]]:
    batch: list[Member] = []
    async for one in members:
        batch.append(one)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def look(
    connection: Connection, op: Operation, recipient: str, audience: str, purposes: Sequence[str], batch: list[Member]
) -> Looked:
    """Take over what people did, and find whom Mailchimp would still write to; one audit row names them."""
    looked = Looked()
    found = [(member, effects.meant(connection, op, member.email)) for member in batch]
    known = _known(connection, recipient, audience, found)
    touched: dict[Any, None] = {}
    for member, who in found:
        outcome = "address_invalid" if who is None else _judge(connection, op, purposes, known, member, who, recipient)
        looked.counts[outcome] += 1
        if outcome == "stop":
            looked.stops.append(member)
        touched |= dict.fromkeys([] if who is None else who.touched)
    op.audit(connection, "reconcile", "audience", audience, details=dict(looked.counts), subjects=touched)
    return looked


def _known(
    connection: Connection, recipient: str, audience: str, found: Sequence[tuple[Member, Meant | None]]
) -> Known:
    hashes = {who.address.hash for _, who in found if who is not None}
    suppressed: dict[str, list[Row[Any]]] = {}
    for row in suppression.of(connection, hashes):
        suppressed.setdefault(row.address_hash, []).append(row)
    contacts = repository_members.by_contact(connection, recipient, audience, {m.contact_id for m, _ in found})
    bounced = repository_members.bounced(connection, recipient, audience, hashes)
    return Known(suppressed, contacts, frozenset(bounced))


def _judge(
    connection: Connection,
    op: Operation,
    purposes: Sequence[str],
    known: Known,
    member: Member,
    who: Meant,
    recipient: str,
) -> str:
    """What one member's state means; a code for the report."""
    marketing = [p.code for p in map(op.definition.purpose, purposes) if p is not None and p.is_marketing]
    rows = known.suppressed.get(who.address.hash, [])
    stopped = [code for code in marketing if suppression.since(rows, code, Channel.EMAIL) is not None]
    contact = known.contacts.get(member.contact_id)
    at = min(member.changed_at or op.at, op.at)
    mark = op.keys.hash("mailchimp-poll", recipient, member.audience, member.contact_id, at.isoformat())
    source = Source(recipient, member.audience, mark, at)
    if contact is not None and who.address.hash not in {contact.email_hash, contact.held_hash}:
        return _moved(connection, op, contact, who)
    if member.status in GETS_MAIL:
        return _stop(who) if stopped else ("agreed" if who.people else "unknown_here")
    if member.status == "unsubscribed":
        ours = contact is not None and contact.state == "stopped"  # by the export, and no act of theirs
        if ours or len(stopped) == len(marketing) or _is_restricted(connection, who):
            return "agreed"
        return effects.withdraw(connection, op, who, purposes, source)
    if member.status == "cleaned" and who.address.hash not in known.bounced:
        return effects.undeliverable(connection, op, who, source, "hard")
    return "agreed"


def _stop(who: Meant) -> str:
    who.touch(who.people)
    return "stop"


def _is_restricted(connection: Connection, who: Meant) -> bool:
    """Then it may be the restriction's own doing that nothing is sent."""
    return bool(customers.grounds(connection, [one.id for one in who.people])) if who.people else False


def _moved(connection: Connection, op: Operation, contact: Row[Any], who: Meant) -> str:
    """Mailchimp has another address under the number that the person was given there."""
    people = repository.living(connection, [contact.customer_id])
    moved = Meant(who.email, who.address, people)
    outcome = effects.propose_address(connection, op, moved, who.email)
    who.touched += moved.touched
    return "agreed" if outcome == "known" else outcome
