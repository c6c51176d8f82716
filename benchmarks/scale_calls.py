"""The calls whose time must not grow with the register, each timed on one keep-alive connection."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.scale_registers import TOKENS

IDLE = 20.0
"""Seconds after which a connection is not trusted to be open still."""
DEEP = 1000
"""Items before the page that is called deep."""
PAGE = 20
"""Items of a page, where the smallest register's list holds two such pages; otherwise half of what it holds."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: in whose name, and what."""

    role: str
    method: str
    path: str
    body: Any = None


Make = Callable[["Api", int], Request]


@dataclass(slots=True)
class Api:
    """One connection to one served register of `customers` people."""

    port: int
    customers: int
    ids: list[str] = field(default_factory=list)
    cursors: dict[str, str | None] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    _connection: http.client.HTTPConnection | None = None
    _used: float = 0.0

    def call(self, request: Request) -> Any:
        """The answer; raises for any status but 2xx."""
        if time.monotonic() - self._used > IDLE and self._connection is not None:
            self._connection.close()  # the service ends connections that say nothing; the next call opens one anew
        self._used = time.monotonic()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {TOKENS[request.role]}", "Content-Type": "application/json"}
        raw = None if request.body is None else json.dumps(request.body)
        self._connection.request(request.method, request.path, raw, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{request.method} {request.path}: {answer.status} {content[-500:]!r}")
        return json.loads(content)

    def close(self) -> None:
        """No more calls."""
        if self._connection is not None:
            self._connection.close()

    def timed(self, make: Make) -> float:
        """Milliseconds that one call took."""
        request = make(self, next(self.numbers))
        began = time.perf_counter()
        self.call(request)
        return (time.perf_counter() - began) * 1000

    def reference(self, n: int) -> str:
        """The webshop's reference of somebody, the same people in every size being few."""
        return f"W-{n * 7919 % self.customers}"

    def find_people(self, many: int) -> None:
        """Ids of people that the webshop knows."""
        numbers = count()
        while len(self.ids) < many:
            sought = {"reference": {"system": "webshop", "id": self.reference(next(numbers))}}
            found = self.call(Request("admin", "POST", "/v1/customers/search", sought))["items"]
            self.ids += [one["id"] for one in found if one["state"] == "active"]

    def person(self, n: int) -> str:
        """One of them."""
        return self.ids[n % len(self.ids)]


def _consent(api: Api, n: int) -> Request:
    sent = {
        "event_id": f"scale-{api.port}-{n}",
        "customer": {"id": api.person(n)},
        "purpose": "newsletter",
        "channels": ["email"],
        "action": "given",
        "wording": {"id": "newsletter_seed", "version": 1},
        "collected_via": "web_form",
        "occurred_at": "2026-01-15T10:00:00Z",
    }
    return Request("webshop", "POST", "/v1/consents", sent)


def _purchase(api: Api, n: int) -> Request:
    order = f"scale-{api.port}-{n}"
    sent = {
        "purchased_on": "2026-01-15",
        "booked_on": "2026-01-15",
        "total": "10.00",
        "lines": [{"title": "Kurssi", "unit_price": "10.00", "vat_rate": "25.5"}],
        "voucher": {"number": order, "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"},
    }
    return Request("webshop", "PUT", f"/v1/customers/{api.person(n)}/purchases/webshop/{order}", sent)


def _email(api: Api, n: int) -> Request:
    sought = {"email": f"asiakas{n * 7919 % api.customers}@example.fi"}
    return Request("admin", "POST", "/v1/customers/search", sought)


def _check(api: Api, n: int) -> Request:
    sent = {"purpose": "newsletter", "channel": "email", "subjects": [{"id": api.person(n)}]}
    return Request("mailer", "POST", "/v1/processing-checks", sent)


KEY: dict[str, Make] = {
    "read a customer": lambda api, n: Request("webshop", "GET", f"/v1/customers/{api.person(n)}"),
    "find by e-mail": _email,
    "check one person": _check,
    "record a consent": _consent,
    "put a purchase": _purchase,
    "purchases of one": lambda api, n: Request("accountant", "GET", f"/v1/customers/{api.person(n)}/purchases"),
    "disclosures of one": lambda api, n: Request("dpo", "GET", f"/v1/customers/{api.person(n)}/disclosures"),
    "audit trail of one": lambda api, n: Request("dpo", "GET", f"/v1/audit-events?customer={api.person(n)}&limit=20"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that is read page by page."""

    role: str
    method: str
    path: str
    body: Any = None
    cursor: str = "cursor"

    def page(self, limit: int, after: str | None) -> Request:
        """One page of it."""
        path = f"{self.path}{'&' if '?' in self.path else '?'}limit={limit}"
        return Request(self.role, self.method, path if after is None else f"{path}&{self.cursor}={after}", self.body)


LISTS = {
    "people by name": Listing("admin", "POST", "/v1/customers/search", {"name": "esimerkki"}),
    "shared addresses": Listing("admin", "GET", "/v1/customers/duplicates?shared=email"),
    "changes": Listing("webshop", "GET", "/v1/changes", cursor="since"),
    "vouchers": Listing("accountant", "GET", "/v1/vouchers"),
    "vouchers of a class": Listing("accountant", "GET", "/v1/vouchers?material=voucher"),
    "open requests": Listing("dpo", "GET", "/v1/subject-requests"),
    "notifications": Listing("dpo", "GET", "/v1/notifications"),
    "people of a recipient": Listing("dpo", "GET", "/v1/processors/tehden/people"),
    "audit trail": Listing("dpo", "GET", "/v1/audit-events"),
    "audit trail of a client": Listing("dpo", "GET", "/v1/audit-events?action=register"),
}


def first(listing: Listing, limit: int) -> Make:
    """Its first page."""
    return lambda _api, _n: listing.page(limit, None)


def deep(name: str, listing: Listing, limit: int) -> Make:
    """The page that begins where `Walk.turn_to` has put the cursor."""
    return lambda api, _n: listing.page(limit, api.cursors[name])


@dataclass(slots=True)
class Walk:
    """A list walked item by item, to the deep page or to its end."""

    api: Api
    name: str
    cursors: list[str]
    ended: bool

    @property
    def items(self) -> int:
        """How many items were met; the list may go on behind them."""
        return len(self.cursors) + 1

    def turn_to(self, limit: int) -> int:
        """Put the cursor where so many items are still to come; behind how many that is."""
        behind = max(0, len(self.cursors) - (limit if self.ended else 0))
        self.api.cursors[self.name] = self.cursors[behind - 1] if behind else None
        return behind


def walk(api: Api, name: str, listing: Listing, far: int = DEEP) -> Walk:
    """Go from item to item, so many of them."""
    cursors: list[str] = []
    while len(cursors) < far:
        following = api.call(listing.page(1, cursors[-1] if cursors else None))["next"]
        if following is None or following in cursors[-1:]:
            return Walk(api, name, cursors, ended=True)
        cursors.append(following)
    return Walk(api, name, cursors, ended=False)
