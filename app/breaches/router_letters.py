"""Letters to the people affected, and notices as pages and documents (Art. 33, 34)."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from app.auth.errors import PersonNeeded
from app.breaches import layout, writing
from app.breaches.errors import BreachClosed, BreachInvalid, BreachNotFound, NoCommunication
from app.breaches.router import Name, Reading, Recording, Writing
from app.breaches.router_people import ToWhom
from app.breaches.schemas import LettersIn, LettersSentIn, NoticeLanguage
from app.breaches.schemas_out import BreachOut, LettersOut
from app.errors import problems
from app.letters import rendering
from app.letters.errors import LetterDelivered, LetterIncomplete

router = APIRouter(prefix="/v1/breaches/{breach}", tags=["breaches"])

PDF = "application/pdf"
Language = Annotated[NoticeLanguage, Query()]


@router.post(
    "/letters",
    status_code=201,
    operation_id="issue_breach_letters",
    summary="Issue a letter to each of these people, in their language (Art. 34)",
    responses=problems(BreachNotFound, BreachInvalid, BreachClosed, NoCommunication, LetterIncomplete, PersonNeeded),
)
async def issue_breach_letters(breach: Name, sent: LettersIn, op: Recording) -> LettersOut:
    """All or none; whoever has a letter in the newest words gets no second one. Print them at `/v1/letters`."""
    return await op.create(writing.issue, writing.reread, breach, sent)


@router.post(
    "/letters/deliveries",
    operation_id="deliver_breach_letters",
    summary="Record that letters have left: the people they went to have been told",
    responses=problems(BreachNotFound, BreachInvalid, BreachClosed, LetterDelivered, PersonNeeded),
)
async def deliver_breach_letters(breach: Name, sent: LettersSentIn, op: Writing) -> BreachOut:
    """All or none. Whoever has been erased since is recorded by subject key at `…/people/outcomes`."""
    return await op.write(writing.deliver, breach, sent)


@router.get(
    "/notices/{audience}/page",
    operation_id="read_breach_notice_page",
    summary="A notice as a page, laid out as a letter",
    response_class=HTMLResponse,
    responses=problems(BreachNotFound, NoCommunication),
)
async def read_breach_notice_page(
    breach: Name, audience: ToWhom, op: Reading, language: Language = "fi"
) -> HTMLResponse:
    """As it reads now, in the language asked for; 409 while no words for people have been recorded."""
    found = await op.write(layout.sheet, breach, audience, language)
    page = rendering.html_of(found.document, found.version)
    return HTMLResponse(page, headers={"Content-Security-Policy": rendering.policy(found.version)})


@router.get(
    "/notices/{audience}/document",
    operation_id="read_breach_notice_document",
    summary="A notice as a PDF (A4, PDF/UA-1): to the authority with its address",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}, **problems(BreachNotFound, NoCommunication)},
)
async def read_breach_notice_document(
    breach: Name, audience: ToWhom, op: Reading, language: Language = "fi"
) -> Response:
    """As it reads now; the same bytes for the same words. 409 while no words for people have been recorded."""
    found = await op.write(layout.sheet, breach, audience, language)
    made = await asyncio.to_thread(rendering.pdf, found.document, found.version, found.on)
    return Response(made, media_type=PDF, headers={"Content-Disposition": f'inline; filename="{found.name}.pdf"'})
