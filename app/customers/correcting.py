"""What a human does with values kept beside a record: accept or dismiss proposals, look at what was contested."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import drafts, repository_rights
from app.customers.errors import ProposalNotFound, Restricted
from app.customers.record import may_use, must_identify, shown
from app.customers.schemas import AnyCustomer
from app.customers.schemas_corrections import ContestedOut
from app.customers.service import find, must_match
from app.pagination import Page, Window
from app.register.operation import Operation


def accept(
    connection: Connection, op: Operation, customer_id: UUID, proposal_id: UUID, if_match: str | None
) -> AnyCustomer:
    """Take a proposal's values into the record as a correction; raises 409 where the purpose may not use the data."""
    waiting = _proposal(connection, op, customer_id, proposal_id)
    draft = drafts.opened(connection, [customer_id])[customer_id]
    draft.held = False  # this is the human whom the held values were waiting for
    must_match(if_match, draft.version)
    draft.take(waiting.proposed)
    must_identify({**draft.row, **draft.changed})
    drafts.write(connection, op, [draft])
    repository_rights.forget_proposal(connection, proposal_id)
    details = {"columns": sorted(draft.changed), "proposal": str(proposal_id)}
    op.audit(connection, "accept_proposal", "customer", subject_key=draft.row["audit_key"], details=details)
    return shown(op, find(connection, op, customer_id))


def dismiss(connection: Connection, op: Operation, customer_id: UUID, proposal_id: UUID) -> None:
    """Put a proposal away: the record stays as it is."""
    _proposal(connection, op, customer_id, proposal_id)
    repository_rights.forget_proposal(connection, proposal_id)
    key = find(connection, op, customer_id).audit_key
    op.audit(connection, "dismiss_proposal", "customer", subject_key=key, details={"proposal": str(proposal_id)})


def _proposal(connection: Connection, op: Operation, customer_id: UUID, proposal_id: UUID) -> Row[Any]:
    person = find(connection, op, customer_id)
    op.actor.must_be_person()
    if not may_use(op, person):
        raise Restricted
    row = repository_rights.proposal(connection, customer_id, proposal_id)
    if row is None:
        raise ProposalNotFound
    return row


def contested(connection: Connection, op: Operation, customer_id: UUID, window: Window) -> Page[ContestedOut]:
    """What the person ever contested about the record: corrected, supplemented, or noted beside it (Art. 16)."""
    row = find(connection, op, customer_id)
    op.actor.must_be_person()
    if not may_use(op, row):
        raise Restricted
    after = UUID(window.after[0]) if window.after else None
    found = repository_rights.contested_by(connection, customer_id, after, window.limit + 1)
    op.audit(connection, "read_contested", "customer", subject_key=row.audit_key)
    return window.page([contested_out(one) for one in found], [(str(one.id),) for one in found])


def contested_out(row: Row[Any]) -> ContestedOut:
    """One contested value."""
    members = {name: value for name, value in row._mapping.items() if name in ContestedOut.model_fields}
    return ContestedOut(**{**members, "settled_by": row.settled_by_name})
