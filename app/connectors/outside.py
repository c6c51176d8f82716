"""What connectors share: one HTTP client without surprises, the mail relay, the clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from app.connectors.outcome import Failed, Later
from app.connectors.reaching import AddressRefused, PublicTransport
from app.mail import Relay

SECONDS = 30.0
"""How long a recipient may be silent."""
WHOLE = 120.0
"""How long a whole answer may take, however steadily it trickles."""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Unreachable(Exception):
    """The recipient did not answer, or with a failure that passes: `outcome` says when to try again.

    `Failed` for what only a human can mend: an address that must not be called, credentials that are refused.
    """

    def __init__(self, outcome: Later | Failed) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Outside:
    """How a process reaches the world; `client` follows no redirect and trusts no proxy of the environment."""

    client: httpx.AsyncClient
    relay: Relay | None = None
    mail_from: str | None = None
    may_reach_private: bool = False
    """Whether addresses of this machine and its network may be called, without TLS too: for tests and trials. The
    client must have been made with the same."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def new_client(verify: Any = True, *, may_reach_private: bool = False) -> httpx.AsyncClient:
    """A client for `Outside`: bounded in time and connections; public addresses only unless it may reach others."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(SECONDS, connect=10.0),
        limits=limits,
        follow_redirects=False,
        trust_env=False,
        verify=verify,
        transport=None if may_reach_private else PublicTransport(verify, limits),
    )


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def reaching(
    *,
    private: bool,
    clock: Callable[[], datetime] = utc_now,
    relay: Relay | None = None,
    mail_from: str | None = None,
) -> AsyncIterator[Outside]:
    """The way out of one process, closed afterwards; `private` is SELOSTE_CONNECTORS_REACH_PRIVATE."""
    async with new_client(may_reach_private=private) as client:
        yield Outside(client, relay, mail_from, private, clock)


@dataclass(slots=True)
class Limits:
    """No more than `at_once` calls together and `per_second` begun in a second, for one recipient in one process."""

    at_once: int = 5
    per_second: float | None = None
    _gate: asyncio.Semaphore = field(init=False)
    _next: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._gate = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a call may begin."""
        async with self._gate:
            if self.per_second is not None:
                begin = max(time.monotonic(), self._next)
                self._next = begin + 1 / self.per_second
                await asyncio.sleep(max(0.0, begin - time.monotonic()))
            yield


@dataclass(slots=True)
class Link:
    """Calls to one recipient: its base address, credentials and limits. Raises `Unreachable` for what passes."""

    outside: Outside
    base_url: str
    limits: Limits
    auth: httpx.Auth | tuple[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """One call, answered with whatever stays: success or a refusal that trying again would not change."""
        headers = {**self.headers, **sent.pop("headers", {})}
        async with self.limits.turn():
            try:
                async with asyncio.timeout(WHOLE):
                    answer = await self.outside.client.request(
                        method, self.base_url.rstrip("/") + path, auth=self.auth, headers=headers, **sent
                    )
            except AddressRefused:
                raise Unreachable(Failed("address_refused")) from None
            except (httpx.RequestError, httpx.InvalidURL, TimeoutError) as error:
                raise Unreachable(Later(_code_of(error))) from None
        if answer.status_code in PASSING:
            raise Unreachable(Later(f"http_{answer.status_code}", retry_after(answer, self.outside.clock())))
        return answer


def _code_of(error: Exception) -> str:
    return "timeout" if isinstance(error, httpx.TimeoutException | TimeoutError) else "unreachable"


def retry_after(answer: httpx.Response, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for, in seconds or as a date (RFC 9110 §10.2.3); None when it says nothing."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isdigit():
        return timedelta(seconds=min(int(value), 7 * 86400))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta()) if value else None
    except (TypeError, ValueError):
        return None


def document(answer: httpx.Response) -> dict[str, Any]:
    """The object in an answer's body; half an answer, or something else than was agreed, is tried again."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unreachable(Later("answer_unreadable"))
    return found


def refused(answer: httpx.Response) -> Failed:
    """A refusal that stays, as a code: what the body says may hold personal data."""
    return Failed(f"http_{answer.status_code}")
