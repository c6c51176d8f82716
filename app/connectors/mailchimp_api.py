"""The calls of the Mailchimp Marketing API 3.0 that the register makes, and what their refusals mean.

Of a member only what stands in `FIELDS` is asked for: ratings, opens, places and IP addresses stay there (F99).
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from app.connectors.outcome import Failed, Later
from app.connectors.outside import Link, Unreachable

FIELDS = ("contact_id", "email_address", "status", "last_changed")
PAGE = 500
PASSING = frozenset({409})
"""Answers besides those of every recipient that are worth another try."""
TITLES: Mapping[str, str] = {
    "Member In Compliance State": "compliance_state",
    "Forgotten Email Not Subscribed": "forgotten",
    "Member Exists": "member_exists",
    "Invalid Resource": "invalid_resource",
    "API Key Invalid": "key_refused",
}
"""The vendor's titles that mean something here; its details repeat the address and are never kept."""


class Stays(Exception):
    """A refusal that trying again would not change."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.outcome = Failed(code)


@dataclass(frozen=True, slots=True)
class Member:
    """One contact of one audience."""

    audience: str
    contact_id: str
    status: str
    email: str = field(repr=False)
    changed_at: datetime | None = None

    @property
    def key(self) -> str:
        """How paths name it."""
        return subscriber_hash(self.email)

    @property
    def is_archived(self) -> bool:
        """Whether Mailchimp keeps it out of sight."""
        return self.status == "archived"


def subscriber_hash(email: str) -> str:
    """How Mailchimp names a member in paths: MD5 of the address in small letters. It hides nobody; it is not kept."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Api:
    """The API over a link; raises `Unreachable` for what passes and `Stays` for what does not."""

    link: Link

    async def audiences(self) -> list[str]:
        """The ids of every audience of the account."""
        return [one["id"] async for one in self._pages("/lists", "lists", {"fields": "lists.id,total_items"})]

    async def member(self, audience: str, key: str) -> Member | None:
        """A member by hash or contact id, whatever the status; None when the audience has none."""
        answer = await self._call("GET", _path(audience, key), params={"fields": ",".join(FIELDS)})
        return None if answer is None else _member(audience, answer)

    async def change(self, audience: str, key: str, body: Mapping[str, Any]) -> Member | None:
        """Change what stands in `body` and nothing else; None when there is no such member."""
        asked = {"skip_merge_validation": "true"}
        answer = await self._call("PATCH", _path(audience, key), params=asked, json=dict(body))
        return None if answer is None else _member(audience, answer)

    async def put(self, audience: str, email: str, body: Mapping[str, Any]) -> Member:
        """Add or change a member."""
        whole = {"email_address": email, **body}
        asked = {"skip_merge_validation": "true"}
        answer = await self._call("PUT", _path(audience, subscriber_hash(email)), params=asked, json=whole)
        if answer is None:
            raise Stays("audience_unknown")
        return _member(audience, answer)

    async def archive(self, audience: str, key: str) -> bool:
        """Archive; False when Mailchimp refuses for what the member is (405). One that is not there is done."""
        try:
            await self._call("DELETE", _path(audience, key))
        except Stays as stays:
            if stays.outcome.code != "http_405":
                raise
            return False
        return True

    async def delete_permanent(self, audience: str, key: str) -> None:
        """Erase; one that is not there has been erased."""
        await self._call("POST", _path(audience, key) + "/actions/delete-permanent")

    async def changed(self, audience: str, since: datetime | None, status: str | None = None) -> AsyncIterator[Member]:
        """The members changed since then, all statuses but archived unless one is asked for, oldest change first.

        A member that changes meanwhile moves to the end: each page begins a second before the last one ended, so that
        nobody is passed over, and nobody is told twice for that.
        """
        told: set[str] = set()
        offset = 0
        while True:
            page = await self._changed(audience, since, status, offset)
            for one in page:
                if one.contact_id not in told:
                    yield one
            if len(page) < PAGE:
                return
            begin = page[-1].changed_at - timedelta(seconds=1) if page[-1].changed_at else None
            if begin is not None and (since is None or begin > since):
                since, offset = begin, 0
                told = {one.contact_id for one in page if one.changed_at is None or one.changed_at >= begin}
            else:
                offset += len(page)
                told |= {one.contact_id for one in page}

    async def _changed(self, audience: str, since: datetime | None, status: str | None, offset: int) -> list[Member]:
        fields = ",".join(f"members.{name}" for name in FIELDS)
        asked = {"fields": fields, "sort_field": "last_changed", "sort_dir": "ASC", "count": str(PAGE)}
        asked |= {"offset": str(offset)} if offset else {}
        asked |= {"status": status} if status is not None else {}
        if since is not None:
            asked["since_last_changed"] = since.astimezone(UTC).isoformat(timespec="seconds")
        answer = await self._call("GET", f"/lists/{quote(audience, safe='')}/members", params=asked)
        if answer is None:
            raise Stays("audience_unknown")
        return [_member(audience, one) for one in answer["members"]]

    async def store_customers(self, store: str, email: str) -> list[str]:
        """Under which ids a connected store has the address."""
        asked = {"email_address": email, "fields": "customers.id,total_items"}
        path = f"/ecommerce/stores/{quote(store, safe='')}/customers"
        return [one["id"] async for one in self._pages(path, "customers", asked)]

    async def has_store_customer(self, store: str, customer: str) -> bool:
        """Whether a connected store still has this customer."""
        return await self._call("GET", _twin(store, customer), params={"fields": "id"}) is not None

    async def delete_store_customer(self, store: str, customer: str) -> None:
        """Erase the twin; one that is not there has been erased."""
        await self._call("DELETE", _twin(store, customer))

    async def _pages(self, path: str, name: str, asked: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        seen, more = 0, True
        while more:
            answer = await self._call("GET", path, params={**asked, "count": str(PAGE), "offset": str(seen)})
            if answer is None:
                raise Stays("not_found")
            page = answer[name]
            seen += len(page)
            more = bool(page) and seen < answer["total_items"]
            for one in page:
                yield one

    async def _call(self, method: str, path: str, **sent: Any) -> Any:
        """The body of an answer that succeeded, None for 404."""
        answer = await self.link.call(method, path, **sent)
        if answer.status_code in PASSING or (answer.status_code == 403 and not _is_problem(answer)):
            raise Unreachable(Later(f"http_{answer.status_code}"))
        if answer.status_code == 404:
            return None
        if not answer.is_success:
            raise Stays(_code(answer))
        return {} if answer.status_code == 204 else _body(answer)


def _path(audience: str, key: str) -> str:
    return f"/lists/{quote(audience, safe='')}/members/{quote(key, safe='')}"


def _twin(store: str, customer: str) -> str:
    return f"/ecommerce/stores/{quote(store, safe='')}/customers/{quote(customer, safe='')}"


def _is_problem(answer: httpx.Response) -> bool:
    """A refusal in the vendor's own words; at high volume its doors refuse without a body, which passes."""
    kind: str = answer.headers.get("content-type", "")
    return kind.startswith("application/problem+json")


def _code(answer: httpx.Response) -> str:
    title = _body(answer).get("title") if _is_problem(answer) else None
    return TITLES.get(str(title), f"http_{answer.status_code}")


def _body(answer: httpx.Response) -> Any:
    """The JSON of an answer; half of one is no answer."""
    try:
        body = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise Unreachable(Later("answer_unreadable")) from None
    if not isinstance(body, dict):
        raise Unreachable(Later("answer_unreadable"))
    return body


def _member(audience: str, answer: Mapping[str, Any]) -> Member:
    try:
        changed = answer.get("last_changed")
        at = datetime.fromisoformat(changed) if changed else None
        return Member(audience, str(answer["contact_id"]), str(answer["status"]), str(answer["email_address"]), at)
    except (KeyError, ValueError):
        raise Unreachable(Later("answer_unreadable")) from None
