"""Search, duplicates, proposals and the changes feed; each leaves one audit row that names everyone shown."""

from uuid import UUID

from sqlalchemy import ColumnElement, Connection, false

from app.customers import repository, repository_lists
from app.customers.errors import Restricted
from app.customers.identity import email_address, normal_name, phone_address
from app.customers.record import may_use, shown
from app.customers.schemas import AnyCustomer, ChangeOut, DuplicateOut, ProposalOut, ReferenceOut, Search
from app.customers.service import find, visible_systems
from app.customers.tables import customers
from app.pagination import Page, Window
from app.register.operation import Operation

_DERIVED = ("_hash", "_search", "_normal", "_e164")
"""Columns that follow from others and are not shown."""


def search(connection: Connection, op: Operation, query: Search, window: Window) -> Page[AnyCustomer]:
    """People who match; an integration finds only those it has a reference to."""
    condition = _condition(connection, op, query)
    after = UUID(window.after[0]) if window.after else None
    rows = repository_lists.search(connection, condition, visible_systems(op), after, window.limit + 1)
    page = window.page([shown(op, row) for row in rows], [(str(row.id),) for row in rows])
    keys = [row.audit_key for row in rows[: window.limit]]
    op.audit(connection, "search", "customer", details={"found": len(page.items)}, subjects=keys)
    return page


def _condition(connection: Connection, op: Operation, query: Search) -> ColumnElement[bool]:
    c = customers.c
    if query.email is not None:
        return c.email_hash == email_address(op.keys, query.email).hash
    if query.phone is not None:
        phone = phone_address(op.keys, query.phone, op.definition.phone_region)
        return false() if phone is None else c.phone_hash == phone.hash
    if query.name is not None:
        return repository_lists.named(connection.dialect.name, normal_name(query.name))
    assert query.reference is not None  # noqa: S101 (the payload has exactly one member)
    known = repository.by_references(connection, [(query.reference.system, query.reference.id)])
    return c.id.in_(known.values())


def duplicates(connection: Connection, op: Operation, shared: str, window: Window) -> Page[DuplicateOut]:
    """Addresses held by several people. Only persons see them: an integration does not know the others."""
    op.actor.must_be_person()
    column = customers.c.email_hash if shared == "email" else customers.c.phone_hash
    after = window.after[0] if window.after else None
    groups = repository_lists.shared_addresses(connection, column, after, window.limit + 1)
    found = [DuplicateOut.model_validate({"shared": shared, "customer_ids": ids}) for _, ids in groups]
    page = window.page(found, [(value,) for value, _ in groups])
    ids = [i for group in page.items for i in group.customer_ids]
    op.audit(connection, "list_duplicates", "customer", subjects=repository.audit_keys(connection, ids))
    return page


def proposals(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[ProposalOut]:
    """What arrived while the record was contested, oldest first."""
    row = find(connection, op, customer_id)
    if not may_use(op, row):
        raise Restricted
    op.audit(connection, "read_proposals", "customer", subject_key=row.audit_key)
    items = window.rest(
        [
            ProposalOut(
                id=p.id,
                proposed={name: value for name, value in p.proposed.items() if not name.endswith(_DERIVED)},
                proposed_at=p.proposed_at,
            )
            for p in repository_lists.proposals(connection, customer_id)
        ]
    )
    return window.page(items, [(str(item.id),) for item in items])


def changes(connection: Connection, op: Operation, window: Window) -> Page[ChangeOut]:
    """The feed of ids; it holds no personal data beyond the caller's own references."""
    after = UUID(window.after[0]) if window.after else None
    rows = repository_lists.changes_since(connection, visible_systems(op), after, window.limit + 1)
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
