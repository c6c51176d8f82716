"""Consents: record singly or in batches, state and history, wordings, invitations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from app.auth.roles import Scope
from app.consents import batch, history, hot, invitations, wordings
from app.consents.errors import (
    ChildConsent,
    ConsentInvalid,
    EventReused,
    InvitationNotFound,
    NoSuchConsent,
    NotAConsentPurpose,
    NoticeVersionUnknown,
    PreTicked,
    SeveralPeople,
    StaffGiven,
    WordingImmutable,
    WordingUnknown,
)
from app.consents.schemas import (
    ConsentBatch,
    ConsentIn,
    ConsentOut,
    ConsentResults,
    ConsentsOut,
    InvitationIn,
    InvitationOut,
    WordingIn,
    WordingOut,
)
from app.customers.errors import CustomerErased, CustomerNotFound, Restricted
from app.deps import Served
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.register.straight import StraightRoute
from app.wire import Code, Moment

router = APIRouter(prefix="/v1", tags=["consents"], route_class=StraightRoute)

Reading = Annotated[Operation, allowed(Scope.CONSENTS_READ)]
Writing = Annotated[Operation, allowed(Scope.CONSENTS_WRITE)]
Inviting = Annotated[Operation, creating(Scope.CONSENTS_WRITE)]
Wording = Annotated[Operation, allowed(Scope.WORDINGS_WRITE)]
_TAKING = (
    CustomerNotFound,
    CustomerErased,
    SeveralPeople,
    EventReused,
    ConsentInvalid,
    NotAConsentPurpose,
    PreTicked,
    StaffGiven,
    ChildConsent,
    WordingUnknown,
    NoticeVersionUnknown,
)


@router.post(
    "/consents",
    status_code=201,
    operation_id="record_consent",
    summary="Record a consent given or withdrawn; the same event_id is the same event",
    responses={200: {"model": ConsentOut, "description": "Known already"}, **problems(*_TAKING)},
)
async def record_consent(sent: ConsentIn, op: Writing, response: Response) -> ConsentOut:
    """201 when it is new, 200 when the event was known. A withdrawal by address succeeds whether or not anybody has it,
    and suppresses. What was pre-ticked or ticked by staff is no consent (C-673/17): invite the person instead."""
    outcome = await hot.record(op, sent)
    if outcome.status == "known":
        response.status_code = 200
    return outcome


@router.post(
    "/consents/batch",
    operation_id="record_consents",
    summary="Record up to 1000 consents",
    responses=problems(ConsentInvalid),
)
async def record_consents(sent: ConsentBatch, op: Writing) -> ConsentResults:
    """Answers 200 with a result for each item; the valid ones commit together."""
    return await op.write(batch.record_all, sent)


@router.get(
    "/customers/{customer_id}/consents",
    operation_id="list_consents",
    summary="State and history of a person's consents",
    responses=problems(CustomerNotFound, CustomerErased, Restricted, ConsentInvalid),
)
async def list_consents(
    customer_id: UUID,
    op: Reading,
    as_of: Annotated[Moment | None, Query(description="What had occurred and been recorded by then.")] = None,
) -> ConsentsOut:
    """The state per purpose and channel, and the events behind it, as known now or at `as_of`."""
    instant: datetime | None = as_of
    return await op.write(history.read, customer_id, instant)


@router.get(
    "/customers/{customer_id}/consents/{purpose}/receipt",
    operation_id="read_consent_receipt",
    summary="The consent record (ISO/IEC TS 27560, DPV 2.3) as JSON-LD",
    responses={
        200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}},
        **problems(CustomerNotFound, CustomerErased, NoSuchConsent, Restricted),
    },
    response_class=JSONResponse,
)
async def read_consent_receipt(customer_id: UUID, purpose: Code, op: Reading, served: Served) -> JSONResponse:
    """Every act about one purpose, with the words and the notice that the person saw. 404 when there is none."""
    record: dict[str, Any] = await op.write(history.read_receipt, customer_id, purpose, served.settings.base_url)
    return JSONResponse(record, media_type="application/ld+json")


@router.get(
    "/customers/{customer_id}/consents/{purpose}/receipt/signed",
    operation_id="read_signed_receipt",
    summary="The same as a receipt for the person to keep, signed (eddsa-jcs-2022)",
    responses={
        200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}},
        **problems(CustomerNotFound, CustomerErased, NoSuchConsent, Restricted),
    },
    response_class=JSONResponse,
)
async def read_signed_receipt(customer_id: UUID, purpose: Code, op: Reading, served: Served) -> JSONResponse:
    """A receipt of its own each time; the key is the installation's, named in the proof as a did:key."""
    made: dict[str, Any] = await op.write(history.read_signed_receipt, customer_id, purpose, served.settings.base_url)
    return JSONResponse(made, media_type="application/ld+json")


@router.post(
    "/consents/invitations",
    status_code=201,
    operation_id="invite_consent",
    summary="Ask a person for consent by a link (double opt-in)",
    responses=problems(
        CustomerNotFound,
        CustomerErased,
        SeveralPeople,
        ConsentInvalid,
        NotAConsentPurpose,
        WordingUnknown,
        InvitationNotFound,
        Restricted,
    ),
)
async def invite_consent(sent: InvitationIn, op: Inviting, served: Served) -> InvitationOut:
    """Nothing is given until the person presses the button. The link is in this answer only; send it yourself."""
    return await op.create(invitations.invite, invitations.reread, sent, served.settings.base_url)


@router.put(
    "/wordings",
    operation_id="put_wording",
    summary="Make a version of a wording in one language",
    responses=problems(WordingImmutable, ConsentInvalid, NotAConsentPurpose),
)
async def put_wording(sent: WordingIn, op: Wording) -> WordingOut:
    """A version never changes: the same again is harmless, other words under its number answer 409 (Art. 7(1))."""
    return await op.write(wordings.put, sent)


@router.get(
    "/wordings",
    operation_id="list_wordings",
    summary="All wordings",
    responses=problems(CursorInvalid),
)
async def list_wordings(op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[WordingOut]:
    """Every version in every language; a consent names the one that the person saw."""
    return await op.read(wordings.listed, window(op.keys, "wordings", limit, cursor))
