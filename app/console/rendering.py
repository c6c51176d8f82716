"""A page of the console as an answer, and every refusal as a page; nothing loads or runs but a style known by hash."""

import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from app.access.showing import day, instant
from app.auth.roles import Scope
from app.console.errors import SignInNeeded
from app.console.flows import purpose_name
from app.console.phrases import phrase, refusal
from app.console.visiting import MARK, WRITTEN, Visit
from app.console.words import LANGUAGES, NAMES, Words, coded, language_of, waiting
from app.errors import NotFound, Problem
from app.register.operation import Operation
from app.sheets import Sheets
from app.subject_requests.staff_words import expiry, right_name

SHEETS = Sheets("app.console", "templates", "style.css")
SIGN_IN = "/console/sign-in"


def page(template: str, visit: Visit, title: str, **members: Any) -> HTMLResponse:
    """A page for somebody who is signed in."""
    op, words = visit.op, visit.words
    return _answer(
        template,
        words,
        title,
        200,
        controller=op.definition.controller.legal_name,
        visit=visit,
        path=visit.request.url.path,
        code=lambda of, value: coded(words, of, value),
        code_pairs=lambda of, values: [(value, coded(words, of, value)) for value in values],
        held_by=lambda value: waiting(words, value),
        day=lambda value: day(value, words.language),
        instant=lambda value: instant(value, words.language, op.definition.zone),
        scope=Scope,
        once=secrets.token_urlsafe(),
        expiry=expiry,
        right_name=lambda right: right_name(words.language, right),
        phrase=lambda text: phrase(text, words.language),
        purpose_name=lambda purpose: purpose_name(op.definition, purpose, words.language),
        called=lambda recipient: _called(op, recipient),
        done=_done(visit),
        **members,
    )


def _called(op: Operation, recipient: str) -> str:
    """A recipient as the notice names it."""
    listed = op.definition.recipient(recipient)
    return listed.name if listed else recipient


def _done(visit: Visit) -> str | None:
    """What was just done; the address says it by a code of ours."""
    code = visit.request.query_params.get("done", "")
    return visit.words(f"done_{code}") if code in DONE else None


DONE = frozenset(
    {"decided", "cancelled", "confirmed", "sent_back", "linked", "extended", "checked", "withdrawn", "lifted"}
    | {"issued", "delivered", "answered", "retried", "received", "death_recorded", "death_withdrawn"}
    | {"withheld", "unwithheld", "link_ended", "fee_asked", "fee_settled", "changed"}
    | {"breach_reported", "breach_changed", "breach_assessed", "authority_notified", "communication_written"}
    | {"breach_closed", "breach_reopened", "people_listed", "people_told", "letters_sent"}
)


def plain(template: str, words: Words, title: str, status: int = 200, **members: Any) -> HTMLResponse:
    """A page for somebody who is not signed in, or a refusal."""
    return _answer(template, words, title, status, visit=None, done=None, **members)


def _answer(template: str, words: Words, title: str, status: int, **members: Any) -> HTMLResponse:
    html = SHEETS.template(template).render(
        style=SHEETS.style,
        words=words,
        title=title,
        mark_name=MARK,
        languages=[(code, NAMES[code]) for code in LANGUAGES],
        **members,
    )
    headers = {"Content-Security-Policy": SHEETS.policy, "Content-Language": words.language}
    return HTMLResponse(html, status_code=status, headers=headers)


def after(path: str, done: str) -> RedirectResponse:
    """Back to a page that says what was done, so that loading it again sends nothing twice."""
    return RedirectResponse(f"{path}?done={done}", status_code=303)


class ConsolePage(APIRoute):
    """A route whose refusals are pages; without a session it leads to the sign-in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, with problems made into pages."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInNeeded:
                return RedirectResponse(SIGN_IN, status_code=303)
            except RequestValidationError:
                return await refused(request, NotFound())
            except Problem as problem:
                return await refused(request, problem)

        return handled


def _fault(words: Words, error: Any) -> tuple[str, str, str]:
    """Which field, what is wrong with it, and in which language that is said."""
    steps = [step for step in str(error.get("pointer", "")).lstrip("#/").split("/") if step and not step.isdigit()]
    where = words.member(steps[-1]) if steps else ""
    missing = error["detail"] == MISSING
    return where, words("member_missing") if missing else error["detail"], words.language if missing else "en"


MISSING = "Field required"
"""As Pydantic says it."""


async def refused(request: Request, problem: Problem) -> HTMLResponse:
    """What stood against it, as the API says it."""
    register = await request.app.state.registers.current()
    spoken = getattr(request.state, "language", None) or language_of(request, register.definition.default_language)
    words = Words(spoken)
    faults = [_fault(words, one) for one in problem.extensions.get("errors", ())]
    said, said_in = refusal(problem, words.language)
    answer = plain(
        "refused.html",
        words,
        words("refused"),
        problem.status,
        controller=register.definition.controller.legal_name,
        problem=problem,
        said=said,
        said_in=said_in,
        faults=faults,
        written=getattr(request.state, WRITTEN, ()),
    )
    answer.headers.update({name: value for name, value in problem.headers.items() if name == "Retry-After"})
    return answer
