"""People behind requests: pasted e-mails, candidates, second persons, fees, and deaths."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers.errors import CustomerErased, CustomerNotFound
from app.customers.router import IfMatch, etag
from app.deps import Served
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.subject_requests import abuse, deaths, email_intake, four_eyes
from app.subject_requests.errors import (
    AbuseNotShown,
    AlreadyDecided,
    ApproverNeeded,
    CannotBeDecided,
    DeathNotReported,
    DeathReported,
    EmailUnclear,
    RequestIfMatchNeeded,
    RequestInvalid,
    RequestNotFound,
    RequestStale,
    SamePerson,
    StateForbids,
)
from app.subject_requests.router import Name
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.schemas_people import (
    CandidateOut,
    ConfirmationIn,
    DeathIn,
    DeathOut,
    EmailIn,
    EmailTakenOut,
    FeeIn,
    FeeOutcomeIn,
    MistakeIn,
)

router = APIRouter(prefix="/v1", tags=["subject requests"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ)]
Writing = Annotated[Operation, allowed(Scope.REQUESTS_WRITE)]
Receiving = Annotated[Operation, creating(Scope.REQUESTS_WRITE)]
Deciding = Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]
_PERSON = (CustomerNotFound, CustomerErased)


@router.post(
    "/subject-request-emails",
    status_code=201,
    operation_id="receive_email",
    summary="Take a pasted e-mail as a request",
    responses=problems(EmailUnclear, RequestInvalid),
)
async def receive_email(sent: EmailIn, op: Receiving, response: Response) -> EmailTakenOut:
    """You pick the right; sender, day and text become the case, which is linked to nobody until you do that too.

    Attachments are dropped, and identity codes masked. Of a source text, what cannot be read for sure is asked for.
    """
    mail = await asyncio.to_thread(email_intake.read, sent, op.at)
    taken = await op.create(email_intake.take, email_intake.reread, sent, mail)
    response.headers["Location"] = f"/v1/subject-requests/{taken.id}"
    etag(response, taken.version)
    return taken


@router.get(
    "/subject-requests/{request}/candidates",
    operation_id="list_candidates",
    summary="Who of the register may be meant; nobody is linked by that",
    responses=problems(RequestNotFound, CursorInvalid),
)
async def list_candidates(request: Name, op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[CandidateOut]:
    """By what the person claims to be, each with what fits. A human compares and links one with `change_request`."""
    return await op.write(email_intake.candidates, request, window(op.keys, f"candidates:{request}", limit, cursor))


@router.post(
    "/subject-requests/{request}/decision/confirmation",
    operation_id="confirm_decision",
    summary="A second person confirms the proposed decision, or sends it back",
    responses=problems(
        RequestNotFound,
        RequestStale,
        RequestIfMatchNeeded,
        StateForbids,
        AlreadyDecided,
        CannotBeDecided,
        SamePerson,
        PersonNeeded,
    ),
)
async def confirm_decision(
    request: Name, sent: ConfirmationIn, op: Deciding, served: Served, response: Response, if_match: IfMatch = None
) -> RequestOut:
    """Needs If-Match with the version that was read: what is confirmed is what was seen."""
    hours = served.settings.execution_delay_hours
    confirmed = await op.write(four_eyes.confirm, request, sent, if_match, hours)
    etag(response, confirmed.version)
    return confirmed


@router.post(
    "/subject-requests/{request}/fee",
    operation_id="ask_fee",
    summary="Ask for a fee (Art. 12(5)(a), 15(3)); the clock runs on",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids, AbuseNotShown, ApproverNeeded, PersonNeeded),
)
async def ask_fee(request: Name, sent: FeeIn, op: Deciding) -> RequestOut:
    """Needs evidence that is more than a count, and somebody else than the one who took the request in."""
    return await op.write(abuse.ask_fee, request, sent)


@router.post(
    "/subject-requests/{request}/fee/outcome",
    operation_id="settle_fee",
    summary="The fee is paid, or waived",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids, PersonNeeded),
)
async def settle_fee(request: Name, sent: FeeOutcomeIn, op: Deciding) -> RequestOut:
    """The request goes on in either case (Art. 12(5))."""
    return await op.write(abuse.settle_fee, request, sent)


@router.post(
    "/customers/{customer_id:uuid}/death",
    status_code=201,
    operation_id="report_death",
    summary="Record a reported death: marketing stops, customership and rights end",
    responses=problems(*_PERSON, RequestInvalid, DeathReported, DeathNotReported, PersonNeeded),
)
async def report_death(customer_id: UUID, sent: DeathIn, op: Receiving) -> DeathOut:
    """Accounting and the estate's claims stay. Bookings ahead are listed for you to call off."""
    return await op.create(deaths.report, deaths.reread, customer_id, sent)


@router.get(
    "/customers/{customer_id:uuid}/death",
    operation_id="read_death",
    summary="The report that stands, and what it leaves to a human",
    responses=problems(*_PERSON, DeathNotReported),
)
async def read_death(customer_id: UUID, op: Reading) -> DeathOut:
    """When and on what evidence, the requests that ended with the person, and the bookings ahead that somebody must
    call off."""
    return await op.write(deaths.read, customer_id)


@router.post(
    "/customers/{customer_id:uuid}/death/withdrawal",
    operation_id="withdraw_death",
    summary="The report was mistaken: everything is as before",
    responses=problems(*_PERSON, DeathNotReported, PersonNeeded),
)
async def withdraw_death(customer_id: UUID, sent: MistakeIn, op: Writing) -> DeathOut:
    """The suppression goes, the customership goes on, and requests that it ended are open again."""
    return await op.write(deaths.withdraw, customer_id, sent)
