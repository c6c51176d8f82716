"""Disclosures: ask the gate, singly or for a mailing, and see who got a person's data."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.auth.roles import Scope
from app.customers.errors import CustomerErased, CustomerNotFound, Restricted, SystemNotOwned
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.processors import disclosure_log, disclosures
from app.processors.errors import DisclosureErased, DisclosureInvalid
from app.processors.schemas_disclosures import DisclosureBatch, DisclosureBatchOut, DisclosureNew, DisclosureOut
from app.register.deps import allowed, creating
from app.register.operation import Operation

router = APIRouter(prefix="/v1", tags=["disclosures"])


@router.post(
    "/disclosures",
    status_code=201,
    operation_id="disclose",
    summary="May these data go to this recipient? Logged either way",
    responses=problems(CustomerNotFound, SystemNotOwned, DisclosureInvalid, DisclosureErased),
)
async def disclose(new: DisclosureNew, op: Annotated[Operation, creating(Scope.DISCLOSURES_WRITE)]) -> DisclosureOut:
    """Ask before you send. `outcome` is `disclosed` (send it) or `refused`, with every reason.

    A caller that gets no answer must treat it as refused.
    """
    return await op.create(disclosures.disclose, disclosures.reread, new)


@router.post(
    "/disclosures/batch",
    operation_id="disclose_batch",
    summary="The same for up to 1000 people, one recipient and one purpose",
    responses=problems(DisclosureInvalid),
)
async def disclose_batch(
    batch: DisclosureBatch, op: Annotated[Operation, allowed(Scope.DISCLOSURES_WRITE)]
) -> DisclosureBatchOut:
    """A result for each; an unknown person is told and does not hinder the others. What is refused is recorded, too."""
    return await op.write(disclosures.disclose_batch, batch)


@router.get(
    "/customers/{customer_id}/disclosures",
    operation_id="list_disclosures",
    summary="Who got this person's data (Art. 15(1)(c), C-154/21)",
    responses=problems(CustomerNotFound, CustomerErased, Restricted, CursorInvalid),
)
async def list_disclosures(
    customer_id: UUID,
    op: Annotated[Operation, allowed(Scope.AUDIT_READ)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DisclosureOut]:
    """By name and day, refused ones too: the actual recipients and not only their kinds."""
    page = window(op.keys, f"disclosures:{customer_id}", limit, cursor)
    return await op.write(disclosure_log.list_disclosures, customer_id, page)
