"""Every operation that can touch a person: enforces a restriction (Art. 18), or is exempt for a reason (18(2))."""

from typing import Any

import pytest

from tests.http.stage import Stage, access, build, restricted
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio

OWN_RIGHTS = "the person's own rights, and the duty to answer them"
OWN_ACT = "the person's own consent, refusal or withdrawal"
CONTRACT = "an order or booking of the person's own is taken and served; only what the caller sent is answered"
CLAIMS = "legal claims"
BOOKS = "a legal duty, for the accountant alone"
IDS = "ids alone, no value of the person"
BREACH = "the duty to tell of a breach (Art. 33, 34), by subject key alone"
STORAGE_LIMITATION = "the controller's duty to erase (Art. 5(1)(e)), which whoever is restricted is left out of"
NOBODY = "no person's data"

EXEMPT = {
    **dict.fromkeys(
        ("receive_request", "list_requests", "read_request", "change_request", "check_identity", "extend_request"),
        OWN_RIGHTS,
    ),
    **dict.fromkeys(
        ("assess_request", "decide_request", "cancel_decision", "complete_request", "withdraw_request"), OWN_RIGHTS
    ),
    **dict.fromkeys(("contest_values", "lift_restriction", "confirm_decision", "ask_fee", "settle_fee"), OWN_RIGHTS),
    **dict.fromkeys(("receive_email", "list_candidates", "list_timeline"), OWN_RIGHTS),
    **dict.fromkeys(("issue_letter", "list_letters", "read_answer", "read_letter", "deliver_letter"), OWN_RIGHTS),
    **dict.fromkeys(("read_letter_page", "read_letter_document", "open_link", "fetch_data"), OWN_RIGHTS),
    **dict.fromkeys(("open_request_forms", "open_request_form", "send_request_form", "open_case"), OWN_RIGHTS),
    **dict.fromkeys(("list_redactions", "read_release", "withdraw_release"), OWN_RIGHTS),
    **dict.fromkeys(("read_death", "report_death", "withdraw_death"), "what a death ends is not processed any more"),
    **dict.fromkeys(("decide_inactivity_proposals", "cancel_inactivity_decision"), STORAGE_LIMITATION),
    **dict.fromkeys(("report_breach", "change_breach", "assess_breach", "close_breach", "reopen_breach"), BREACH),
    **dict.fromkeys(("list_affected", "record_people_told", "write_communication", "notify_authority"), BREACH),
    **dict.fromkeys(("record_consent", "record_consents", "open_invitation", "confirm_invitation"), OWN_ACT),
    **dict.fromkeys(("make_unsubscribe_links", "open_unsubscribe", "unsubscribe"), OWN_ACT),
    **dict.fromkeys(("put_purchase", "put_booking"), CONTRACT),
    **dict.fromkeys(("set_hold", "list_holds", "release_hold"), CLAIMS),
    **dict.fromkeys(("list_vouchers", "classify_voucher"), BOOKS),
    **dict.fromkeys(("list_changes", "list_duplicates", "list_audit_events", "list_audit_seals"), IDS),
    **dict.fromkeys(("list_inactivity_proposals", "read_inactivity_decision", "list_breach_people"), IDS),
    **dict.fromkeys(("list_notifications", "read_notification"), IDS),
    **dict.fromkeys(("answer_notification", "retry_notification", "open_answer_page", "answer_on_page"), OWN_RIGHTS),
    "list_people_of_processor": IDS,
    "take_opendsr_callback": OWN_RIGHTS,
    "record_tellings": "the person's own right to be told (Art. 13(3), 21(4))",
    "register_customer": "makes another record",
    **dict.fromkeys(("issue_breach_letters", "deliver_breach_letters"), "people must be told of a breach (Art. 34)"),
    **dict.fromkeys(("read_breach_notice_page", "read_breach_notice_document"), NOBODY),
    **dict.fromkeys(
        (
            *("apply_register", "ask_what_if", "assess_transfer", "end_transfer", "health", "list_agreements"),
            *("list_api_clients", "list_assessments", "list_processors", "list_register_versions", "list_transfers"),
            *("list_notice_versions", "read_notice_version", "compare_notice_versions", "list_notice_findings"),
            *("read_notice", "read_notice_document", "read_processing_record", "read_processing_record_table"),
            *("read_processing_record_page", "read_processing_record_document", "read_processing_record_linked_data"),
            *("list_transfers_to_processor", "list_wordings", "make_api_client", "metrics", "put_wording"),
            *("read_processor", "read_register", "read_register_version", "read_transfer", "readiness"),
            *("record_agreement", "record_transfer", "register_processor", "rotate_token", "update_processor"),
            *("withdraw_api_client", "set_client_email", "read_calendar", "list_calendar_feeds", "make_calendar_feed"),
            *("probe_mailchimp_hook", "take_mailchimp_event"),
            *("withdraw_calendar_feed", "list_breaches", "read_breach", "read_breach_notice"),
            "hear_mycashflow",
            *("read_quarter_report", "read_quarter_report_table", "read_quarter_report_document"),
            "read_authority_file",
            *("list_suppression_reviews", "review_suppressions", "read_suppressions_standing"),
            *("list_adequacy_decisions", "record_lapse", "list_lapses", "take_back_lapse", "check_transfer"),
            *("list_transfer_checks", "read_promises", "list_expiring", "register_sub_processor"),
            *("list_sub_processors", "update_sub_processor"),
        ),
        NOBODY,
    ),
}
"""Operations that a restriction leaves alone, and why."""

REFUSED = {
    *("correct_customer", "list_proposals", "accept_proposal", "dismiss_proposal", "list_contested"),
    *(
        "list_purchases",
        "list_bookings",
        "list_consents",
        "list_tellings",
        "read_consent_receipt",
        "read_signed_receipt",
        "list_disclosures",
        "invite_consent",
    ),
    *("read_data", "read_data_page", "read_data_document", "read_data_archive", "release_data"),
    *("redact_data", "undo_redaction"),
}
"""They answer 409 `restricted` to a purpose that the restriction does not allow."""
SHOWS_NOTHING = {"read_customer", "search_customers", "upsert_customer", "upsert_customers"}
"""They answer with the id and `restricted`; values that arrive wait as proposals."""
SAYS_NO = {"check_processing", "disclose", "disclose_batch"}
"""They answer no, with the restriction as a reason."""
VALUES = ("both@example.fi", "late@example.fi")


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """What is enforced does not depend on the engine."""
    return request.getfixturevalue("sqlite_template")


async def test_each_operation_enforces_a_restriction_or_says_why_not(world: World, call: Caller) -> None:
    """Somebody restricted for a claim of their own, asked about in every way by the owner for the customer relation."""
    stage = await build(world, call)
    await restricted(call, "both")
    stage.cases["access"] = await access(call, customer={"system": "webshop", "id": "both"})
    known = {operation["operationId"]: key for key, operation in stage.operations().items()}
    enforced = REFUSED | SHOWS_NOTHING | SAYS_NO
    before = await world.rows("SELECT name, email, phone FROM customers ORDER BY id")
    wrong = []
    for operation_id in sorted(enforced):
        method, path = known[operation_id]
        answer = await _ask(call, stage, operation_id, method, path)
        told = answer.text
        if operation_id in REFUSED:
            fine = answer.status_code == 409 and answer.json()["code"] == "restricted"
        else:
            says = "restricted" in told or operation_id == "upsert_customers"  # that one answers ids alone
            fine = answer.is_success and says and not any(value in told for value in VALUES)
        if not fine:
            wrong.append(f"{operation_id}: {answer.status_code} {told[:300]}")

    assert set(known) == enforced | set(EXEMPT)
    assert not enforced & set(EXEMPT)
    assert not wrong, "\n".join(wrong)
    assert await world.rows("SELECT name, email, phone FROM customers ORDER BY id") == before


async def _ask(call: Caller, stage: Stage, operation_id: str, method: str, path: str) -> Any:
    """The well-formed call, about the person, for a purpose that a restriction does not allow."""
    bodies = {
        "search_customers": {"email": VALUES[0]},
        "check_processing": {"purpose": "customer_relationship", "subjects": [{"id": stage.made["customer_id"]}]},
    }
    body = bodies.get(operation_id, stage.body_of(operation_id, "owner"))
    headers = stage.headers_of(operation_id) | {"Purpose": "customer_relationship"}
    headers |= {"Authorization": f"Bearer {TOKENS['owner']}"}
    whole = stage.path_of(path, operation_id, "webshop", external_id="both")
    return await call.api.request(method, whole, json=_about(body, stage), headers=headers)


def _about(body: Any, stage: Stage) -> Any:
    """The same body about the person of the stage."""
    person = {"id": stage.made["customer_id"]}
    if isinstance(body, dict):
        changed = {name: _about(value, stage) for name, value in body.items()}
        changed |= {"customer": person} if "customer" in body else {}
        changed |= {"customers": [person]} if "customers" in body else {}
        changed |= {"reference": {"system": "webshop", "id": "both"}} if isinstance(body.get("reference"), dict) else {}
        return changed
    return [_about(one, stage) for one in body] if isinstance(body, list) else body
