"""What the fake Mailchimp remembers: audiences, members, forgotten addresses, stores, webhooks and what they owe."""

import hashlib
import hmac
import secrets
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx

TAGS = frozenset({"EMAIL", "FNAME", "LNAME", "PHONE", "ADDRESS"})
TRIES = 4


def hash_of(email: str) -> str:
    """The subscriber hash: MD5 of the address in small letters."""
    return hashlib.md5(email.lower().encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Member:
    """A contact in one audience, with what Mailchimp derives of people and a register must never take."""

    email: str
    status: str
    contact_id: str
    last_changed: datetime
    merge_fields: dict[str, Any] = field(default_factory=dict)
    permissions: dict[str, bool] = field(default_factory=dict)
    language: str = ""

    @property
    def hash(self) -> str:
        """Its place in the audience, which an address change moves."""
        return hash_of(self.email)

    def shown(self) -> dict[str, Any]:
        """As the API answers."""
        return {
            "id": self.hash,
            "email_address": self.email,
            "unique_email_id": self.hash[:10],
            "contact_id": self.contact_id,
            "status": self.status,
            "merge_fields": self.merge_fields,
            "language": self.language,
            "last_changed": self.last_changed.isoformat(timespec="seconds"),
            "member_rating": 4,
            "stats": {"avg_open_rate": 0.5, "avg_click_rate": 0.1},
            "ip_opt": "198.51.100.7",
            "ip_signup": "",
            "location": {"latitude": 61.5, "longitude": 23.8, "country_code": "FI", "timezone": "europe/helsinki"},
            "marketing_permissions": [
                {"marketing_permission_id": i, "text": "", "enabled": on} for i, on in self.permissions.items()
            ],
        }


@dataclass
class Webhook:
    """Where an audience's events go. Those made before 2026 have no secret and are not signed."""

    id: str
    audience: str
    url: str
    secret: str | None
    events: frozenset[str] = frozenset({"subscribe", "unsubscribe", "profile", "cleaned", "upemail"})

    def shown(self) -> dict[str, Any]:
        """As the API answers."""
        return {"id": self.id, "url": self.url, "list_id": self.audience, "signing_enabled": self.secret is not None}


@dataclass
class Account:
    """One account. What people do at Mailchimp themselves (`person_…`) is owed to webhooks until `deliver`."""

    api_key: str = "key-us1"
    audiences: dict[str, dict[str, Member]] = field(default_factory=lambda: {"a6b5da1054": {}})
    stores: dict[str, dict[str, str]] = field(default_factory=dict)
    forgotten: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    merge_tags: dict[str, frozenset[str]] = field(default_factory=lambda: defaultdict(lambda: TAGS))
    webhooks: list[Webhook] = field(default_factory=list)
    owed: list[tuple[Webhook, bytes]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    now: Callable[[], datetime] = _now
    most_open: int = 0

    def add(self, audience: str, email: str, status: str = "subscribed", **merge: Any) -> Member:
        """A member, whatever was there before."""
        made = Member(email, status, secrets.token_hex(16), self.now(), dict(merge))
        self.audiences[audience][made.hash] = made
        return made

    def member(self, audience: str, key: str) -> Member | None:
        """By hash, by address or by contact id, as the API allows."""
        held = self.audiences[audience]
        found = held.get(key) or held.get(hash_of(key))
        return found or next((m for m in held.values() if m.contact_id == key), None)

    def move(self, audience: str, member: Member, email: str) -> None:
        """Give a member another address: another hash, the same contact id."""
        del self.audiences[audience][member.hash]
        member.email = email
        self.audiences[audience][member.hash] = member

    def add_webhook(self, audience: str, url: str, *, signed: bool) -> Webhook:
        """A webhook of an audience."""
        made = Webhook(secrets.token_hex(5), audience, url, secrets.token_hex(16) if signed else None)
        self.webhooks.append(made)
        return made

    def person_unsubscribes(self, audience: str, email: str, reason: str = "manual") -> None:
        """By the link in a mail, or by calling it spam."""
        self._is_now(audience, email, "unsubscribed")
        action = {"data[action]": "unsub", "data[reason]": reason}
        self._owe(
            "unsubscribe", audience, {**action, **self._about(audience, email), "data[campaign_id]": "cb398d21d2"}
        )

    def person_subscribes(self, audience: str, email: str) -> None:
        """By Mailchimp's own form."""
        self.add(audience, email, "subscribed")
        self._owe("subscribe", audience, self._about(audience, email))

    def person_cleans(self, audience: str, email: str, reason: str = "hard") -> None:
        """Mail to the address bounces; Mailchimp stops sending."""
        self._is_now(audience, email, "cleaned")
        campaign = {"data[campaign_id]": "cb398d21d2", "data[reason]": reason, "data[email]": email}
        self._owe("cleaned", audience, campaign)

    def person_upemails(self, audience: str, email: str, new: str) -> None:
        """The person changes the address in Mailchimp's preference centre."""
        member = self.audiences[audience][hash_of(email)]
        self.move(audience, member, new)
        member.last_changed = self.now()
        changed = {"data[new_id]": hash_of(new)[:10], "data[new_email]": new, "data[old_email]": email}
        self._owe("upemail", audience, changed)

    def _is_now(self, audience: str, email: str, status: str) -> None:
        member = self.audiences[audience][hash_of(email)]
        member.status, member.last_changed = status, self.now()

    def _about(self, audience: str, email: str) -> dict[str, str]:
        member = self.audiences[audience][hash_of(email)]
        merges = {f"data[merges][{tag}]": str(value) for tag, value in member.merge_fields.items()}
        return {
            "data[id]": member.hash[:10], "data[email]": email, "data[email_type]": "html",
            "data[ip_opt]": "198.51.100.7", "data[web_id]": "203929", "data[merges][EMAIL]": email, **merges,
        }  # fmt: skip

    def _owe(self, kind: str, audience: str, data: dict[str, str]) -> None:
        fired = self.now().strftime("%Y-%m-%d %H:%M:%S")
        body = urlencode({"type": kind, "fired_at": fired, "data[list_id]": audience, **data}).encode()
        self.owed += [(hook, body) for hook in self.webhooks if hook.audience == audience and kind in hook.events]

    async def deliver(self, client: httpx.AsyncClient | None = None, *, again: bool = False) -> int:
        """Post what is owed, signed where the webhook is, again and again as the vendor does; how many were taken.

        With `again` each is delivered twice: an answer that came too late.
        """
        if client is None:
            async with httpx.AsyncClient(timeout=10, trust_env=False) as own:
                return await self.deliver(own, again=again)
        taken = 0
        owed, self.owed = self.owed, []
        for hook, body in [one for one in owed for _ in range(1 + again)]:
            for _ in range(TRIES):
                answer = await client.post(hook.url, content=body, headers=self.headers(hook, body))
                if answer.status_code == 200:
                    taken += 1
                    break
        return taken

    def headers(self, hook: Webhook, body: bytes) -> dict[str, str]:
        """What comes with a delivery."""
        plain = {"content-type": "application/x-www-form-urlencoded", "user-agent": "MailChimp"}
        return (
            plain if hook.secret is None else {**plain, "x-mailchimp-signature": signed(hook.secret, body, self.now())}
        )


def signed(secret: str, body: bytes, at: datetime) -> str:
    """The header X-Mailchimp-Signature."""
    t = str(int(at.timestamp()))
    return f"t={t},v1={hmac.new(secret.encode(), f'{t}.'.encode() + body, hashlib.sha256).hexdigest()}"
