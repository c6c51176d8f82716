"""Failed guesses at tokens and links: each address may fail a few times a minute, then it must wait.

Guessing 256 random bits is hopeless anyway; this keeps guesses from costing a look-up each, and it stands before a
token that a person chose (SELOSTE_BOOTSTRAP_ADMIN_TOKEN). Counts live in the memory of one process.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from math import ceil

from prometheus_client import Counter

from app.auth.errors import TooManyFailures

REFUSED = Counter(
    "seloste_sign_ins_refused_total", "Tokens and links refused: unknown, or too many before", ("reason",)
)
WINDOW = 60.0
"""Seconds in which an address may use up its failures; they come back evenly over as many."""
KEPT = 10_000
"""How many addresses are remembered; of more, those that failed longest ago are forgotten, and nobody is locked out."""


class Failures:
    """Remembers of each address only when its failures will have been forgotten."""

    def __init__(self, per_minute: int, kept: int = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = WINDOW / per_minute
        self._kept = kept
        self._clock = clock
        self._clear_at: OrderedDict[str, float] = OrderedDict()

    def check(self, host: str | None) -> None:
        """Raise `TooManyFailures` while the address has failed too often to be heard."""
        wait = self._clear_at.get(group_of(host), 0.0) - self._clock() - (WINDOW - self._each)
        if wait > 1e-6:  # less than that is rounding
            REFUSED.labels("limited").inc()
            raise TooManyFailures(ceil(wait))

    def count(self, host: str | None) -> None:
        """Note a failure of the address."""
        REFUSED.labels("unknown").inc()
        self.spend(host)

    def spend(self, host: str | None) -> None:
        """Note one use by the address of what it may use a few times a minute."""
        group, now = group_of(host), self._clock()
        self._clear_at[group] = max(self._clear_at.pop(group, 0.0), now) + self._each
        if len(self._clear_at) > self._kept:
            self._clear_at.popitem(last=False)

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._clear_at)


@contextmanager
def guessing(failures: Failures, host: str | None, unknown: type[Exception]) -> Iterator[None]:
    """Links that are not known count against the address; one that guesses too often is not heard for a while."""
    failures.check(host)
    try:
        yield
    except unknown:
        failures.count(host)
        raise


def group_of(host: str | None) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, which one caller holds whole."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return "no address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{int(address) >> 64:x}/64"
    return str(getattr(address, "ipv4_mapped", None) or address)
