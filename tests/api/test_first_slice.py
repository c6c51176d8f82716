"""The first slice over HTTP."""

import pytest

from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

CUSTOMER = {
    "kind": "customer",
    "name": "Aino Esimerkki",
    "email": "aino@example.fi",
    "phone": "040 123 4567",
    "address": {"street": "Esimerkkikatu 1", "postal_code": "33200", "city": "Tampere"},
    "source": "customer_relationship",
    "interaction": {"kind": "purchase", "reference": "1001", "occurred_at": "2026-11-20T10:00:00Z"},
}


async def test_a_webshop_registers_reads_and_repeats(call: Caller) -> None:
    """An upsert makes one customer, a repeat changes nothing, and the customer can be read."""
    path = "/v1/customers/by-reference/webshop/c-1"
    made = await call("webshop", "PUT", path, CUSTOMER, expect=201)
    again = await call("webshop", "PUT", path, CUSTOMER, expect=200)
    read = await call("webshop", "GET", f"/v1/customers/{made['id']}", expect=200)

    assert made["id"] == again["id"] == read["id"]
    assert read["version"] == 1
    assert read["phone"] == "040 123 4567"


async def test_a_consent_is_recorded_and_checked(call: Caller, world: World) -> None:
    """A consent given changes what the check answers."""
    made = await call("booking", "PUT", "/v1/customers/by-reference/booking/b-1", CUSTOMER, expect=201)
    ask = {"purpose": "booking_data", "subjects": [{"id": made["id"]}]}
    before = await call("booking", "POST", "/v1/processing-checks", ask, expect=200)
    consent = {
        "event_id": "e-1",
        "customer": {"id": made["id"]},
        "purpose": "booking_data",
        "action": "given",
        "wording": {"id": "booking_data", "version": 1},
        "collected_via": "booking_form",
        "occurred_at": "2026-11-22T10:00:00Z",
    }
    await call("booking", "POST", "/v1/consents", consent, expect=201)
    after = await call("booking", "POST", "/v1/processing-checks", ask, expect=200)

    assert before["results"][0]["allowed"] is False
    assert after["results"][0]["allowed"] is True
    assert (await call("booking", "POST", "/v1/consents", consent)).status_code == 200


async def test_an_erasure_goes_end_to_end(call: Caller, world: World) -> None:
    """Assessment, decision, execution: vouchers stay restricted, everything else goes, the customer answers 410."""
    made = await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", CUSTOMER, expect=201)
    purchase = {
        "purchased_on": "2024-03-01",
        "booked_on": "2024-03-01",
        "total": "49.90",
        "lines": [{"title": "Hoito", "unit_price": "49.90", "vat_rate": "24"}],
        "voucher": {
            "number": "V-1",
            "record": "here",
            "material": "voucher",
            "buyer_as_printed": {"name": "Aino Esimerkki", "address": "Esimerkkikatu 1, 33200 Tampere"},
        },
        "fulfilled_on": "2024-03-02",
        "payment": {"provider": "Paytrail", "settled_on": "2024-03-01"},
    }
    await call("webshop", "PUT", f"/v1/customers/{made['id']}/purchases/webshop/1001", purchase, expect=201)
    request = await call(
        "admin",
        "POST",
        "/v1/subject-requests",
        {"right": "erasure", "customer": {"id": made["id"]}, "channel": "email", "received_at": "2026-11-22T10:00:00Z"},
        expect=201,
    )
    case = f"/v1/subject-requests/{request['case_number']}"
    assessment = await call("dpo", "GET", f"{case}/assessment", expect=200)
    outcomes = {h["kind"]: h["outcome"] for h in assessment["holdings"]}
    decision = {"outcome": "as_assessed", "reasoning": "Nothing open.", "identity": {"level": "low", "how": "Known."}}
    await call("dpo", "POST", f"{case}/decision", decision, expect=200)
    world.later(minutes=1)
    executed = await world.run_due()
    done = await call("dpo", "GET", case, expect=200)
    gone = await call("webshop", "GET", f"/v1/customers/{made['id']}")

    assert outcomes["voucher"]["verdict"] == "retain"
    assert outcomes["voucher"]["until"] == "2034-12-31"
    assert outcomes["contact_details"]["verdict"] == "erase"
    assert executed == 1
    assert done["state"] == "executing"
    assert gone.status_code == 410
    assert "aino" not in gone.text.lower()
