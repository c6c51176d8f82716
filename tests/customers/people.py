"""What the tests of customers send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from app.main import create_app
from tests.worlds import Caller, World

OCCURRED = "2026-11-20T10:00:00Z"
BY_REFERENCE = "/v1/customers/by-reference"


def person(name: str | None = "Aino Esimerkki", **members: Any) -> dict[str, Any]:
    """A customer with every contact field; members given as None are left out."""
    whole = {
        "kind": "customer",
        "name": name,
        "email": f"{(name or 'nemo').split()[0].lower()}@example.fi",
        "phone": "040 123 4567",
        "address": {"street": "Esimerkkikatu 1", "postal_code": "33200", "city": "Tampere"},
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "reference": "1001", "occurred_at": OCCURRED},
        **members,
    }
    return {member: value for member, value in whole.items() if value is not None}


async def upsert(call: Caller, external_id: str = "c-1", role: str = "webshop", **members: Any) -> dict[str, Any]:
    """Make or update somebody under the integration's own reference."""
    answer = await call(role, "PUT", f"{BY_REFERENCE}/{role}/{external_id}", person(**members))
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def item(external_id: str, **members: Any) -> dict[str, Any]:
    """One item of a batch."""
    return {"reference": {"system": "webshop", "id": external_id}, **person(**members)}


def purchase(**members: Any) -> dict[str, Any]:
    """A fulfilled and paid order whose voucher is kept here."""
    return {
        "purchased_on": "2026-03-01",
        "booked_on": "2026-03-01",
        "total": "49.90",
        "lines": [{"title": "Hoito", "unit_price": "49.90", "vat_rate": "25.5"}],
        "voucher": voucher(),
        "fulfilled_on": "2026-03-02",
        "payment": {"provider": "Paytrail", "settled_on": "2026-03-01"},
        **members,
    }


def voucher(number: str = "V-1", **members: Any) -> dict[str, Any]:
    """A voucher kept here, with its buyer as printed."""
    printed = {"name": "Aino Esimerkki", "address": "Esimerkkikatu 1\n33200 Tampere"}
    return {"number": number, "record": "here", "material": "voucher", "buyer_as_printed": printed, **members}


def booking(**members: Any) -> dict[str, Any]:
    """A booking that lies ahead."""
    return {"starts_at": "2026-12-01T10:00:00Z", "ends_at": "2026-12-01T11:00:00Z", "service": "Hoito", **members}


async def erasure_decided(call: Caller, world: World, customer_id: str) -> None:
    """An erasure request, decided: the person is restricted until it is executed."""
    request = {"right": "erasure", "customer": {"id": customer_id}, "channel": "email", "received_at": OCCURRED}
    case = (await call("admin", "POST", "/v1/subject-requests", request, expect=201))["case_number"]
    decision = {
        "outcome": "as_assessed",
        "reasoning": "Nothing open.",
        "identity": {"level": "substantial", "how": "Known."},
    }
    await call("dpo", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)


async def erase(call: Caller, world: World, customer_id: str) -> None:
    """An erasure from receipt to execution."""
    await erasure_decided(call, world, customer_id)
    world.later(minutes=1)
    assert await world.run_due() == 1


@asynccontextmanager
async def second_process(world: World) -> AsyncIterator[Caller]:
    """Another process of the service on the same database, as far as a test can be one; it trusts its memory long."""
    app = create_app(world.settings.model_copy(update={"cache_seconds": 60}), lambda: world.now)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://elsewhere.test") as client:
        yield Caller(client)
    await app.state.services.db.close()


async def audited(world: World) -> list[Any]:
    """The audit rows so far, oldest first."""
    return await world.rows("SELECT * FROM audit_events ORDER BY id")
