"""What each act means for one member of one audience. Everything here may be done twice.

Nothing subscribes anybody, but for a lifted restriction that gives back what it took while marketing is allowed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.connectors.instruction import Change, Instruction
from app.connectors.mailchimp_api import Api, Member, Stays, subscriber_hash

RESTORED = "restored"
"""In a connector's memory: by audience, what a restriction found. No personal data."""
GETS_MAIL = frozenset({"subscribed", "pending"})
"""The statuses that marketing goes to, or soon may."""
UNARCHIVABLE = frozenset({"cleaned", "pending"})
BACK = frozenset({"subscribed", "unsubscribed", "transactional"})
"""What a lifted restriction can give back; the others were not archived by it."""
Memory = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """One audience, with what the configuration says of it and what a restriction has remembered there."""

    api: Api
    audience: str
    permissions: tuple[str, ...] = ()
    remembered: Mapping[str, str] | None = None

    async def member(self, email: str) -> Member | None:
        """The person here: by address, or by the contact id under which a restriction found them."""
        found = await self.api.member(self.audience, subscriber_hash(email))
        if found is None and self.remembered is not None:
            found = await self.api.member(self.audience, self.remembered["contact_id"])
        return found

    async def stop(self, member: Member) -> Member | None:
        """Unsubscribe. What a restriction of ours has archived stays so; it comes back unsubscribed."""
        if not self.must_stop(member):
            return member
        body: dict[str, Any] = {"status": "unsubscribed"}
        if self.permissions:
            refused = [{"marketing_permission_id": one, "enabled": False} for one in self.permissions]
            body["marketing_permissions"] = refused
        return await self.api.change(self.audience, member.key, body)

    def must_stop(self, member: Member) -> bool:
        """Whether marketing reaches the member, or would if somebody took it out of the archive."""
        return member.status in GETS_MAIL or (member.is_archived and self.remembered is None)

    def must_remember(self, member: Member) -> bool:
        """Whether nothing is remembered of the member, or something that is true no more: they have left meanwhile."""
        return self.remembered is None or not (self.is_out(member) or member.status == self._was)

    async def archive(self, member: Member) -> None:
        """Out of sight and of mail; what cannot be archived is unsubscribed (405: bounced or pending)."""
        if self.is_out(member) or await self.api.archive(self.audience, member.key):
            return
        now = await self.api.member(self.audience, member.key)
        if now is not None and not now.is_archived:
            await self.api.change(self.audience, member.key, {"status": "unsubscribed"})

    def is_out(self, member: Member) -> bool:
        """Whether a restriction is in force: archived, or what could not be archived gets nothing."""
        return member.is_archived or (member.status == "unsubscribed" and self._was in UNARCHIVABLE)

    @property
    def _was(self) -> str:
        return "" if self.remembered is None else self.remembered["status"]

    def back(self, instruction: Instruction) -> str | None:
        """The status that a lifted restriction gives back; None when there is nothing of ours to undo."""
        if self._was not in BACK:
            return None
        return "unsubscribed" if self._was == "subscribed" and not instruction.marketing_allowed else self._was

    async def restore(self, member: Member, status: str) -> bool:
        """Give the status back; False when Mailchimp takes nobody back as a subscriber.

        Who is out of the archive already has been taken out by somebody, and keeps what they have.
        """
        if not member.is_archived:
            return True
        # Should the member vanish in this moment, the call makes one that gets no mail.
        body = {"status_if_new": "unsubscribed", "status": status}
        try:
            await self.api.put(self.audience, member.email, body)
        except Stays as stays:
            if stays.outcome.code not in {"compliance_state", "forgotten"}:
                raise
            return False
        return True


def note(member: Member) -> dict[str, str]:
    """What a restriction remembers of a member."""
    return {"status": member.status, "contact_id": member.contact_id}


def new_email(changes: tuple[Change, ...]) -> Change | None:
    """The change of address among the changes."""
    return next((change for change in changes if change.about == "email"), None)


def merge_values(changes: tuple[Change, ...], tags: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The merge fields that these changes fill, by the configuration's map; a field that is not mapped is not held."""
    return {tag: value for change in changes for tag, value in _filled(change, tags.get(change.about, ()))}


def _filled(change: Change, tags: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if change.about == "address" and tags:
        now = change.now if isinstance(change.now, Mapping) else {}
        parts = {"addr1": "street", "zip": "postal_code", "city": "city", "country": "country"}
        yield tags[0], {part: now.get(name) or "" for part, name in parts.items()} | {"state": ""}
    elif len(tags) == 1:
        yield tags[0], _text(change.now)
    elif tags:  # first names, and the last word as the family name
        first, _, last = _text(change.now).rpartition(" ")
        yield from zip(tags, (first or last, last if first else ""), strict=True)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
