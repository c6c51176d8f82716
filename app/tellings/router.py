"""Who has been told what: about a new purpose before it starts, about the right to object at first contact."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.auth.roles import Scope
from app.customers.errors import CustomerErased, CustomerNotFound, Restricted
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed
from app.register.operation import Operation
from app.tellings import service
from app.tellings.errors import TellingInvalid
from app.tellings.schemas import TellingBatch, TellingBatchOut, TellingOut

router = APIRouter(prefix="/v1", tags=["consents"])


@router.post(
    "/tellings",
    operation_id="record_tellings",
    summary="Record what up to 1000 people have been told, with which version of the notice (Art. 13(3), 21(4))",
    responses=problems(TellingInvalid),
)
async def record_tellings(
    batch: TellingBatch, op: Annotated[Operation, allowed(Scope.CONSENTS_WRITE)]
) -> TellingBatchOut:
    """Safe to send again: the first telling of each version stands. A purpose with `tell_first` in the definition is
    denied by processing checks until the person has been told."""
    return await op.write(service.tell, batch)


@router.get(
    "/customers/{customer_id}/tellings",
    operation_id="list_tellings",
    summary="What a person has been told, when, how and by which version of the notice",
    responses=problems(CustomerNotFound, CustomerErased, Restricted, CursorInvalid),
)
async def list_tellings(
    customer_id: UUID,
    op: Annotated[Operation, allowed(Scope.CONSENTS_READ)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TellingOut]:
    """Oldest first (Arts. 13, 14, 21(4))."""
    return await op.write(service.listed, customer_id, window(op.keys, f"tellings:{customer_id}", limit, cursor))
