"""Mailchimp: every audience of the account, and the customers of the stores that are connected to it.

Archiving is no erasure there: delete-permanent is, looked after by a GET that must answer 404.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from app.connectors.connector import Connector
from app.connectors.instruction import Instruction, Subject
from app.connectors.mailchimp_acts import RESTORED, Memory, Place, merge_values, new_email, note
from app.connectors.mailchimp_api import Api, Member, Stays, subscriber_hash
from app.connectors.mailchimp_config import MailchimpAccount
from app.connectors.outcome import Failed, Later, Outcome, Sent, Verified
from app.connectors.outside import Outside, Unreachable
from app.policy.notifications import Act

STOPS = frozenset({Act.CONSENT_WITHDRAWAL, Act.MARKETING_BAN, Act.OBJECTION})
AUDIENCES_KEPT = timedelta(seconds=60)
"""How long the list of the account's audiences is believed."""


@dataclass(slots=True)
class Mailchimp(Connector):
    """One account. Its own answers are what it goes by: nothing counts as done that a call has not shown."""

    config: MailchimpAccount
    api: Api
    outside: Outside
    _audiences: tuple[str, ...] = field(default=(), init=False)
    _known_until: Any = field(default=None, init=False)

    @property
    def capabilities(self) -> frozenset[Act]:
        """Everything but undoing an error of ours: nobody is subscribed again by a machine."""
        return frozenset(Act) - {Act.CORRECTION}

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """Audience and contact id of each membership."""
        if subject.email is None:
            return ()
        try:
            key = subscriber_hash(subject.email)
            found = [await self.api.member(audience, key) for audience in await self.audiences()]
        except Stays as stays:
            raise Unreachable(Later(stays.outcome.code)) from None
        return tuple(f"{one.audience}/{one.contact_id}" for one in found if one is not None)

    async def audiences(self) -> tuple[str, ...]:
        """The audiences that instructions reach; raises `Stays` when one that is named is not the account's."""
        now = self.outside.clock()
        if self._known_until is None or now >= self._known_until:
            held = tuple(await self.api.audiences())
            wanted = held if self.config.lists == "all" else self.config.lists
            if not {*wanted, *self.config.audiences} <= set(held):
                raise Stays("audience_unknown")
            self._audiences, self._known_until = wanted, now + AUDIENCES_KEPT
        return self._audiences

    async def apply(self, instruction: Instruction) -> Outcome:
        """Carry it out in every audience that it reaches."""
        return await self._answered(instruction, self._apply)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Look into every audience that it reaches."""
        return await self._answered(instruction, self._verify)

    async def _answered(self, instruction: Instruction, run: Any) -> Outcome:
        if instruction.act not in self.capabilities:
            return Sent(task="tell_recipient")
        if instruction.subject.email is None:
            return Failed("no_address")  # whoever has no address cannot be found there, nor be shown to be gone
        try:
            outcome: Outcome = await run(instruction)
        except Unreachable as unreachable:
            return unreachable.outcome
        except Stays as stays:
            return stays.outcome
        return outcome

    async def _apply(self, instruction: Instruction) -> Outcome:
        match instruction.act:
            case Act.ERASURE:
                return await self._erase(instruction)
            case Act.RECTIFICATION:
                return await self._rectify(instruction)
            case Act.RESTRICTION:
                return await self._restrict(instruction)
            case Act.RESTRICTION_LIFTED:
                return await self._lift(instruction)
            case _:
                return await self._stop(instruction)

    async def _verify(self, instruction: Instruction) -> Outcome:
        email = instruction.subject.email or ""
        async for place, member in self._members(instruction, email):
            match instruction.act:
                case Act.ERASURE:
                    done = False
                case Act.RESTRICTION:
                    done = place.is_out(member)
                case Act.RESTRICTION_LIFTED:
                    done = not member.is_archived or place.back(instruction) is None
                case Act.RECTIFICATION:
                    changed = new_email(instruction.changes)
                    done = changed is None or subscriber_hash(member.email) == subscriber_hash(str(changed.now))
                case _:
                    done = not place.must_stop(member)
            if not done:
                return Later("not_done")
        if instruction.act is Act.ERASURE and await self._twins(instruction):
            return Later("not_done")
        return Verified()

    async def _stop(self, instruction: Instruction) -> Outcome:
        """Unsubscribe from each audience that serves a purpose in question."""
        restored = dict(_restored(instruction))
        async for place, member in self._members(instruction, instruction.subject.email or ""):
            now = await place.stop(member)
            if now is not None and place.must_stop(now):
                return Later("not_taken")
            if place.remembered is not None:  # what it goes back to, once the restriction is lifted
                restored[place.audience] = {**place.remembered, "status": "unsubscribed"}
        return Verified(memory=_with(instruction, restored))

    async def _restrict(self, instruction: Instruction) -> Outcome:
        """Archive, once what was there is remembered: the archive itself does not tell."""
        restored = dict(_restored(instruction))
        found = [one async for one in self._members(instruction, instruction.subject.email or "")]
        new = {place.audience: note(member) for place, member in found if place.must_remember(member)}
        if new:
            return Later("remembered", timedelta(), _with(instruction, {**restored, **new}))
        for place, member in found:
            await place.archive(member)
        return Verified(memory=_with(instruction, restored))

    async def _lift(self, instruction: Instruction) -> Outcome:
        """Give back what the restriction found, unless somebody has changed it since or a suppression stands."""
        task = None
        async for place, member in self._members(instruction, instruction.subject.email or ""):
            status = place.back(instruction)
            if place.remembered is None and member.is_archived:
                task = "mailchimp_status_unknown"
            elif status is not None and not await place.restore(member, status):
                task = "mailchimp_cannot_resubscribe"
        return Verified(memory=_with(instruction, {})) if task is None else Sent(task=task, memory=instruction.memory)

    async def _rectify(self, instruction: Instruction) -> Outcome:
        """The new address under the same contact, and the merge fields that the configuration maps."""
        changed = new_email(instruction.changes)
        merged = merge_values(instruction.changes, {**self.config.merge_fields})
        email = instruction.subject.email or ""
        if changed is None:
            async for place, member in self._members(instruction, email if merged else ""):
                await self.api.change(place.audience, member.key, {"merge_fields": merged})
            return Verified(memory=instruction.memory)
        return await self._readdress(instruction, str(changed.was or email), changed.now, merged)

    async def _readdress(self, instruction: Instruction, was: str, now: Any, merged: Mapping[str, Any]) -> Outcome:
        tasks: list[str] = []
        async for place, member in self._members(instruction, was):
            task = "mailchimp_email_removed"
            if now:
                body = {"email_address": str(now)} | ({"merge_fields": merged} if merged else {})
                task = "mailchimp_two_members" if await self._exists(place, member, body) else ""
            if task:
                tasks.append(task)
                await place.stop(member)
        async for place, member in self._members(instruction, str(now) if now and merged else ""):
            # An attempt before this one may have changed the address, and then no more.
            await self.api.change(place.audience, member.key, {"merge_fields": merged})
        return Sent(task=tasks[0], memory=instruction.memory) if tasks else Verified(memory=instruction.memory)

    async def _exists(self, place: Place, member: Member, body: Mapping[str, Any]) -> bool:
        """Change the member; True when another one has the new address already."""
        try:
            await self.api.change(place.audience, member.key, body)
        except Stays as stays:
            if stays.outcome.code != "member_exists":
                raise
            return True
        return False

    async def _erase(self, instruction: Instruction) -> Outcome:
        """Erase in every audience and store, then look: 404 everywhere, or it is not done."""
        async for place, member in self._members(instruction, instruction.subject.email or ""):
            await self.api.delete_permanent(place.audience, member.key)
        for store, customer in await self._twins(instruction):
            await self.api.delete_store_customer(store, customer)
        looked = await self._verify(instruction)
        return replace(looked, memory=_with(instruction, {})) if isinstance(looked, Verified) else looked

    async def _twins(self, instruction: Instruction) -> list[tuple[str, str]]:
        """The person's ids in the connected stores, by our reference and by address."""
        email, known = instruction.subject.email, self._store_id(instruction)
        found: dict[tuple[str, str], None] = {}
        for store in self.config.stores:
            if known is not None and await self.api.has_store_customer(store, known):
                found[store, known] = None
            if email is not None:
                found |= {(store, one): None for one in await self.api.store_customers(store, email)}
        return list(found)

    def _store_id(self, instruction: Instruction) -> str | None:
        return instruction.subject.references.get(self.config.store_system or "")

    async def _members(self, instruction: Instruction, email: str) -> AsyncIterator[tuple[Place, Member]]:
        """The person in each audience that the instruction reaches."""
        remembered = _restored(instruction)
        for audience in await self.audiences() if email else ():
            if not self._reaches(instruction, audience):
                continue
            place = Place(self.api, audience, self._permissions(audience), remembered.get(audience))
            member = await place.member(email)
            if member is not None:
                yield place, member

    def _reaches(self, instruction: Instruction, audience: str) -> bool:
        """Whether what is stopped goes out here, by e-mail; an audience that is not described may serve anything."""
        if instruction.act not in STOPS:
            return True
        if instruction.channels and "email" not in instruction.channels:
            return False
        served = self.config.audiences.get(audience)
        return not instruction.purposes or served is None or not set(instruction.purposes).isdisjoint(served.purposes)

    def _permissions(self, audience: str) -> tuple[str, ...]:
        described = self.config.audiences.get(audience)
        return () if described is None else described.marketing_permissions


def _restored(instruction: Instruction) -> Memory:
    found: Memory = instruction.memory.get(RESTORED, {})
    return found


def _with(instruction: Instruction, restored: Memory) -> dict[str, Any]:
    return {**instruction.memory, RESTORED: dict(restored)}


class MailchimpConfig(MailchimpAccount):
    """`kind: mailchimp`, as it is connected."""

    def connect(self, recipient: str, outside: Outside) -> Connector:
        """The connector of this account."""
        return Mailchimp(self, self.api(outside), outside)
