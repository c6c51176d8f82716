"""Whose data have gone to a recipient: whom it concerns when the basis falls (C-311/18)."""

from uuid import UUID

from sqlalchemy import Connection

from app.pagination import Page, Window
from app.processors import repository_disclosures
from app.processors.schemas_safeguards import ReachedOut
from app.processors.service import find
from app.register.operation import Operation


def list_people(connection: Connection, op: Operation, processor: str, window: Window) -> Page[ReachedOut]:
    """The ids of the people in the disclosure log of a recipient; each of them learns that they were listed."""
    after = UUID(window.after[0]) if window.after else None
    found = find(connection, processor)
    rows = repository_disclosures.reached_after(connection, found.id, after, window.limit + 1)
    keys = [row.audit_key for row in rows[: window.limit] if row.audit_key]
    op.audit(connection, "list", "disclosure", details={"processor": found.code}, subjects=keys)
    people = [ReachedOut(id=row.customer_id, last_disclosed_at=row.last_at) for row in rows]
    return window.page(people, [(str(row.customer_id),) for row in rows])
