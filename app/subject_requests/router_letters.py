"""Letters of a request: issue, list, print with the name joined, record that they have left."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.errors import problems
from app.letters import rendering
from app.letters.errors import LetterDelivered, LetterIncomplete, LetterLost, LetterNotFound, LetterOfBreach
from app.letters.router import Number
from app.letters.schemas import DeliveryIn, LetterNew, LetterOut, LetterRow
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import creating
from app.register.operation import Operation
from app.subject_requests import delivering
from app.subject_requests.errors import NotRestricted, RequestInvalid, RequestNotFound, StateForbids
from app.subject_requests.router import Deciding, Name, Reading

router = APIRouter(prefix="/v1", tags=["letters"])

PDF = "application/pdf"


@router.get(
    "/subject-requests/{request}/letters",
    operation_id="list_letters",
    summary="The letters of a request, oldest first",
    responses=problems(RequestNotFound, PersonNeeded, CursorInvalid),
)
async def list_letters(request: Name, op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[LetterRow]:
    """Numbers, kinds and days; names and addresses are added when one is printed."""
    return await op.write(delivering.listed, request, window(op.keys, f"letters:{request}", limit, cursor))


@router.get(
    "/subject-requests/{request}/letter",
    operation_id="read_answer",
    summary="The newest letter that answers the request",
    responses=problems(RequestNotFound, LetterNotFound, PersonNeeded),
)
async def read_answer(request: Name, op: Reading) -> LetterOut:
    """As it was issued; 404 while there is none."""
    return await op.write(delivering.answer, request)


@router.post(
    "/subject-requests/{request}/letters",
    status_code=201,
    operation_id="issue_letter",
    summary="Issue a letter that a human asks for; refused unless it says all that the law demands",
    responses=problems(RequestNotFound, StateForbids, LetterIncomplete, LetterNotFound, NotRestricted, PersonNeeded),
)
async def issue_letter(
    request: Name,
    sent: LetterNew,
    op: Annotated[Operation, creating(Scope.REQUESTS_DECIDE)],
    response: Response,
) -> LetterOut:
    """The others are issued by themselves, with what they tell of: receipt, question, extension, outcome."""
    letter = await op.create(delivering.issue, delivering.reread, request, sent)
    response.headers["Location"] = f"/v1/letters/{letter.number}"
    return letter


@router.get(
    "/letters/{letter}/page",
    operation_id="read_letter_page",
    summary="The letter as a page, with name and address",
    response_class=HTMLResponse,
    responses=problems(LetterNotFound, LetterLost, PersonNeeded),
)
async def read_letter_page(letter: Number, op: Reading) -> HTMLResponse:
    """Name and address come from the record or, after an erasure, the sealed envelope; else it goes without."""
    found = await op.write(delivering.printable, letter)
    page = rendering.html_of(found.document, found.version)
    return HTMLResponse(page, headers={"Content-Security-Policy": rendering.policy(found.version)})


@router.get(
    "/letters/{letter}/document",
    operation_id="read_letter_document",
    summary="The letter as a PDF for a window envelope (A4, PDF/UA-1)",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}, **problems(LetterNotFound, LetterLost, PersonNeeded)},
)
async def read_letter_document(letter: Number, op: Reading) -> Response:
    """With name and address from the record or, after an erasure, the sealed envelope; 404 when both are gone. The same
    bytes each time."""
    found = await op.write(delivering.printable, letter)
    made = await asyncio.to_thread(rendering.pdf, found.document, found.version, found.issued_at)
    return Response(made, media_type=PDF, headers={"Content-Disposition": f'inline; filename="{found.number}.pdf"'})


@router.post(
    "/letters/{letter}/delivery",
    operation_id="deliver_letter",
    summary="Record that the letter has left; the answer completes the request when nothing else is open",
    responses=problems(LetterNotFound, LetterDelivered, LetterOfBreach, RequestInvalid, StateForbids, PersonNeeded),
)
async def deliver_letter(letter: Number, sent: DeliveryIn, op: Deciding) -> LetterOut:
    """On which day and how. The letter that answers the request closes its envelope, and completes the request when
    nothing else is open. Again: 409."""
    return await op.write(delivering.deliver, letter, sent)
