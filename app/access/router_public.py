"""The page behind the link of a released reply: opening shows what it is, the button fetches it, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from app.access import fetching
from app.access.document import link_page, security_policy
from app.access.errors import LinkEnded, LinkNotFound
from app.access.fetching import Link
from app.access.labels import Speech
from app.access.router import archive_name, sent
from app.access.showing import day
from app.auth.errors import TooManyFailures
from app.auth.failures import Failures
from app.deps import services
from app.errors import problems
from app.register.builtin import PUBLIC, builtin_operation
from app.register.definition import Definition
from app.register.deps import registers

router = APIRouter(prefix="/data", tags=["people's pages"])

Token = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get(
    "/{token}",
    operation_id="open_link",
    summary="What the link gives; opening uses nothing up",
    response_class=HTMLResponse,
    responses=problems(LinkNotFound, LinkEnded, TooManyFailures),
)
async def open_link(token: Token, request: Request) -> HTMLResponse:
    """A page with a button. Mail scanners open links, so that the reply is given by the button only (Art. 15)."""
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    with _guessing(request):
        link = await op.db.read(fetching.opened, op, token)
    return _page(op.definition, link)


@router.post(
    "/{token}",
    operation_id="fetch_data",
    summary="The person's button: the reply as a ZIP, once",
    response_class=Response,
    responses={
        **problems(LinkNotFound, LinkEnded, TooManyFailures),
        200: {"content": {"application/zip": {}}},
    },
)
async def fetch_data(token: Token, request: Request) -> Response:
    """Answers the frozen reply and deletes its copy here in the same transaction. A second press answers 410."""
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    try:
        with _guessing(request):
            link, spool = await op.write(fetching.fetch, token)
    except LinkEnded:
        return _page(op.definition, await op.db.read(fetching.opened, op, token))
    return sent(spool, "application/zip", archive_name(link.case_number))


@contextmanager
def _guessing(request: Request) -> Iterator[None]:
    """Links that are not known count against the address; one that guesses too often is not heard for a while."""
    failures: Failures = request.app.state.link_failures
    host = request.client and request.client.host
    failures.check(host)
    try:
        yield
    except LinkNotFound:
        failures.count(host)
        raise


def _page(definition: Definition, link: Link) -> HTMLResponse:
    speech = Speech(link.language)
    word, name = speech.word, definition.controller.legal_name
    if link.ended_because is None:
        last = day(link.expires_on, speech.language)
        text, button = word("link_open", controller=name, case=link.case_number, expires=last), word("link_button")
        aside = word("link_care")
    else:
        text, button = word("link_used" if link.ended_because == "used" else "link_ended"), ""
        aside = word("link_new", email=definition.request_email)
    html = link_page(
        language=speech.language,
        title=word("link_title"),
        controller=name,
        text=text,
        button=button,
        aside=aside,
    )
    status = 200 if link.ended_because is None else LinkEnded.status
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": security_policy("link.css")})
