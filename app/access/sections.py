"""The sections of the reply: which table each shows, how its rows are the person's, and how long they are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Column, RowMapping, Table

from app.access.labels import labels
from app.audit.tables import audit_events
from app.breaches.tables import breach_people
from app.consents.tables import consent_events, consent_invitations, consent_states
from app.customers.tables import (
    bookings,
    customer_changes,
    customer_proposals,
    customer_references,
    customers,
    deaths,
    purchases,
    restrictions,
    suppression_events,
    suppressions,
    vouchers,
)
from app.customers.tables_audiences import audience_members
from app.customers.tables_rights import objections, rectifications
from app.customers.tables_tellings import tellings
from app.letters.tables import letters
from app.notifications.tables import notifications
from app.processors.tables import disclosures
from app.subject_requests.tables import (
    decisions,
    identity_checks,
    inactivity_proposals,
    legal_holds,
    request_events,
    subject_requests,
    verdicts,
)
from app.subject_requests.tables_people import abuse_findings
from app.subject_requests.tables_rights import balancing_tests
from app.wire import from_minor

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `kept` names the holding whose verdict goes for its rows, `row` where each is its own holding, a
    period of the definition, or nothing where the context says it."""

    code: str
    table: Table
    record: str
    kept: str = ""
    category: str = ""
    named_by: tuple[str, ...] = ("id",)
    newest: str = "id"
    portable: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[Values], Values] = lambda values: values

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields in the order in which they are shown."""
        return tuple(labels().sections[self.code].fields)

    @property
    def columns(self) -> list[Column[Any]]:
        """The columns of its own table that are shown."""
        names = (self.renamed.get(name, name) for name in self.fields)
        return [self.table.c[name] for name in names if name in self.table.c]

    def values_of(self, row: RowMapping) -> Values:
        """The fields of a row."""
        return self.shape({name: row[self.renamed.get(name, name)] for name in self.fields})

    def name_of(self, row: RowMapping) -> str:
        """The record's name in redactions and in the assessment of an erasure."""
        return ":".join([self.record, *(str(row[name]) for name in self.named_by)])


def _money(values: Values) -> Values:
    return {**values, "total": from_minor(values["total"])}


def _due(values: Values) -> Values:
    """A case of the controller's own has no answer due; the database says so with the last day that there is."""
    return {**values, "due_on": None if values["due_on"] == date.max else values["due_on"]}


def _letter(values: Values) -> Values:
    """What was told, without the name of whoever approved it, which stands in the letter itself, and internal ids."""
    told = (values["content"] or {}).get("facts", {})
    facts = {name: value for name, value in told.items() if name not in {"approver", "communication"}}
    return {**values, "content": values["content"] and {**values["content"], "facts": facts}}


MONEY = {"total": "total_minor"}
_OWN = "contact_details"

SECTIONS: tuple[Section, ...] = (
    Section(
        "person",
        customers,
        "person",
        kept=_OWN,
        category="contact",
        newest="created_at",
        portable=("name", "email", "phone", "street", "postal_code", "city", "country", "language"),
    ),
    Section("attributes", customers, "attribute", kept="attribute", portable=("name", "value"), named_by=("name",)),
    Section(
        "references",
        customer_references,
        "reference",
        kept="reference",
        category="contact",
        named_by=("system", "external_id"),
        newest="created_at",
    ),
    Section("changes", customer_changes, "change", category="contact", newest="at"),
    Section("proposals", customer_proposals, "proposal", kept=_OWN, category="contact", newest="proposed_at"),
    Section(
        "purchases",
        purchases,
        "purchase",
        kept="row",
        category="purchases",
        newest="purchased_on",
        renamed=MONEY,
        shape=_money,
        portable=(
            *("system", "order_id", "purchased_on", "currency", "total", "lines", "fulfilled_on", "cancelled_on"),
            *("payment_provider", "payment_method", "settled_on"),
        ),
    ),
    Section(
        "vouchers",
        vouchers,
        "voucher",
        kept="row",
        category="vouchers",
        newest="transaction_on",
        renamed=MONEY,
        shape=_money,
    ),
    Section(
        "bookings",
        bookings,
        "booking",
        kept="row",
        category="bookings",
        newest="starts_at",
        portable=("system", "booking_id", "starts_at", "ends_at", "service", "state"),
    ),
    Section(
        "consents",
        consent_states,
        "consent",
        kept="consent_states",
        category="consents",
        named_by=("purpose", "channel"),
        newest="occurred_at",
    ),
    Section(
        "consent_history",
        consent_events,
        "consent_event",
        kept="consent_evidence",
        category="consents",
        newest="occurred_at",
        portable=("purpose", "channels", "action", "collected_via", "occurred_at", "wording_text"),
    ),
    Section(
        "consent_invitations",
        consent_invitations,
        "consent_invitation",
        kept="consent_states",
        category="consents",
        newest="created_at",
    ),
    Section(
        "suppressions",
        suppressions,
        "suppression",
        kept="suppressions",
        category="suppressions",
        named_by=("address", "purpose", "channel"),
        newest="since",
    ),
    Section(
        "suppression_history",
        suppression_events,
        "suppression_event",
        kept="suppressions",
        category="suppressions",
        newest="since",
    ),
    Section("rectifications", rectifications, "rectification", kept=_OWN, category="requests"),
    Section("objections", objections, "objection", kept=_OWN, category="requests", newest="since"),
    Section("restrictions", restrictions, "restriction", category="requests", newest="began_at"),
    Section("legal_holds", legal_holds, "legal_hold", category="requests", newest="set_on"),
    Section(
        "audiences",
        audience_members,
        "audience_member",
        kept=_OWN,
        category="contact",
        named_by=("recipient", "audience"),
        newest="changed_at",
    ),
    Section("tellings", tellings, "telling", kept=_OWN, category="consents", newest="told_at"),
    Section("deaths", deaths, "death", kept=_OWN, category="contact", newest="recorded_at"),
    Section("inactivity", inactivity_proposals, "inactivity", kept=_OWN, category="contact"),
    Section("breaches", breach_people, "breach", named_by=("number",), newest="listed_at"),
    Section("recipients", disclosures, "disclosure", kept="disclosures", category="requests", newest="disclosed_at"),
    Section("consultations", audit_events, "consultation", kept="period:audit", newest="at"),
    Section("requests", subject_requests, "request", kept="period:request_files", category="requests", shape=_due),
    Section("request_timeline", request_events, "request_event", kept="period:request_files", category="requests"),
    Section("identity_checks", identity_checks, "identity_check", kept="period:request_files", category="requests"),
    Section("decisions", decisions, "decision", kept="period:request_files", category="requests"),
    Section("balancing_tests", balancing_tests, "balancing", kept="period:request_files", category="requests"),
    Section("abuse_findings", abuse_findings, "finding", kept="period:request_files", category="requests"),
    Section("verdicts", verdicts, "verdict", category="requests"),
    Section("told_recipients", notifications, "notification", kept="period:request_files", category="requests"),
    Section("letters", letters, "letter", kept="letter", category="requests", shape=_letter),
)

BY_CODE = {section.code: section for section in SECTIONS}
BY_RECORD = {section.record: section for section in SECTIONS}
CONTRACTS = ("purchases", "bookings")
"""The sections whose open matters keep the person's own data too."""
