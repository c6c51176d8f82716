"""Customers: register, upsert by the caller's own key, search, read, correct; duplicates and the changes feed."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers import batch, hot, listing, service
from app.customers.errors import (
    CustomerErased,
    CustomerIfMatchNeeded,
    CustomerInvalid,
    CustomerNotFound,
    CustomerStale,
    OlderThanErasure,
    ReferenceTaken,
    Restricted,
    SystemNotOwned,
)
from app.customers.schemas import (
    AnyCustomer,
    Batch,
    BatchOut,
    ChangeOut,
    CustomerFields,
    CustomerNew,
    CustomerPatch,
    DuplicateOut,
    ProposalOut,
    Reference,
    Search,
)
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.register.straight import StraightRoute
from app.wire import ExternalId, SystemCode

router = APIRouter(prefix="/v1", tags=["customers"], route_class=StraightRoute)

Reading = Annotated[Operation, allowed(Scope.CUSTOMERS_READ)]
Writing = Annotated[Operation, allowed(Scope.CUSTOMERS_WRITE)]
Creating = Annotated[Operation, creating(Scope.CUSTOMERS_WRITE)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]


def etag(response: Response, version: int) -> None:
    """Set the row's version as a strong ETag."""
    response.headers["ETag"] = f'"{version}"'


@router.post(
    "/customers",
    status_code=201,
    operation_id="register_customer",
    summary="Register a customer or subscriber",
    responses=problems(CustomerInvalid, ReferenceTaken, OlderThanErasure, SystemNotOwned),
)
async def register_customer(new: CustomerNew, op: Creating, response: Response) -> AnyCustomer:
    """Needs the dealing that it comes from (F11), and refuses members and identity codes that the register does not
    hold (F26). 409 when a reference is another person's, 410 when the data are older than an erasure."""
    customer = await op.create(service.register, service.read, new)
    response.headers["Location"] = f"/v1/customers/{customer.id}"
    etag(response, customer.version)
    return customer


@router.put(
    "/customers/by-reference/{system}/{external_id}",
    operation_id="upsert_customer",
    summary="Make or update the customer behind your own key; safe to retry",
    responses={
        201: {"model": AnyCustomer, "description": "Made"},
        **problems(CustomerInvalid, OlderThanErasure, SystemNotOwned),
    },
)
async def upsert_customer(
    system: SystemCode, external_id: ExternalId, fields: CustomerFields, op: Writing, response: Response
) -> AnyCustomer:
    """Of a known customer, members that you leave out stay as they are, and null empties them.

    While the data are contested or await erasure, new values are kept aside as proposals for a human.
    """
    customer, created = await op.write(service.upsert, Reference(system=system, id=external_id), fields)
    if created:
        response.status_code = 201
        response.headers["Location"] = f"/v1/customers/{customer.id}"
    etag(response, customer.version)
    return customer


@router.post(
    "/customers/batch",
    operation_id="upsert_customers",
    summary="Upsert up to 1000 customers",
    responses=problems(CustomerInvalid),
)
async def upsert_customers(batch_in: Batch, op: Writing) -> BatchOut:
    """Answers 200 with a result for each item; one that is refused does not hinder the others."""
    return await op.write(batch.upsert_batch, batch_in)


@router.post(
    "/customers/search",
    operation_id="search_customers",
    summary="Find people",
    responses=problems(CustomerInvalid, CursorInvalid),
)
async def search_customers(query: Search, op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[AnyCustomer]:
    """By exactly one of e-mail, phone, name and reference; a name matches from its beginning. An integration finds only
    people it has a reference to."""
    scope = "search:" + op.keys.hash("search", query.model_dump_json())
    return await op.write(listing.search, query, window(op.keys, scope, limit, cursor))


@router.get(
    "/customers/duplicates",
    operation_id="list_duplicates",
    summary="People who share an address",
    responses=problems(CursorInvalid, PersonNeeded),
)
async def list_duplicates(
    op: Reading,
    shared: Literal["email", "phone"] = "email",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DuplicateOut]:
    """Addresses that several people hold. Only persons may ask: who merely shares an address is never joined by it."""
    return await op.write(listing.duplicates, shared, window(op.keys, f"duplicates:{shared}", limit, cursor))


@router.get(
    "/customers/{customer_id:uuid}",
    operation_id="read_customer",
    summary="Read one customer",
    responses=problems(CustomerNotFound, CustomerErased),
)
async def read_customer(customer_id: UUID, op: Reading, response: Response) -> AnyCustomer:
    """Under a restriction that the purpose may not pass, the answer holds no more than the id and `restricted` (Art.
    18). Erased people answer 410, and people that an integration has no reference to 404."""
    customer = await hot.read(op, customer_id)
    etag(response, customer.version)
    return customer


@router.patch(
    "/customers/{customer_id:uuid}",
    operation_id="correct_customer",
    summary="Correct contact data (Art. 16)",
    responses=problems(
        CustomerNotFound,
        CustomerErased,
        CustomerInvalid,
        CustomerStale,
        CustomerIfMatchNeeded,
        Restricted,
        ReferenceTaken,
        SystemNotOwned,
    ),
)
async def correct_customer(
    customer_id: UUID, sent: CustomerPatch, op: Writing, response: Response, if_match: IfMatch = None
) -> AnyCustomer:
    """Members that are left out stay, null empties them. Recipients are told of what changed (Art. 19); a voucher keeps
    the name that was printed on it. 409 under a restriction."""
    customer = await op.write(service.patch, customer_id, sent, if_match)
    etag(response, customer.version)
    return customer


@router.get(
    "/customers/{customer_id}/proposals",
    operation_id="list_proposals",
    summary="Values that arrived while the record was contested or awaiting erasure",
    responses=problems(CustomerNotFound, CustomerErased, Restricted, CursorInvalid),
)
async def list_proposals(customer_id: UUID, op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[ProposalOut]:
    """Oldest first. They stay beside the record until a human takes or dismisses them."""
    return await op.write(listing.proposals, customer_id, window(op.keys, f"proposals:{customer_id}", limit, cursor))


@router.get(
    "/changes", operation_id="list_changes", summary="What integrations must follow", responses=problems(CursorInvalid)
)
async def list_changes(
    op: Annotated[Operation, allowed(Scope.CHANGES_READ)], limit: Limit = 100, since: Cursor = None
) -> Page[ChangeOut]:
    """Erasures, restrictions, bans, withdrawals and rectifications of people you have a reference to, oldest first.

    Keep `next` and send it as `since`, now or tomorrow; an empty page means that you have read all there is.
    """
    return await op.write(listing.changes, window(op.keys, f"changes:{op.actor.id}", limit, since))
