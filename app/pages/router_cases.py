"""The private page of a case: where the request stands (Art. 12(3)), behind a link that only the person was given."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from app.access.showing import day
from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.deps import services
from app.errors import problems
from app.pages import cases
from app.pages.errors import PageNotFound
from app.pages.rendering import page, refused
from app.pages.words import Lang, Words, language_of
from app.register.builtin import PUBLIC, builtin_operation
from app.register.deps import registers

router = APIRouter(prefix="/cases", tags=["people's pages"])

Token = Annotated[str, Path(max_length=200)]
New = Annotated[str | None, Query(max_length=10, description="Says thank you, right after the form was sent.")]


@router.get(
    "/{token}",
    operation_id="open_case",
    summary="Where a request stands, behind its private link",
    response_class=HTMLResponse,
    responses=problems(PageNotFound, TooManyFailures),
)
async def open_case(token: Token, request: Request, lang: Lang = None, new: New = None) -> HTMLResponse:
    """State, due date and what the person may do next, for whoever holds the link; 404 also when it is forgotten."""
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    try:
        with guessing(request.app.state.link_failures, request.client and request.client.host, PageNotFound):
            case = await op.db.read(cases.opened, op, token)
    except (PageNotFound, TooManyFailures) as problem:
        return refused(request, op.definition, problem, lang)
    words = Words(language_of(request, op.definition, lang))
    return page(
        "case.html",
        words,
        op.definition,
        words("case_title"),
        case=case,
        right=words.right(case.right)[0],
        received=day(case.received_on, words.language),
        due=case.due_on and day(case.due_on, words.language),
        expires=case.reply_until and day(case.reply_until, words.language),
        fresh=new is not None,
    )
