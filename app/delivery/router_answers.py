"""The page on which a recipient answers a notification; its link is the only key to it."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.connectors.answer_page import Shown, answer_page, ended_page, security_policy
from app.delivery import answering
from app.delivery.errors import AnswerLinkUnknown, AnswerUnfinished
from app.deps import services
from app.errors import problems
from app.register.builtin import PUBLIC, builtin_operation
from app.register.deps import registers

router = APIRouter(prefix="/answers", tags=["people's pages"])

Token = Annotated[str, Path(min_length=40, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
MOST_FIELDS = 20


@router.get(
    "/{token}",
    operation_id="open_answer_page",
    summary="What a recipient is asked; opening shows nobody and answers nothing",
    response_class=HTMLResponse,
    responses=problems(AnswerLinkUnknown, TooManyFailures),
)
async def open_answer_page(token: Token, request: Request) -> HTMLResponse:
    """Mail scanners open links, so that whom it is about is shown by a press only. No token."""
    return await _asked(request, answering.open_page, token)


@router.post(
    "/{token}",
    operation_id="answer_on_page",
    summary="The recipient's buttons: show who it is about, once; or answer",
    response_class=HTMLResponse,
    responses=problems(AnswerLinkUnknown, AnswerUnfinished, TooManyFailures),
)
async def answer_on_page(token: Token, request: Request) -> HTMLResponse:
    """A form, URL-encoded: `do` is `show` or `answer`; then `answer`, `answered_by`, and `ground` of a refusal."""
    try:
        form = dict(parse_qsl((await request.body()).decode(), max_num_fields=MOST_FIELDS))
    except ValueError:
        form = {}
    if form.get("do") == "show":
        return await _asked(request, answering.show, token)
    return await _asked(request, answering.answer, token, form)


async def _asked(request: Request, work: Callable[..., Shown], token: str, *more: Any) -> HTMLResponse:
    served = services(request)
    op = await builtin_operation(PUBLIC, served, registers(request))
    try:
        with guessing(request.app.state.link_failures, request.client and request.client.host, AnswerLinkUnknown):
            shown = await op.write(work, token, *more, base_url=served.settings.base_url)
    except AnswerLinkUnknown:
        if not _reads_pages(request):
            raise
        return _page(ended_page(op.definition.default_language, op.definition.request_email), 404)
    if shown.problem and not _reads_pages(request):
        raise AnswerUnfinished(field=shown.problem)
    return _page(answer_page(shown), 422 if shown.problem else 200)


def _reads_pages(request: Request) -> bool:
    """Whether it is a browser that asks; a program wants the problem."""
    return "text/html" in request.headers.get("accept", "")


def _page(html: str, status: int) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": security_policy(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(html, status_code=status, headers=headers)
