"""Disputes and legal holds of a customer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers.errors import CustomerErased, CustomerNotFound
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.subject_requests import holds
from app.subject_requests.errors import HoldNotFound
from app.subject_requests.schemas import HoldIn
from app.subject_requests.schemas_out import HoldOut

router = APIRouter(prefix="/v1/customers/{customer_id}/legal-holds", tags=["subject requests"])

_PERSON = (CustomerNotFound, CustomerErased)


@router.post(
    "",
    status_code=201,
    operation_id="set_hold",
    summary="Set a dispute or legal hold (Art. 17(3)(e))",
    responses=problems(*_PERSON, PersonNeeded, HoldNotFound),
)
async def set_hold(
    customer_id: UUID, sent: HoldIn, op: Annotated[Operation, creating(Scope.REQUESTS_DECIDE)]
) -> HoldOut:
    """While it stands nothing of the person is erased; an assessment says so (Art. 17(3)(e))."""
    return await op.create(holds.set_hold, holds.reread, customer_id, sent)


@router.get("", operation_id="list_holds", summary="Holds in force", responses=problems(*_PERSON, CursorInvalid))
async def list_holds(
    customer_id: UUID,
    op: Annotated[Operation, allowed(Scope.REQUESTS_READ)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[HoldOut]:
    """Oldest first, with their grounds."""
    return await op.write(holds.listed, customer_id, window(op.keys, f"holds:{customer_id}", limit, cursor))


@router.delete(
    "/{hold_id}",
    status_code=204,
    operation_id="release_hold",
    summary="Release a hold",
    responses=problems(*_PERSON, PersonNeeded, HoldNotFound),
)
async def release_hold(
    customer_id: UUID, hold_id: UUID, op: Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]
) -> None:
    """The next sweep looks at what it kept."""
    await op.write(holds.release, customer_id, hold_id)
