"""Look into the audit trail."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.auth.roles import Scope
from app.customers.errors import CustomerErased, CustomerNotFound
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed
from app.register.operation import Operation
from app.transparency import service
from app.transparency.schemas import AuditEventOut, AuditSealOut
from app.wire import Code

router = APIRouter(prefix="/v1", tags=["transparency"])


@router.get(
    "/audit-events",
    operation_id="list_audit_events",
    summary="Who did what, when and why; of one person, one client or all",
    responses=problems(CustomerNotFound, CustomerErased, CursorInvalid),
)
async def list_audit_events(
    op: Annotated[Operation, allowed(Scope.AUDIT_READ)],
    customer: UUID | None = None,
    client: UUID | None = None,
    action: Code | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AuditEventOut]:
    """Oldest first; `next` says where to go on later, also when nothing more is there yet."""
    scope = f"audit:{customer}:{client}:{action}"
    return await op.write(service.audit_events, customer, client, action, window(op.keys, scope, limit, cursor))


@router.get(
    "/audit-seals",
    operation_id="list_audit_seals",
    summary="The seals of the audit trail, to be kept outside the database",
    responses=problems(CursorInvalid),
)
async def list_audit_seals(
    op: Annotated[Operation, allowed(Scope.AUDIT_READ)], limit: Limit = 100, cursor: Cursor = None
) -> Page[AuditSealOut]:
    """Oldest first; `next` says where to go on later, also when nothing more is there yet."""
    return await op.read(service.audit_seals, window(op.keys, "audit-seals", limit, cursor))
