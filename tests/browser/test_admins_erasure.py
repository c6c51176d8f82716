"""The admin's whole erasure through Swagger UI: receive, assess, decide, read (F97, F98)."""

import time
from datetime import UTC, datetime

from tests.browser.swagger import Swagger
from tests.browser.visiting import Visitors, shoot
from tests.cli.running import PATIENCE, Process

REQUESTS = "subject requests"


def test_an_erasure_from_receipt_to_the_empty_shell(visitors: Visitors, service: Process) -> None:
    """An admin receives it, the data-protection officer decides, and the service executes it while they look on."""
    page = visitors.come()
    swagger = Swagger(page)
    tokens = service.tokens
    swagger.authorize(tokens["admin"])
    sent = {
        "right": "erasure",
        "customer": {"system": "webshop", "id": "demo-1"},
        "channel": "email",
        "received_at": datetime.now(UTC).isoformat(),
    }
    status, case = swagger.call(REQUESTS, "receive_request", sent)
    assert (status, case["state"]) == (201, "received")

    swagger.authorize(tokens["dpo"])
    number = case["case_number"]
    status, assessed = swagger.call(REQUESTS, "assess_request", request=number)
    assert (status, assessed["questions"]) == (200, [])
    shoot(page, "swagger-assessment", whole=False)
    decision = {
        "outcome": "as_assessed",
        "reasoning": "No open orders; the vouchers stay for accounting.",
        "identity": {"level": "substantial", "how": "Answered from the e-mail address on record."},
    }
    status, decided = swagger.call(REQUESTS, "decide_request", decision, request=number)
    assert (status, decided["decision"]["decided_by_name"]) == (200, "dpo")
    give_up_at = time.monotonic() + PATIENCE
    while not (now := service.call(tokens["dpo"], "GET", f"/v1/subject-requests/{number}")[1])["executed_at"]:
        assert time.monotonic() < give_up_at, now
        time.sleep(0.05)
    status, executed = swagger.call(REQUESTS, "read_request", request=number)
    assert (status, executed["executed_at"]) == (200, now["executed_at"])
    shoot(page, "swagger-executed", whole=False)
    gone = service.call(tokens["admin"], "GET", f"/v1/customers/{case['customer_id']}")
    assert (gone[0], gone[1]["code"]) == (410, "customer-erased")
