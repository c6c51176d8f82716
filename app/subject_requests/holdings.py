"""What the register holds of one person, as the policy's holdings; computed, never stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository as consents
from app.customers import repository, repository_purchases, suppression
from app.customers.record import addresses
from app.customers.tables import purchases as purchases_table
from app.customers.tables import vouchers
from app.policy.erasure import (
    AccountingFacts,
    HeldPurpose,
    Holding,
    HoldingKind,
    OpenMatter,
    OpenMatterKind,
)
from app.policy.vocabulary import Material, Nature
from app.processors.disclosure_log import has_disclosures
from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.subject_requests.repository import holds_of, open_requests_of


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything held of one person, by holding id, with the rows behind it."""

    customer: Row[Any]
    holdings: tuple[Holding, ...]
    rows: dict[str, Row[Any]]
    references: tuple[tuple[str, str], ...]


class Builder:
    """Collects holdings of one person under one definition."""

    def __init__(self, definition: Definition, customer: Row[Any], today: date) -> None:
        self.definition = definition
        self.customer = customer
        self.today = today
        self.found: list[Holding] = []
        self.of_vouchers = voucher_purposes(definition)
        self._categories: dict[str, str] = {}
        self._served: dict[tuple[str, tuple[Nature, ...]], list[Purpose]] = {}
        self._held: dict[tuple[str, ...], tuple[HeldPurpose, ...]] = {}
        self.rows: dict[str, Row[Any]] = {}

    def add(self, kind: HoldingKind, name: str, category: str, purposes: Iterable[Purpose], **facts: Any) -> None:
        """Add one holding for its purposes; for none of them, one that nothing justifies (Art. 17(1)(d))."""
        named = list(purposes)
        codes = tuple(purpose.code for purpose in named)
        held = self._held.get(codes) or self._held.setdefault(codes, held_for(self.definition, named))
        self.found.append(Holding(name, kind, category, held, **facts))

    def category(self, record: str) -> str:
        """The category that holds a kind of record."""
        if record not in self._categories:
            found = next((c.code for c in self.definition.categories if record in c.records), record)
            self._categories[record] = found
        return self._categories[record]

    def contact_category(self) -> str:
        """The category that holds the contact fields."""
        return next((c.code for c in self.definition.categories if c.contact_fields), "contact_details")

    def purposes(self, category: str, *natures: Nature) -> list[Purpose]:
        """The purposes that a category serves, optionally only of some natures."""
        known = self._served.get((category, natures))
        if known is None:
            of_category = [p for p in self.definition.purposes if category in p.categories]
            known = [p for p in of_category if not natures or p.nature in natures]
            self._served[category, natures] = known
        return known

    def of_nature(self, *natures: Nature) -> list[Purpose]:
        """The first declared purpose of the natures, whatever its categories."""
        return [p for p in self.definition.purposes if p.nature in natures][:1]


def held_for(definition: Definition, purposes: Iterable[Purpose]) -> tuple[HeldPurpose, ...]:
    """The purposes as the policy sees them; the first declared one where nothing justifies the holding."""
    return tuple(HeldPurpose(p.code, p.nature, p.basis) for p in list(purposes) or definition.purposes[:1])


def build(
    connection: Connection, definition: Definition, customer: Row[Any], today: date, request_id: UUID | None
) -> Holdings:
    """All holdings of a person; `request_id` is the request being judged, which does not hold itself up."""
    builder = Builder(definition, customer, today)
    purchases = repository_purchases.to_judge(connection, purchases_table, customer.id)
    bookings = repository_purchases.bookings_of(connection, customer.id)
    shared = [*_held_up(connection, customer.id, request_id)]
    for row in purchases:
        _purchase(builder, row, shared)
    for row in bookings:
        _booking(builder, row, shared)
    for row in repository_purchases.to_judge(connection, vouchers, customer.id):
        _voucher(builder, row, shared)
    contract = [m for holding in builder.found for m in holding.open_matters if m not in shared]
    references = repository.references_list(connection, customer.id)
    _person(builder, references, [*contract, *shared])
    _own_records(connection, builder, shared)
    return Holdings(customer, tuple(builder.found), builder.rows, tuple(references))


def _held_up(connection: Connection, customer_id: UUID, request_id: UUID | None) -> Iterator[OpenMatter]:
    """Disputes, legal holds and other requests that must be answered first."""
    for hold in holds_of(connection, customer_id):
        yield OpenMatter(OpenMatterKind(hold.kind), None, str(hold.id))
    for other in open_requests_of(connection, customer_id):
        if other.id != request_id and other.right not in {"erasure", "marketing_ban", "consent_withdrawal"}:
            yield OpenMatter(OpenMatterKind.PENDING_REQUEST, None, other.case_number)


_NOT_ACCOUNTING = tuple(nature for nature in Nature if nature is not Nature.ACCOUNTING)


def _purchase(builder: Builder, row: Row[Any], shared: list[OpenMatter]) -> None:
    name = f"purchase:{row.id}"
    category = builder.category("purchases")
    matters = (*_contract_matters(builder, row), *shared)
    builder.add(
        HoldingKind.PURCHASE, name, category, builder.purposes(category, *_NOT_ACCOUNTING), open_matters=matters
    )
    builder.rows[name] = row


def _contract_matters(builder: Builder, row: Row[Any]) -> Iterator[OpenMatter]:
    """An order not delivered, not paid, or still returnable."""
    reference = f"{row.system} {row.order_id}"
    if row.cancelled_on is not None:
        return
    if row.fulfilled_on is None:
        yield OpenMatter(OpenMatterKind.UNFULFILLED, None, reference)
    if row.settled_on is None:
        yield OpenMatter(OpenMatterKind.UNPAID, None, reference)
    if row.fulfilled_on is not None:
        ends = row.fulfilled_on + timedelta(days=builder.definition.return_window_days)
        if ends >= builder.today:
            yield OpenMatter(OpenMatterKind.RETURN_WINDOW, ends, reference)


def _booking(builder: Builder, row: Row[Any], shared: list[OpenMatter]) -> None:
    name = f"booking:{row.id}"
    category = builder.category("bookings")
    ends = row.ends_at.astimezone(builder.definition.zone).date()
    ahead = row.state == "booked" and ends >= builder.today
    matters = [OpenMatter(OpenMatterKind.FUTURE_BOOKING, ends, f"{row.system} {row.booking_id}")] if ahead else []
    builder.add(
        HoldingKind.BOOKING,
        name,
        category,
        builder.purposes(category, Nature.SERVICE, Nature.LEGAL_CLAIMS),
        open_matters=(*matters, *shared),
    )
    builder.rows[name] = row


def _voucher(builder: Builder, row: Row[Any], shared: list[OpenMatter]) -> None:
    name = f"voucher:{row.id}"
    category = builder.category("vouchers")
    facts = AccountingFacts(
        material=Material(row.material),
        booked_on=row.booked_on,
        transaction_on=row.transaction_on,
        record="here" if row.record == "here" else "elsewhere",
        holder=row.holder,
        buyer_printed=row.buyer_name is not None,
    )
    builder.add(HoldingKind.VOUCHER, name, category, builder.of_vouchers, accounting=facts, open_matters=tuple(shared))
    builder.rows[name] = row


def voucher_purposes(definition: Definition) -> list[Purpose]:
    """The purposes for which any voucher is held."""
    category = next((c.code for c in definition.categories if "vouchers" in c.records), "vouchers")
    accounting = [p for p in definition.purposes if p.nature is Nature.ACCOUNTING]
    return [p for p in accounting if category in p.categories] or accounting[:1]


def _person(builder: Builder, references: list[tuple[str, str]], matters: list[OpenMatter]) -> None:
    if builder.customer.erased_at is not None:
        return
    category = builder.contact_category()
    open_matters = tuple(matters)
    builder.add(
        HoldingKind.CONTACT_DETAILS, "contact_details", category, builder.purposes(category), open_matters=open_matters
    )
    for system in sorted({system for system, _ in references}):
        purposes = builder.purposes(category, Nature.SERVICE)
        builder.add(HoldingKind.REFERENCE, f"reference:{system}", category, purposes, open_matters=open_matters)
    for category_ in builder.definition.categories:
        for field in category_.extra_fields:
            if (builder.customer.attributes or {}).get(field.name) is not None:
                purposes_ = [p for p in builder.definition.purposes if p.code in field.purposes]
                name = f"attribute:{field.name}"
                builder.add(HoldingKind.ATTRIBUTE, name, category_.code, purposes_, open_matters=open_matters)


def _own_records(connection: Connection, builder: Builder, shared: list[OpenMatter]) -> None:
    """What the register keeps for proof and obedience: consents, suppressions, disclosures."""
    customer, matters = builder.customer, tuple(shared)
    states = consents.states(connection, customer.id)
    if states:
        purposes = [p for p in builder.definition.purposes if p.code in {state.purpose for state in states}]
        builder.add(
            HoldingKind.CONSENT_STATE, "consent_states", builder.category("consents"), purposes, open_matters=matters
        )
    proof = builder.of_nature(Nature.LEGAL_CLAIMS) or builder.of_nature(Nature.SUBJECT_RIGHTS)
    since = customer.erased_at.astimezone(builder.definition.zone).date() if customer.erased_at else None
    if consents.count_events(connection, customer.id):
        category = builder.category("consents")
        builder.add(HoldingKind.CONSENT_EVIDENCE, "consent_evidence", category, proof, kept_since=since)
    rights = builder.of_nature(Nature.SUBJECT_RIGHTS)
    if suppression.of(connection, [a.hash for a in addresses(customer)]):
        builder.add(HoldingKind.SUPPRESSION, "suppressions", builder.category("suppressions"), rights)
    if has_disclosures(connection, customer.id):
        builder.add(HoldingKind.DISCLOSURE_LOG, "disclosures", builder.category("requests"), rights, kept_since=since)


def of_customer(
    connection: Connection, definition: Definition, customer_id: UUID, today: date, request_id: UUID | None
) -> Holdings | None:
    """As `build`, with the customer's row locked against other writers; None when there is none."""
    customer = repository.lock(connection, customer_id)
    return None if customer is None else build(connection, definition, customer, today, request_id)


BY_ROW = {"purchases": _purchase, "bookings": _booking, "vouchers": _voucher}
"""The tables of which each row is a holding of its own, and how it becomes one."""


class InPages:
    """The same holdings of a person with very many rows, of whom never more than a page is in memory."""

    def __init__(
        self, connection: Connection, definition: Definition, customer: Row[Any], today: date, request_id: UUID | None
    ) -> None:
        self._connection = connection
        self._builder = Builder(definition, customer, today)
        self._shared = [*_held_up(connection, customer.id, request_id)]
        self._longest: dict[OpenMatterKind, OpenMatter] = {}

    def of_row(self, table: str, row: Row[Any]) -> Holding:
        """The holding that a row is."""
        BY_ROW[table](self._builder, row, self._shared)
        self._builder.rows.clear()
        return self._builder.found.pop()

    def look_at(self, table: str, row: Row[Any]) -> None:
        """Note what is open about a row, because it keeps the person's own data too; of each kind what lasts longest.

        Of two verdicts of one kind the later binds, then the reference (`policy.verdicts`), so no more is needed.
        """
        for matter in self.of_row(table, row).open_matters:
            known = self._longest.get(matter.kind)
            if matter not in self._shared and (known is None or _lasts(matter) > _lasts(known)):
                self._longest[matter.kind] = matter

    def of_the_rest(self) -> tuple[Holding, ...]:
        """Every other holding, once all purchases and bookings about which anything is open have been looked at."""
        references = repository.references_list(self._connection, self._builder.customer.id)
        _person(self._builder, references, [*self._longest.values(), *self._shared])
        _own_records(self._connection, self._builder, self._shared)
        found = tuple(self._builder.found)
        self._builder.found.clear()
        return found


def _lasts(matter: OpenMatter) -> tuple[bool, date, str]:
    return matter.until is None, matter.until or date.min, f"({matter.reference})"
