"""Sign in to the console with the token of a person's API client; sign out; choose a language."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.auth.errors import PersonNeeded, TooManyFailures
from app.console import repository, sessions
from app.console.errors import FormForged
from app.console.rendering import ConsolePage, plain
from app.console.visiting import (
    Visit,
    cookie_name,
    drop_cookie,
    mark_of,
    marked_form,
    set_cookie,
    visiting,
)
from app.console.words import LANGUAGES, Words, language_of
from app.deps import services
from app.errors import Problem, Unauthorized
from app.pages.reading import text
from app.register.deps import operation_for, registers

router = APIRouter(prefix="/console", route_class=ConsolePage, include_in_schema=False)

Visiting = Annotated[Visit, visiting()]
BEFORE = "seloste-form"
"""The cookie of the sign-in form: nobody is signed in yet, so its mark hangs on this."""


@router.get("/sign-in")
async def open_sign_in(request: Request) -> Response:
    return await _form(request, None)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Failed tokens count as those of the API do; an address with too many is not heard for a while."""
    try:
        form = await marked_form(request, mark_of(services(request).keys, _before(request)))
        op = await operation_for(request, (), text(form, "token"), None)
        language = language_of(request, op.definition.default_language)
        cookie = await op.write(sessions.begin, language)
    except (Unauthorized, PersonNeeded, TooManyFailures, FormForged) as problem:
        return await _form(request, problem)
    answer = RedirectResponse("/console", status_code=303)
    set_cookie(request, answer, cookie)
    drop_cookie(request, answer, BEFORE)
    return answer


@router.post("/sign-out")
async def sign_out(visit: Visiting) -> Response:
    await visit.op.write(sessions.end, visit.session.id)
    answer = RedirectResponse("/console/sign-in", status_code=303)
    drop_cookie(visit.request, answer)
    return answer


@router.post("/language")
async def choose_language(visit: Visiting) -> Response:
    chosen = text(visit.form, "language")
    if chosen in LANGUAGES:
        await visit.op.db.write(repository.speak, visit.session.id, chosen)
    return RedirectResponse("/console", status_code=303)


def _before(request: Request) -> str:
    cookie = request.cookies.get(cookie_name(request, BEFORE))
    if cookie is None:
        raise FormForged
    return cookie


async def _form(request: Request, problem: Problem | None) -> Response:
    """The form, with a new cookie that its mark belongs to."""
    definition = (await registers(request).current()).definition
    words = Words(language_of(request, definition.default_language))
    before = secrets.token_urlsafe(32)
    answer = plain(
        "sign_in.html",
        words,
        words("sign_in"),
        200 if problem is None else problem.status,
        controller=definition.controller.legal_name,
        mark=mark_of(services(request).keys, before),
        has_provider=services(request).settings.oidc_issuer is not None,
        fault=None if problem is None else _fault(words, problem),
    )
    if isinstance(problem, TooManyFailures):
        answer.headers.update(dict(problem.headers))
    set_cookie(request, answer, before, BEFORE)
    return answer


def _fault(words: Words, problem: Problem) -> str:
    match problem:
        case TooManyFailures():
            return words("sign_in_wait", seconds=problem.headers["Retry-After"])
        case PersonNeeded():
            return words("sign_in_person")
        case FormForged():
            return words("sign_in_again")
        case _:
            return words("sign_in_unknown")
