"""What every route can reach: the services that `create_app` built, as Annotated dependencies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from app.db import Database
from app.keys import Keys
from app.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """What one process of the service is made of."""

    settings: Settings
    db: Database
    keys: Keys
    clock: Clock = utc_now


def services(request: Request) -> Services:
    """The services of the app that answers this request."""
    found: Services = request.app.state.services
    return found


async def _services(request: Request) -> Services:
    return services(request)


async def _now(request: Request) -> datetime:
    return services(request).clock()


Served = Annotated[Services, Depends(_services)]
Now = Annotated[datetime, Depends(_now)]


class TtlCache:
    """A per-process cache whose entries live a few seconds; what it holds is re-checked by each write."""

    def __init__(self, seconds: float, size: int = 4096) -> None:
        self._seconds = seconds
        self._size = size
        self._entries: dict[Any, tuple[float, Any]] = {}

    def get(self, key: Any, at: float) -> Any | None:
        """The value, unless it is older than the cache's life at monotonic time `at`."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and at < entry[0] else None

    def put(self, key: Any, value: Any, at: float) -> None:
        """Keep a value from monotonic time `at`; a full cache starts afresh."""
        if len(self._entries) >= self._size:
            self._entries.clear()
        self._entries[key] = (at + self._seconds, value)

    def drop(self, key: Any) -> None:
        """Forget one entry."""
        self._entries.pop(key, None)
