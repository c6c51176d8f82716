"""A webshop: the buyer and the consent under the order's own keys, and the question before any mail.

export SELOSTE_URL=http://127.0.0.1:8000 SELOSTE_TOKEN=seloste_…; python docs/examples/webshop.py
"""

import asyncio
import os

import httpx


async def sell(api: httpx.AsyncClient, number: str, email: str, now: str) -> bool:
    """Register a buyer who ticked the newsletter; whether it may be sent. Safe to call again with the same number."""
    who, bought = {"system": "webshop", "id": number}, {"kind": "purchase", "occurred_at": now}
    buyer = {"name": "Veera Verkko", "email": email, "source": "customer_relationship", "interaction": bought}
    (await api.put(f"/v1/customers/by-reference/webshop/{number}", json=buyer)).raise_for_status()
    shown = {"wording": {"id": "newsletter", "version": 1, "language": "fi"}, "collected_via": "checkout"}
    ticked = {"event_id": f"order-{number}", "customer": who, "purpose": "newsletter", "channels": ["email"], **shown}
    (await api.post("/v1/consents", json={**ticked, "action": "given", "occurred_at": now})).raise_for_status()
    question = {"purpose": "newsletter", "channel": "email", "subjects": [who]}
    answer = (await api.post("/v1/processing-checks", json=question)).raise_for_status().json()["results"][0]
    return bool(answer["allowed"])  # the reasons stand beside it; no answer means no


async def main() -> None:
    """Sell once."""
    headers = {"Authorization": f"Bearer {os.environ['SELOSTE_TOKEN']}"}
    async with httpx.AsyncClient(base_url=os.environ["SELOSTE_URL"], headers=headers) as api:
        await sell(api, "1001", "veera.verkko@example.fi", "2026-01-02T10:00:00+02:00")


if __name__ == "__main__":
    asyncio.run(main())
