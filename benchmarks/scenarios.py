"""The calls that are measured: what one request of each looks like on the wire, and what is expected of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Person = tuple[str, str]
"""Id in the register and reference in the webshop's system."""
Body = Callable[[str, int, Person], dict[str, Any] | None]

SYSTEM = "webshop"
REPEAT_OF = 67
"""Every fourth purchase repeats one that was sent so many requests before."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call: `gate` and `aim` are the ratios to the twin that the project has set itself, by database."""

    name: str
    title: str
    method: str
    path: str
    body: Body
    gate: dict[str, float]
    aim: dict[str, float]

    def request(self, salt: str, n: int, people: Sequence[Person], token: str) -> bytes:
        """The `n`-th request of a run, whole; `salt` keeps the keys of different runs apart."""
        if self.name == "purchase" and n % 4 == 3 and n > REPEAT_OF:
            n -= REPEAT_OF
        person = people[(n * 7919) % len(people)]
        content = self.body(salt, n, person)
        raw = b"" if content is None else json.dumps(content).encode()
        path = self.path.format(id=person[0], order=f"{salt}-{n}")
        head = f"{self.method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        if content is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n"
        return head.encode() + b"\r\n" + raw


def _consent(salt: str, n: int, person: Person) -> dict[str, Any]:
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


def _purchase(salt: str, n: int, _person: Person) -> dict[str, Any]:
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


def _nothing(_salt: str, _n: int, _person: Person) -> None:
    return None


def _check(_salt: str, _n: int, person: Person) -> dict[str, Any]:
    return {"purpose": "newsletter", "channel": "email", "subjects": [{"id": person[0]}]}


_WRITES = {"postgresql": 0.50, "sqlite": 0.35}
_WRITES_AIM = {"postgresql": 0.70, "sqlite": 0.60}
_BOTH = {"postgresql": 0.50, "sqlite": 0.50}

SCENARIOS = (
    Scenario("consent", "record a consent", "POST", "/v1/consents", _consent, _WRITES, _WRITES_AIM),
    Scenario(
        "purchase",
        "put a purchase",
        "PUT",
        "/v1/customers/{id}/purchases/webshop/{order}",
        _purchase,
        _WRITES,
        _WRITES_AIM,
    ),
    Scenario(
        "read",
        "read a customer",
        "GET",
        "/v1/customers/{id}",
        _nothing,
        _BOTH,
        {"postgresql": 0.70, "sqlite": 0.70},
    ),
    Scenario(
        "check",
        "check one person",
        "POST",
        "/v1/processing-checks",
        _check,
        _BOTH,
        {"postgresql": 0.80, "sqlite": 0.80},
    ),
)


def named(name: str) -> Scenario:
    """The scenario of that name; raises `StopIteration` when there is none."""
    return next(scenario for scenario in SCENARIOS if scenario.name == name)
