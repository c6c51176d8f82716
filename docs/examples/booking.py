"""A booking system: people and bookings under its own keys, consents in a batch, and whom to forget since.

export SELOSTE_URL=http://127.0.0.1:8000 SELOSTE_TOKEN=seloste_…; python docs/examples/booking.py
"""

import asyncio
import os

import httpx


async def book(api: httpx.AsyncClient, number: str, email: str, now: str) -> list[dict[str, str]]:
    """Register who booked, the booking and the consent to its data; the changes that concern this system."""
    made = {"source": "web_form", "interaction": {"kind": "booking", "occurred_at": now}}
    guest = {"name": "Varpu Varaaja", "email": email, **made}
    known = (await api.put(f"/v1/customers/by-reference/booking/{number}", json=guest)).raise_for_status().json()
    slot = {"starts_at": "2030-05-02T10:00:00+03:00", "ends_at": "2030-05-02T11:00:00+03:00", "service": "A visit"}
    (await api.put(f"/v1/customers/{known['id']}/bookings/booking/R-{number}", json=slot)).raise_for_status()
    shown = {"wording": {"id": "booking_data", "version": 1}, "collected_via": "booking_form", "occurred_at": now}
    given = {"event_id": f"data-{number}", "purpose": "booking_data", "action": "given", **shown}
    batch = {"items": [{**given, "customer": {"id": known["id"]}}]}
    (await api.post("/v1/consents/batch", json=batch)).raise_for_status()
    return list((await api.get("/v1/changes")).raise_for_status().json()["items"])  # whom to restrict, erase, correct


async def main() -> None:
    """Book once."""
    headers = {"Authorization": f"Bearer {os.environ['SELOSTE_TOKEN']}"}
    async with httpx.AsyncClient(base_url=os.environ["SELOSTE_URL"], headers=headers) as api:
        await book(api, "B-7", "varpu.varaaja@example.com", "2026-01-02T10:00:00+02:00")


if __name__ == "__main__":
    asyncio.run(main())
