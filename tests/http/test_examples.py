"""What Swagger UI starts from works at once, on the people that a first start makes."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from app import demo_people
from app.auth.actor import to_actor
from app.auth.repository import client_by_name
from app.openapi import bodies_of, examples
from app.openapi_operations import operations
from app.register.builtin import BACKGROUND, builtin_operation
from tests.worlds import TOKENS, World

pytestmark = pytest.mark.anyio

ORDER = (
    *("search_customers", "register_customer", "upsert_customer", "upsert_customers", "correct_customer"),
    *("put_purchase", "put_booking", "classify_voucher", "put_wording", "record_consent", "record_consents"),
    *(
        "invite_consent",
        "make_unsubscribe_links",
        "check_processing",
        "register_processor",
        "update_processor",
        "record_agreement",
    ),
    *(
        "record_transfer",
        "check_transfer",
        "ask_what_if",
        "record_lapse",
        "take_back_lapse",
        "register_sub_processor",
        "update_sub_processor",
        "end_transfer",
        "disclose",
        "disclose_batch",
        "make_api_client",
        "rotate_token",
        "set_client_email",
    ),
    *("receive_request", "change_request", "check_identity", "extend_request", "issue_letter", "deliver_letter"),
    *("withdraw_request", "set_hold", "make_calendar_feed"),
    *("report_breach", "change_breach", "notify_authority", "write_communication", "list_affected", "assess_breach"),
    *("close_breach", "reopen_breach", "receive_email", "report_death", "withdraw_death", "review_suppressions"),
)
"""As a person would try them, one after the other."""
WHO = {"record_consent": "webshop"}
"""Staff cannot consent for a person; everything else is tried as the owner."""
LATER = {
    *("apply_register", "decide_request", "complete_request", "contest_values", "lift_restriction", "redact_data"),
    *(
        "record_people_told",
        "issue_breach_letters",
        "deliver_breach_letters",
        "confirm_decision",
        "ask_fee",
        "settle_fee",
        "decide_inactivity_proposals",
        "answer_notification",
        "take_opendsr_callback",
        "record_tellings",
    ),
}
"""They need the whole definition, a request that is ready for them, the key of somebody, or another person."""


async def meet_people(world: World) -> None:
    """Bring in the demo people as the first start does."""

    def introduce(connection: Connection) -> None:
        rows = [client_by_name(connection, name) for name in ("owner", "webshop", "booking")]
        actors = demo_people.Actors(*(operation.for_actor(row) for row in rows))
        demo_people.introduce(connection, actors)

    operation = _Operations(await builtin_operation(BACKGROUND, world.services, world.registers))
    await world.db.write(introduce)


class _Operations:
    def __init__(self, op: Any) -> None:
        self._op = op

    def for_actor(self, row: Any) -> Any:
        from dataclasses import replace

        return replace(self._op, actor=to_actor(row))


async def test_every_example_is_taken(api: httpx.AsyncClient, world: World) -> None:
    """In the order in which one would try them, each example answers success."""
    await meet_people(world)
    by_id = {op["operationId"]: (key, op) for key, op in operations(world.app.openapi()).items()}
    known = {**examples()["parameters"]}
    refused: list[str] = []
    for operation_id in ORDER:
        (method, path), operation = by_id[operation_id]
        for name, body in bodies_of(operation_id).items():
            headers = {"Authorization": f"Bearer {TOKENS[WHO.get(operation_id, 'owner')]}"}
            headers |= {"If-Match": "*"} if "428" in operation["responses"] else {}
            answer = await api.request(method, path.format(**known), json=body, headers=headers)
            if not answer.is_success:
                refused.append(f"{operation_id} ({name}): {answer.status_code} {answer.text}")
                continue
            _remember(known, operation_id, answer.json())

    assert not refused, "\n".join(refused)
    assert set(ORDER) | LATER == set(examples()["bodies"])


def _remember(known: dict[str, Any], operation_id: str, made: dict[str, Any]) -> None:
    if operation_id == "upsert_customer":
        known["customer_id"] = made["id"]
    elif operation_id == "record_transfer":
        known["transfer_id"] = made["id"]
    elif operation_id == "record_lapse":
        known["lapse_id"] = made["id"]
    elif operation_id == "register_sub_processor":
        known["sub_processor_id"] = made["id"]
    elif operation_id == "make_api_client":
        known["client_id"] = made["id"]
    elif operation_id == "receive_request":
        known.setdefault("request", made["case_number"])
    elif operation_id == "report_breach":
        known["breach"] = made["number"]
    elif operation_id == "register_customer":
        known.setdefault("customer_id", made["id"])
