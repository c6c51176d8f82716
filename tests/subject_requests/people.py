"""People, orders and requests as the tests of subject requests send them."""

from dataclasses import dataclass
from typing import Any

from tests.worlds import Caller

RECEIVED = "2026-11-22T10:00:00Z"
DECISION: dict[str, Any] = {
    "outcome": "as_assessed",
    "reasoning": "No order is open and nobody objects.",
    "identity": {"level": "substantial", "how": "Answered from the address held."},
}


def customer(number: int = 1, **members: Any) -> dict[str, Any]:
    """A customer with every contact field."""
    return {
        "kind": "customer",
        "name": f"Aino Esimerkki{number}",
        "email": f"aino{number}@example.fi",
        "phone": f"040 100 {number:04d}",
        "address": {"street": f"Koetie {number}", "postal_code": "33200", "city": "Tampere"},
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "reference": f"o-{number}", "occurred_at": "2024-03-01T10:00:00Z"},
        **members,
    }


def purchase(booked_on: str, number: str, **members: Any) -> dict[str, Any]:
    """An order, delivered and paid, with its voucher kept here."""
    return {
        "purchased_on": booked_on,
        "booked_on": booked_on,
        "total": "49.90",
        "lines": [{"title": "Hoito", "unit_price": "49.90", "vat_rate": "24"}],
        "voucher": voucher(number),
        "fulfilled_on": booked_on,
        "payment": {"provider": "Paytrail", "method": "verkkopankki", "settled_on": booked_on},
        **members,
    }


def voucher(number: str, **members: Any) -> dict[str, Any]:
    """A voucher with its buyer as printed."""
    printed = {"name": "Aino Esimerkki", "address": "Koetie 1, 33200 Tampere"}
    return {"number": number, "record": "here", "material": "voucher", "buyer_as_printed": printed, **members}


@dataclass
class Desk:
    """Somebody at the desk: registers people, receives requests, decides."""

    call: Caller

    async def person(self, number: int = 1, **members: Any) -> str:
        """A customer of the webshop; the id."""
        path = f"/v1/customers/by-reference/webshop/c-{number}"
        made = await self.call("webshop", "PUT", path, customer(number, **members), expect=201)
        return str(made["id"])

    async def buys(self, person: str, booked_on: str, number: str = "V-1", **members: Any) -> dict[str, Any]:
        """An order of the person."""
        path = f"/v1/customers/{person}/purchases/webshop/order-{number}"
        answer: dict[str, Any] = await self.call(
            "webshop", "PUT", path, purchase(booked_on, number, **members), expect=201
        )
        return answer

    async def asks(self, right: str, person: str | None = None, **members: Any) -> dict[str, Any]:
        """A request for a right."""
        who = {"customer": {"id": person}} if person else {}
        sent = {"right": right, "channel": "email", "received_at": RECEIVED, **who, **members}
        answer: dict[str, Any] = await self.call("admin", "POST", "/v1/subject-requests", sent, expect=201)
        return answer

    async def assessed(self, case: str) -> dict[str, dict[str, Any]]:
        """The binding verdict of each holding."""
        path = f"/v1/subject-requests/{case}/assessment"
        found = await self.call("dpo", "GET", path, expect=200)
        return {holding["holding"]: holding["outcome"] for holding in found["holdings"]}

    async def decides(self, case: str, expect: int = 200, **members: Any) -> dict[str, Any]:
        """A decision on the case."""
        path = f"/v1/subject-requests/{case}/decision"
        answer: dict[str, Any] = await self.call("dpo", "POST", path, {**DECISION, **members}, expect=expect)
        return answer

    async def reads(self, case: str) -> dict[str, Any]:
        """The case as it stands."""
        answer: dict[str, Any] = await self.call("dpo", "GET", f"/v1/subject-requests/{case}", expect=200)
        return answer


def of_kind(verdicts: dict[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The verdicts on holdings of a kind."""
    return [verdict for verdict in verdicts.values() if verdict["kind"] == kind]
