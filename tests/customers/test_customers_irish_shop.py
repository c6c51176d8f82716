"""Another controller is another document: the same routes serve the Irish shop with no code change."""

from typing import Any

import pytest

from tests.customers.people import BY_REFERENCE, booking, purchase, voucher
from tests.register.documents import IRISH
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PATH = f"{BY_REFERENCE}/webshop/c-1"


@pytest.fixture(autouse=True)
async def _irish(call: Caller) -> None:
    applied = await call("owner", "PUT", "/v1/register", {"document": IRISH}, expect=200, If_Match='"1"')
    assert applied == {"version": 2, "changed": True}


def buyer(**members: Any) -> dict[str, Any]:
    """A customer of the bicycle shop."""
    return {
        "name": "Aoife Sample",
        "email": "aoife@example.ie",
        "address": {"street": "1 Example Quay", "postal_code": "D00 X000", "city": "Dublin"},
        "source": "till",
        "interaction": {"kind": "purchase", "occurred_at": "2026-11-20T10:00:00Z"},
        **members,
    }


async def test_its_own_language_country_and_sources(call: Caller) -> None:
    """The first language, the controller's country and the declared source are the document's."""
    made = await call("webshop", "PUT", PATH, buyer(), expect=201)
    assert (made["language"], made["address"]["country"], made["source_reason"]) == ("en", "IE", None)
    await call("webshop", "PUT", PATH, buyer(language="fi"), expect=422)
    await call("webshop", "PUT", PATH, buyer(source="customer_relationship"), expect=422)


async def test_its_own_purposes_by_role(call: Caller, world: World) -> None:
    """Who names no purpose acts for the document's first one of the nature that suits the role."""
    made = await call("webshop", "PUT", PATH, buyer(), expect=201)
    await call("accountant", "GET", f"/v1/customers/{made['id']}", expect=200)
    await call("dpo", "GET", f"/v1/customers/{made['id']}", expect=200, Purpose="warranty")
    await call("dpo", "GET", f"/v1/customers/{made['id']}", expect=422, Purpose="customer_relationship")
    rows = await world.rows("SELECT purpose FROM audit_events WHERE register_version = 2 ORDER BY id")
    assert [row.purpose for row in rows] == ["order_service", "bookkeeping", "warranty"]


async def test_declared_extra_fields_are_stored(call: Caller) -> None:
    """A declared field is checked against its declaration, kept, changed one by one, and emptied by null."""
    made = await call("webshop", "PUT", PATH, buyer(attributes={"frame_size": "M", "frame_number": "X-1"}), expect=201)
    again = await call("webshop", "PUT", PATH, buyer(attributes={"serviced_on": "2026-05-04"}), expect=200)
    sent = {"attributes": {"frame_number": None, "frame_size": "L"}}
    patched = await call("admin", "PATCH", f"/v1/customers/{made['id']}", sent, expect=200, If_Match="*")
    nothing = {"attributes": None}
    emptied = await call("admin", "PATCH", f"/v1/customers/{made['id']}", nothing, expect=200, If_Match="*")
    assert again["attributes"] == {"frame_size": "M", "frame_number": "X-1", "serviced_on": "2026-05-04"}
    assert patched["attributes"] == {"frame_size": "L", "serviced_on": "2026-05-04"}
    assert emptied["attributes"] == {}


UNDECLARED: list[tuple[dict[str, str], str]] = [
    ({"shoe_size": "42"}, "shoe_size"),
    ({"frame_size": "XXL"}, "frame_size"),
    ({"serviced_on": "soon"}, "serviced_on"),
]


async def test_undeclared_fields_are_refused(call: Caller) -> None:
    """F26: what is not declared, or not as declared, is refused by name."""
    for attributes, field in UNDECLARED:
        problem = await call("webshop", "PUT", PATH, buyer(attributes=attributes), expect=422)
        assert problem["errors"][0]["pointer"] == f"#/attributes/{field}"
        assert attributes[field] not in str(problem["errors"][0]["detail"]).split()


async def test_fields_switched_off_are_refused(call: Caller) -> None:
    """This shop holds no telephone numbers and keeps no bookings."""
    problem = await call("webshop", "PUT", PATH, buyer(phone="01 555 0100"), expect=422)
    assert problem["errors"][0]["pointer"] == "#/phone"
    made = await call("booking", "PUT", f"{BY_REFERENCE}/booking/b-1", buyer(), expect=201)
    await call("booking", "PUT", f"/v1/customers/{made['id']}/bookings/booking/1", booking(), expect=422)


async def test_its_vouchers_follow_its_own_statute(call: Caller) -> None:
    """A sale of November 2026 belongs to the year ending in June 2027 and stays seven years more."""
    made = await call("webshop", "PUT", PATH, buyer(), expect=201)
    sent = purchase(purchased_on="2026-11-02", booked_on="2026-11-02", fulfilled_on="2026-11-03", voucher=voucher())
    await call("webshop", "PUT", f"/v1/customers/{made['id']}/purchases/webshop/1", sent, expect=201)
    request = {
        "right": "erasure",
        "customer": {"id": made["id"]},
        "channel": "email",
        "received_at": "2026-11-22T10:00:00Z",
    }
    case = (await call("admin", "POST", "/v1/subject-requests", request, expect=201))["case_number"]
    assessment = await call("dpo", "GET", f"/v1/subject-requests/{case}/assessment", expect=200)
    kept = [h["outcome"] for h in assessment["holdings"] if h["kind"] == "voucher"]
    assert [outcome["until"] for outcome in kept] == ["2034-12-31"]
