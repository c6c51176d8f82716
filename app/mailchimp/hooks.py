"""What a webhook says: its signature, its brackets, and the few members that are taken. Without I/O.

Of an event only addresses, reason and numbers are read; merge fields, IP addresses and the like are dropped unread.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from app.imports.times import ImpossibleTime, instant
from app.mailchimp.errors import EventUnreadable

WINDOW = timedelta(seconds=300)
"""How old a signature may be, and how far ahead of our clock theirs."""
MOST_MEMBERS = 1000
TAKEN = frozenset({"unsubscribe", "cleaned", "upemail"})
"""The kinds that change something here. Who subscribes at Mailchimp has consented to nothing of ours."""
IGNORED = frozenset({"subscribe", "profile", "campaign"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event, with no more of the person than it takes."""

    kind: str
    audience: str
    fired_at: datetime
    subject: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    new_email: str = field(default="", repr=False)
    reason: str = ""
    campaign: str = ""


def is_signed(secrets: Iterable[str], header: str | None, body: bytes, now: datetime) -> bool:
    """Whether one of the header's signatures is by one of the secrets, over the raw body, within the window."""
    members = [member.partition("=") for member in (header or "").split(",")]
    stamps = [value.strip() for name, _, value in members if name.strip() == "t"]
    given = [value.strip().lower() for name, _, value in members if name.strip() == "v1"]
    if len(stamps) != 1 or not stamps[0].isdecimal() or len(stamps[0]) > 11:
        return False
    if abs(now.timestamp() - int(stamps[0])) > WINDOW.total_seconds():
        return False
    signed = stamps[0].encode() + b"." + body
    wanted = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    return any(hmac.compare_digest(one, each.encode()) for one in wanted for each in given)


def read(body: bytes, zone: ZoneInfo, now: datetime) -> Event:
    """The event in a form with PHP's brackets; raises `EventUnreadable`."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_MEMBERS)
    except ValueError:
        raise EventUnreadable from None
    members = dict(pairs)
    kind, audience = members.get("type", ""), members.get("data[list_id]", "")
    if kind not in TAKEN | IGNORED or not _is_code(audience):
        raise EventUnreadable
    email = members.get("data[old_email]" if kind == "upemail" else "data[email]", "").strip()
    subject = members.get("data[id]") or members.get("data[new_id]") or email
    campaign = members.get("data[campaign_id]", "")
    return Event(
        kind=kind,
        audience=audience,
        fired_at=_fired(members.get("fired_at", ""), zone, now),
        subject=subject,
        email=email,
        new_email=members.get("data[new_email]", "").strip(),
        reason=reason if _is_code(reason := members.get("data[reason]", "")) else "",
        campaign=campaign if _is_code(campaign) else "",
    )


def _is_code(text: str) -> bool:
    return 0 < len(text) <= 100 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _fired(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When it happened, never later than now: the vendor does not say in which zone. Now, if it cannot be read."""
    try:
        return min(instant(text, zone, later=True).at, now)
    except ImpossibleTime:
        return now
