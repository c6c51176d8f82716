"""Proposals that waited for a human, and what people contested about their records."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.auth.errors import PersonNeeded
from app.customers import correcting
from app.customers.errors import (
    CustomerErased,
    CustomerIfMatchNeeded,
    CustomerInvalid,
    CustomerNotFound,
    CustomerStale,
    ProposalNotFound,
    Restricted,
)
from app.customers.router import IfMatch, Reading, Writing, etag
from app.customers.schemas import AnyCustomer
from app.customers.schemas_corrections import ContestedOut
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window

router = APIRouter(prefix="/v1/customers/{customer_id}", tags=["customers"])

_PERSON = (CustomerNotFound, CustomerErased, Restricted, PersonNeeded)


@router.post(
    "/proposals/{proposal_id}/acceptance",
    operation_id="accept_proposal",
    summary="Take a proposal's values into the record",
    responses=problems(*_PERSON, ProposalNotFound, CustomerInvalid, CustomerStale, CustomerIfMatchNeeded),
)
async def accept_proposal(
    customer_id: UUID, proposal_id: UUID, op: Writing, response: Response, if_match: IfMatch = None
) -> AnyCustomer:
    """As a correction of the record (Art. 16), under If-Match like any other. 409 where the purpose may not use the
    data."""
    customer = await op.write(correcting.accept, customer_id, proposal_id, if_match)
    etag(response, customer.version)
    return customer


@router.delete(
    "/proposals/{proposal_id}",
    status_code=204,
    operation_id="dismiss_proposal",
    summary="Put a proposal away; the record stays as it is",
    responses=problems(*_PERSON, ProposalNotFound),
)
async def dismiss_proposal(customer_id: UUID, proposal_id: UUID, op: Writing) -> None:
    """The proposed values are forgotten; the trail keeps that a proposal was dismissed."""
    await op.write(correcting.dismiss, customer_id, proposal_id)


@router.get(
    "/rectifications",
    operation_id="list_contested",
    summary="What the person contested: corrected, supplemented, or noted beside the record (Art. 16)",
    responses=problems(*_PERSON, CursorInvalid),
)
async def list_contested(
    customer_id: UUID, op: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[ContestedOut]:
    """Both versions of each value, with its case, what was found and by whom; oldest first."""
    return await op.write(correcting.contested, customer_id, window(op.keys, f"contested:{customer_id}", limit, cursor))
