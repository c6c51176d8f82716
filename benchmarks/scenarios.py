"""The calls that are measured: what one request of each looks like on the wire, and what is expected of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Person = tuple[str, str]
"""Id in the register and reference in the webshop's system."""
Body = Callable[[str, int, Person, Sequence[Person]], dict[str, Any] | None]

SYSTEM = "webshop"
CONNECTIONS = 16
MANY = 1000
"""People in one call of the large ones."""
REPEAT_OF = 67
"""Every fourth purchase repeats one that was sent so many requests before."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call: `gate` and `aim` are the ratios to `base` that the project has set itself, by database.

    `row` is the row of the table of goals; `role` says whose token is sent.
    """

    name: str
    title: str
    row: str
    method: str
    path: str
    body: Body
    gate: dict[str, float]
    aim: dict[str, float]
    role: str = SYSTEM
    base: str = "twin"
    connections: int = CONNECTIONS

    def request(self, salt: str, n: int, people: Sequence[Person], token: str) -> bytes:
        """The `n`-th request of a run, whole; `salt` keeps the keys of different runs apart."""
        if self.name == "purchase" and n % 4 == 3 and n > REPEAT_OF:
            n -= REPEAT_OF
        person = people[(n * 7919) % len(people)]
        content = self.body(salt, n, person, people)
        raw = b"" if content is None else json.dumps(content).encode()
        path = self.path.format(id=person[0], order=f"{salt}-{n}")
        head = f"{self.method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        if content is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n"
        return head.encode() + b"\r\n" + raw


def _consent(salt: str, n: int, person: Person, _people: Sequence[Person] = ()) -> dict[str, Any]:
    return {
        "event_id": f"{salt}-{n}",
        "customer": {"system": SYSTEM, "id": person[1]},
        "purpose": "newsletter",
        "channels": ["email"],
        "action": "given",
        "wording": {"id": "newsletter", "version": 1, "language": "fi"},
        "collected_via": "web_form",
        "occurred_at": "2026-01-15T10:00:00Z",
        "evidence": {"control": "newsletter_box", "form": "shop/checkout"},
    }


def _purchase(salt: str, n: int, _person: Person, _people: Sequence[Person]) -> dict[str, Any]:
    return {
        "purchased_on": "2026-01-15",
        "booked_on": "2026-01-15",
        "total": "129.80",
        "lines": [
            {"title": "Hieronta 60 min", "unit_price": "79.90", "vat_rate": "25.5"},
            {"title": "Lahjakortti", "unit_price": "49.90", "vat_rate": "0"},
        ],
        "voucher": {
            "number": f"{salt}-{n}",
            "record": "here",
            "material": "voucher",
            "buyer_as_printed": {"name": "Aino Esimerkki", "address": "Esimerkkikatu 1, 33200 Tampere"},
        },
        "product_group": "treatments",
        "fulfilled_on": "2026-01-16",
        "marketing_refusal_offered": True,
        "payment": {"provider": "Paytrail", "settled_on": "2026-01-15"},
    }


def _nothing(_salt: str, _n: int, _person: Person, _people: Sequence[Person]) -> None:
    return None


def _check(_salt: str, _n: int, person: Person, _people: Sequence[Person] = ()) -> dict[str, Any]:
    return {"purpose": "newsletter", "channel": "email", "subjects": [{"id": person[0]}]}


def _batch(salt: str, n: int, _person: Person, people: Sequence[Person]) -> dict[str, Any]:
    return {"items": [_consent(salt, n * MANY + k, people[k % len(people)]) for k in range(MANY)]}


def _check_many(_salt: str, _n: int, _person: Person, people: Sequence[Person]) -> dict[str, Any]:
    return {**_check("", 0, people[0]), "subjects": [{"id": id_} for id_, _ in people[:MANY]]}


def _both(ratio: float) -> dict[str, float]:
    return {"postgresql": ratio, "sqlite": ratio}


_WRITES = {"postgresql": 0.50, "sqlite": 0.35}
_WRITES_AIM = {"postgresql": 0.70, "sqlite": 0.60}
_PURCHASE = "/v1/customers/{id}/purchases/webshop/{order}"
_PERSON = "/v1/customers/{id}"
_CHECKS = "/v1/processing-checks"

SCENARIOS = (
    Scenario("consent", "record a consent", "1, 2", "POST", "/v1/consents", _consent, _WRITES, _WRITES_AIM),
    Scenario("purchase", "put a purchase", "1, 2", "PUT", _PURCHASE, _purchase, _WRITES, _WRITES_AIM),
    Scenario("read", "read a customer", "3", "GET", _PERSON, _nothing, _both(0.50), _both(0.70)),
    Scenario("audit", "read, audit or not", "4", "GET", _PERSON, _nothing, _both(0.65), _both(0.85), base="unaudited"),
    Scenario("check", "check one person", "5", "POST", _CHECKS, _check, _both(0.50), _both(0.80), role="mailer"),
    Scenario(
        *("check-many", "check 1000 people", "5", "POST", _CHECKS, _check_many, _both(0.50), _both(0.80)),
        role="mailer",
        connections=2,
    ),
    Scenario(
        *("batch", "1000 consents", "6", "POST", "/v1/consents/batch", _batch, _both(0.30), _both(0.50)),
        connections=2,
    ),
)


def named(name: str) -> Scenario:
    """The scenario of that name; raises `StopIteration` when there is none."""
    return next(scenario for scenario in SCENARIOS if scenario.name == name)
