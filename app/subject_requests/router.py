"""Subject requests: receive, identify, extend, assess, decide, complete (Arts. 12, 15-21)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.customers.errors import CustomerErased, CustomerInvalid, CustomerNotFound
from app.customers.router import IfMatch, etag
from app.deps import Served
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.subject_requests import deciding, handling, intake, listing, questions
from app.subject_requests.errors import (
    AbuseNotShown,
    AlreadyDecided,
    AlreadyExecuted,
    BalancingIncomplete,
    CannotBeDecided,
    ExtensionRefused,
    IdentityNotEstablished,
    NotErasable,
    OverrideRefused,
    RecordChanged,
    RequestIfMatchNeeded,
    RequestInvalid,
    RequestNotFound,
    RequestStale,
    StateForbids,
    StillOpen,
)
from app.subject_requests.repository_clock import Wanted
from app.subject_requests.schemas import (
    CompletionIn,
    DecisionIn,
    ExtensionIn,
    IdentityCheckIn,
    RequestNew,
    RequestPatch,
    WithdrawalIn,
)
from app.subject_requests.schemas_out import AssessmentOut, RequestOut, RequestRow
from app.wire import Day

router = APIRouter(prefix="/v1/subject-requests", tags=["subject requests"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ)]
Writing = Annotated[Operation, allowed(Scope.REQUESTS_WRITE)]
Receiving = Annotated[Operation, creating(Scope.REQUESTS_WRITE)]
Deciding = Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]
Name = Annotated[
    str, Path(max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or case number.", examples=["2026-00001"])
]
_PERSON = (CustomerNotFound, CustomerErased)


@router.post(
    "",
    status_code=201,
    operation_id="receive_request",
    summary="Receive a request; a marketing ban and a consent withdrawal take effect at once",
    responses=problems(RequestInvalid, CustomerInvalid, *_PERSON),
)
async def receive_request(new: RequestNew, op: Receiving, response: Response) -> RequestOut:
    """For a person of the register, or for an identity that somebody claims and a human establishes. The answer has the
    case number and the day by which to answer: a month from receipt (Art. 12(3), Reg. 1182/71)."""
    request = await op.create(intake.receive, intake.reread, new)
    response.headers["Location"] = f"/v1/subject-requests/{request.id}"
    etag(response, request.version)
    return request


@router.get(
    "",
    operation_id="list_requests",
    summary="Requests by due date; the open ones unless a state is named",
    responses=problems(CursorInvalid),
)
async def list_requests(
    op: Reading,
    state: State | None = None,
    due_before: Annotated[Day | None, Query()] = None,
    overdue: bool | None = None,
    person_in_charge: Annotated[
        str | None, Query(max_length=200, description="The name of who is in charge, or substitutes.")
    ] = None,
    right: Right | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RequestRow]:
    """Each with its due date, days left and the person in charge; the person it is about by id alone."""
    states = None if state is None else (state.value,)
    wanted = Wanted(states, due_before, overdue, right and right.value, person_in_charge)
    return await op.write(listing.listed, wanted, window(op.keys, f"requests:{wanted}", limit, cursor))


@router.get(
    "/{request}", operation_id="read_request", summary="One request, whole", responses=problems(RequestNotFound)
)
async def read_request(request: Name, op: Reading, response: Response) -> RequestOut:
    """By id or case number: clock, identity, decision, what is open, timeline. The ETag is for a change."""
    found = await op.write(handling.read, request)
    etag(response, found.version)
    return found


@router.patch(
    "/{request}",
    operation_id="change_request",
    summary="Link the person, hand the request over, or record who acts for the person",
    responses=problems(
        RequestNotFound, RequestStale, RequestIfMatchNeeded, RequestInvalid, CustomerInvalid, StateForbids, *_PERSON
    ),
)
async def change_request(
    request: Name, sent: RequestPatch, op: Writing, response: Response, if_match: IfMatch = None
) -> RequestOut:
    """Members that are left out stay as they are. Linking says whose data the case is about; only a human can."""
    changed = await op.write(handling.patch, request, sent, if_match)
    etag(response, changed.version)
    return changed


@router.post(
    "/{request}/identity-checks",
    operation_id="check_identity",
    summary="Ask who the person is or what is meant, or record what came of it (Art. 12(6), Recital 63)",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids),
)
async def check_identity(request: Name, sent: IdentityCheckIn, op: Writing) -> RequestOut:
    """A reasonable doubt that is recorded in time pauses the clock until the person answers. Ask for no more than
    needed."""
    return await op.write(questions.check_identity, request, sent)


@router.post(
    "/{request}/extension",
    operation_id="extend_request",
    summary="Take two further months (Art. 12(3))",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids, ExtensionRefused, PersonNeeded),
)
async def extend_request(request: Name, sent: ExtensionIn, op: Deciding) -> RequestOut:
    """Only if the person was told, with the reasons, by the first due date; the new one counts from receipt."""
    return await op.write(handling.extend, request, sent)


@router.get(
    "/{request}/assessment",
    operation_id="assess_request",
    summary="What an erasure would do: a dry run, record by record",
    responses=problems(RequestNotFound, StateForbids, NotErasable),
)
async def assess_request(request: Name, op: Reading) -> AssessmentOut:
    """A verdict for each record and purpose: erase, retain until a day by a section, restrict, or a question for a
    human. Changes nothing."""
    return await op.write(handling.assess, request)


@router.post(
    "/{request}/decision",
    operation_id="decide_request",
    summary="A named human decides, with reasons (Art. 22)",
    responses=problems(
        RequestNotFound,
        RequestInvalid,
        StateForbids,
        AlreadyDecided,
        NotErasable,
        IdentityNotEstablished,
        OverrideRefused,
        BalancingIncomplete,
        CustomerInvalid,
        RecordChanged,
        CannotBeDecided,
        AbuseNotShown,
        PersonNeeded,
    ),
)
async def decide_request(request: Name, sent: DecisionIn, op: Deciding, served: Served) -> RequestOut:
    """An erasure restricts everything of the person at once and is executed after the delay.

    A rectification says of each contested value what was found, and changes the record in this call. An objection
    weighs each purpose; what is upheld stops now and is erased after the delay. A restriction that is refused stays
    until the person has been told (`restriction-lift`).

    Where the definition wants four eyes the decision is `proposed` until another person confirms it.
    """
    return await op.write(deciding.decide, request, sent, served.settings.execution_delay_hours)


@router.delete(
    "/{request}/decision",
    operation_id="cancel_decision",
    summary="Cancel a decision within its delay",
    responses=problems(RequestNotFound, StateForbids, AlreadyExecuted, PersonNeeded),
)
async def cancel_decision(request: Name, op: Deciding) -> RequestOut:
    """Back to review; only before it is executed, because what is erased is gone."""
    return await op.write(deciding.cancel, request)


@router.post(
    "/{request}/completion",
    operation_id="complete_request",
    summary="Record what recipients answered and when the letter left (Art. 19)",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids, StillOpen, PersonNeeded),
)
async def complete_request(request: Name, sent: CompletionIn, op: Deciding) -> RequestOut:
    """Answers of recipients and the day of the letter. The request is completed when nothing is open any more; what
    still is stands in the answer. With nothing to record, 409 says what is open."""
    return await op.write(handling.complete, request, sent)


@router.post(
    "/{request}/withdrawal",
    operation_id="withdraw_request",
    summary="The person takes the request back, or it was opened in error",
    responses=problems(RequestNotFound, StateForbids),
)
async def withdraw_request(request: Name, sent: WithdrawalIn, op: Writing) -> RequestOut:
    """By the person, before it is decided; or because it was opened in error, and then it leaves nothing behind. After
    a decision 409: cancel that first."""
    return await op.write(handling.take_back, request, sent)
