"""Search, duplicates, proposals and the changes feed; each leaves one audit row that names everyone shown."""

from uuid import UUID

from sqlalchemy import ColumnElement, Connection

from app.customers import repository
from app.customers.errors import Restricted, invalid
from app.customers.identity import normal_email, normal_name, normal_phone
from app.customers.record import shown
from app.customers.schemas import AnyCustomer, ChangeOut, CustomerOut, DuplicateOut, ProposalOut, ReferenceOut, Search
from app.customers.service import find, visible_systems
from app.customers.tables import customers
from app.pagination import Page, Window
from app.register.operation import Operation


def search(connection: Connection, op: Operation, query: Search, window: Window) -> Page[AnyCustomer]:
    """People who match; an integration finds only those it has a reference to."""
    condition = _condition(connection, op, query)
    after = UUID(window.after[0]) if window.after else None
    rows = repository.search(connection, condition, visible_systems(op), after, window.limit + 1)
    page = window.page([shown(op, row) for row in rows], [(str(row.id),) for row in rows])
    keys = [row.audit_key for row in rows[: window.limit]]
    op.audit(connection, "search", "customer", details={"found": len(page.items)}, subjects=keys)
    return page


def _condition(connection: Connection, op: Operation, query: Search) -> ColumnElement[bool]:
    named = query.model_dump(exclude_none=True)
    if len(named) != 1:
        raise invalid("#/", "give exactly one of email, phone, name, reference")
    c = customers.c
    if query.email is not None:
        return c.email_normal == normal_email(query.email)
    if query.phone is not None:
        return c.phone_e164 == normal_phone(query.phone, op.definition.phone_region)
    if query.name is not None:
        return c.name_search.startswith(normal_name(query.name), autoescape=True)
    assert query.reference is not None  # noqa: S101 (exactly one member is set)
    return c.id == repository.by_reference(connection, query.reference.system, query.reference.id)


def duplicates(connection: Connection, op: Operation, shared: str, window: Window) -> Page[DuplicateOut]:
    """Addresses held by several people. Only persons see them: an integration does not know the others."""
    op.actor.must_be_person()
    column = customers.c.email_hash if shared == "email" else customers.c.phone_hash
    after = window.after[0] if window.after else None
    groups = repository.shared_addresses(connection, column, after, window.limit + 1)
    found = [DuplicateOut.model_validate({"shared": shared, "customer_ids": ids}) for _, ids in groups]
    page = window.page(found, [(value,) for value, _ in groups])
    ids = [i for group in page.items for i in group.customer_ids]
    op.audit(connection, "list_duplicates", "customer", subjects=repository.audit_keys(connection, ids))
    return page


def proposals(connection: Connection, op: Operation, customer_id: UUID) -> Page[ProposalOut]:
    """What arrived while the record was contested."""
    row = find(connection, op, customer_id)
    if not isinstance(shown(op, row), CustomerOut):
        raise Restricted
    op.audit(connection, "read_proposals", "customer", subject_key=row.audit_key)
    items = [
        ProposalOut(
            id=p.id,
            proposed={name: value for name, value in p.proposed.items() if not name.endswith(("_hash", "_search"))},
            proposed_at=p.proposed_at,
        )
        for p in repository.proposals(connection, customer_id)
    ]
    return Page(items=items, next=None)


def changes(connection: Connection, op: Operation, window: Window) -> Page[ChangeOut]:
    """The feed of ids; it holds no personal data beyond the caller's own references."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository.changes_since(connection, visible_systems(op), after, window.limit + 1)
    items = [
        ChangeOut(
            id=row.id,
            kind=row.kind,
            customer_id=row.customer_id,
            at=row.at,
            reference=ReferenceOut(system=row.system, id=row.external_id) if row.external_id else None,
        )
        for row in rows
    ]
    op.audit(connection, "read_changes", "change", details={"found": min(len(rows), window.limit)})
    return window.feed(items, [(str(row.id),) for row in rows])
