"""The calls whose statements must be answered from an index: every list, and what is called all day."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who makes it, and what is sent where; `{…}` names somebody of the register."""

    role: str
    method: str
    path: str
    body: Any = None


PAGES: dict[str, tuple[Call, ...]] = {
    "list_notice_versions": (Call("dpo", "GET", "/v1/notice/versions?limit=1"),),
    "list_register_versions": (Call("dpo", "GET", "/v1/register/versions?limit=1"),),
    "list_api_clients": (Call("owner", "GET", "/v1/api-clients?limit=1"),),
    "search_customers": (
        Call("admin", "POST", "/v1/customers/search?limit=1", {"name": "aino"}),
        Call("webshop", "POST", "/v1/customers/search?limit=1", {"name": "Esim"}),
        Call("webshop", "POST", "/v1/customers/search", {"email": "asiakas5@example.fi"}),
        Call("admin", "POST", "/v1/customers/search", {"phone": "0400000005"}),
        Call("webshop", "POST", "/v1/customers/search", {"reference": {"system": "webshop", "id": "W-5"}}),
    ),
    "list_duplicates": (
        Call("admin", "GET", "/v1/customers/duplicates?shared=email&limit=1"),
        Call("admin", "GET", "/v1/customers/duplicates?shared=phone&limit=1"),
    ),
    "list_changes": (Call("webshop", "GET", "/v1/changes?limit=1"), Call("dpo", "GET", "/v1/changes?limit=1")),
    "list_proposals": (Call("admin", "GET", "/v1/customers/{id}/proposals"),),
    "list_contested": (Call("admin", "GET", "/v1/customers/{id}/rectifications?limit=1"),),
    "list_purchases": (
        Call("webshop", "GET", "/v1/customers/{id}/purchases?limit=1"),
        Call("accountant", "GET", "/v1/customers/{id}/purchases?limit=1"),
    ),
    "list_bookings": (Call("booking", "GET", "/v1/customers/{booker}/bookings?limit=1"),),
    "list_vouchers": (
        Call("accountant", "GET", "/v1/vouchers?limit=1"),
        Call("accountant", "GET", "/v1/vouchers?material=voucher&limit=1"),
        Call("accountant", "GET", "/v1/vouchers?material=unclassified&limit=1"),
    ),
    "list_wordings": (Call("dpo", "GET", "/v1/wordings?limit=1"),),
    "list_requests": (
        Call("dpo", "GET", "/v1/subject-requests?limit=1"),
        Call("dpo", "GET", "/v1/subject-requests?limit=1&right=erasure&due_before=2027-01-01"),
        Call("dpo", "GET", "/v1/subject-requests?limit=1&state=completed"),
        Call("dpo", "GET", "/v1/subject-requests?limit=1&overdue=true"),
        Call("dpo", "GET", "/v1/subject-requests?limit=1&person_in_charge=Mari%20Helenius"),
        Call("dpo", "GET", "/v1/subject-requests?limit=1&person_in_charge=Mari%20Helenius&overdue=false"),
    ),
    "list_redactions": (Call("dpo", "GET", "/v1/subject-requests/{reviewed}/data/redactions?limit=1"),),
    "list_letters": (Call("dpo", "GET", "/v1/subject-requests/{completed}/letters?limit=1"),),
    "list_calendar_feeds": (
        Call("dpo", "GET", "/v1/calendar-feeds?limit=1"),
        Call("owner", "GET", "/v1/calendar-feeds?limit=1"),
    ),
    "list_timeline": (Call("dpo", "GET", "/v1/subject-requests/{completed}/timeline?limit=1"),),
    "list_breaches": (
        Call("dpo", "GET", "/v1/breaches?limit=1"),
        Call("dpo", "GET", "/v1/breaches?limit=1&open=true&due_before=2027-01-01T00:00:00Z"),
    ),
    "list_tellings": (Call("dpo", "GET", "/v1/customers/{id}/tellings?limit=1"),),
    "list_breach_people": (),  # of one breach, by the key of its table
    "list_candidates": (Call("dpo", "GET", "/v1/subject-requests/{unlinked}/candidates?limit=1"),),
    "list_holds": (Call("dpo", "GET", "/v1/customers/{id}/legal-holds?limit=1"),),
    "list_inactivity_proposals": (Call("dpo", "GET", "/v1/inactivity-proposals?limit=1"),),
    "list_suppression_reviews": (Call("dpo", "GET", "/v1/suppression-reviews?limit=1"),),
    "list_notifications": (
        Call("dpo", "GET", "/v1/notifications?limit=1"),
        Call("dpo", "GET", "/v1/notifications?limit=1&state=failed&recipient=mailchimp"),
        Call("dpo", "GET", "/v1/notifications?limit=1&state=failed&state=queued&overdue=true"),
    ),
    "list_processors": (Call("dpo", "GET", "/v1/processors?limit=1"),),
    "list_agreements": (Call("dpo", "GET", "/v1/processors/mailchimp/agreements"),),
    "list_transfers_to_processor": (Call("dpo", "GET", "/v1/processors/mailchimp/transfers"),),
    "list_transfers": (Call("dpo", "GET", "/v1/transfers?limit=1"),),
    "list_assessments": (),  # of one transfer; its tables do not grow with people
    "list_lapses": (Call("dpo", "GET", "/v1/adequacy-lapses?limit=1"),),
    "list_transfer_checks": (),  # the same
    "list_sub_processors": (Call("dpo", "GET", "/v1/processors/mailchimp/sub-processors"),),
    "list_people_of_processor": (Call("dpo", "GET", "/v1/processors/mailchimp/people?limit=1"),),
    "list_disclosures": (Call("dpo", "GET", "/v1/customers/{disclosed}/disclosures?limit=1"),),
    "list_audit_seals": (Call("dpo", "GET", "/v1/audit-seals?limit=1"),),
    "list_audit_events": (
        Call("dpo", "GET", "/v1/audit-events?limit=1"),
        Call("dpo", "GET", "/v1/audit-events?customer={id}&limit=1"),
        Call("dpo", "GET", "/v1/audit-events?client={client}&limit=1"),
        Call("dpo", "GET", "/v1/audit-events?action=execute&limit=1"),
        Call("dpo", "GET", "/v1/audit-events?customer={id}&client={client}&action=register&limit=1"),
    ),
}
"""The calls by which each list is read, page after page."""

CHECK = {"purpose": "newsletter", "channel": "email"}
HOT: tuple[Call, ...] = (
    Call("webshop", "GET", "/v1/customers/{id}"),
    Call("admin", "GET", "/v1/customers/{id}"),
    Call("webshop", "GET", "/v1/customers/{erased}"),
    Call("webshop", "GET", "/v1/customers/{id}/consents"),
    Call("dpo", "GET", "/v1/customers/{id}/consents?as_of=2025-06-01T00:00:00Z"),
    Call("webshop", "POST", "/v1/processing-checks", {**CHECK, "subjects": [{"id": "{id}"}]}),
    Call("mailer", "POST", "/v1/processing-checks", {**CHECK, "subjects": [{"id": "{id}"}, {"email": "a@example.fi"}]}),
    Call("mailer", "POST", "/v1/processing-checks", {**CHECK, "subjects": [{"id": "{id}"}, {"id": "{booker}"}]}),
    Call(
        "mailer",
        "POST",
        "/v1/processing-checks",
        {**CHECK, "subjects": [{"system": "webshop", "id": "W-5"}, {"system": "webshop", "id": "W-9"}]},
    ),
    Call(
        "mailer",
        "POST",
        "/v1/processing-checks",
        {"purpose": "telling_about_services", "channel": "sms", "subjects": [{"phone": "0400000005"}]},
    ),
    Call(
        "dpo",
        "POST",
        "/v1/processing-checks",
        {**CHECK, "at": "2024-01-01T00:00:00Z", "subjects": [{"id": "{id}"}, {"system": "webshop", "id": "W-9"}]},
    ),
    Call("dpo", "GET", "/v1/notice/findings"),
    Call("dpo", "GET", "/v1/subject-requests/{reviewed}"),
    Call("dpo", "GET", "/v1/subject-requests/{reviewed}/assessment"),
    Call("dpo", "GET", "/v1/subject-requests/{completed}"),
    Call(
        "dpo",
        "POST",
        "/v1/subject-requests/{reviewed}/decision",
        {"outcome": "as_assessed", "reasoning": "So.", "identity": {"level": "high", "how": "In person."}},
    ),
    Call(
        "webshop",
        "POST",
        "/v1/consents",
        {
            "event_id": "plan-1", "customer": {"email": "asiakas8@example.fi"}, "purpose": "newsletter",
            "channels": ["email"], "action": "withdrawn", "collected_via": "unsubscribe_link",
            "occurred_at": "2026-01-01T00:00:00Z",
        },
    ),
    Call(
        "webshop",
        "POST",
        "/v1/consents",
        {
            "event_id": "plan-2", "customer": {"system": "webshop", "id": "W-5"}, "purpose": "newsletter",
            "channels": ["email"], "action": "given", "collected_via": "checkout",
            "occurred_at": "2026-01-01T00:00:00Z", "wording": {"id": "newsletter", "version": 1},
        },
    ),
    Call(
        "webshop",
        "PUT",
        "/v1/customers/by-reference/webshop/W-5",
        {
            "name": "Aino Esimerkki", "email": "muutto@example.fi", "source": "customer_relationship",
            "interaction": {"kind": "purchase", "occurred_at": "2026-01-02T00:00:00Z"},
        },
    ),
    Call(
        "webshop",
        "PUT",
        "/v1/customers/{id}/purchases/webshop/plan-1",
        {
            "purchased_on": "2026-01-15", "booked_on": "2026-01-15", "total": "10.00",
            "lines": [{"title": "Kurssi", "unit_price": "10.00", "vat_rate": "25.5"}],
            "voucher": {"number": "plan-1", "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"},
        },
    ),
)  # fmt: skip
"""What integrations and people call all day, and what the notice is made of every few minutes."""
