"""A page as an answer: its template, one style inside it, and a policy under which nothing else loads or runs."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.auth.errors import TooManyFailures
from app.errors import Problem
from app.pages.words import NAMES, Words, language_of, spoken
from app.register.definition import Definition
from app.sheets import Sheets

SHEETS = Sheets("app.pages", "templates", "style.css")


def page(
    template: str, words: Words, definition: Definition, title: str, *, status: int = 200, **members: Any
) -> HTMLResponse:
    """The page in the language of `words`."""
    html = SHEETS.template(template).render(
        style=SHEETS.style,
        words=words,
        title=title,
        controller=definition.controller.legal_name,
        email=definition.request_email,
        phone=definition.request_phone.display,
        authority=_authority(definition, words.language),
        languages=[(code, NAMES[code]) for code in spoken(definition)],
        **{"private": True, "faulty": False, **members},
    )
    headers = {"Content-Security-Policy": SHEETS.policy, "Content-Language": words.language}
    return HTMLResponse(html, status_code=status, headers=headers)


def _authority(definition: Definition, language: str) -> str:
    office = definition.authority
    return ", ".join(filter(None, (office.name.text(language, "en"), office.phone, office.email)))


def refused(request: Request, definition: Definition, problem: Problem, lang: str | None) -> HTMLResponse:
    """A page for whoever reads pages; programs get the problem itself, which is raised again."""
    if not reads_pages(request):
        raise problem
    words = Words(language_of(request, definition, lang))
    if isinstance(problem, TooManyFailures):
        title, text = words("wait_title"), words("wait", seconds=problem.headers["Retry-After"])
    else:
        title, text = words("fault_title"), words("fault_link")
    answer = page("message.html", words, definition, title, status=problem.status, text=text)
    answer.headers.update(dict(problem.headers))
    return answer


def reads_pages(request: Request) -> bool:
    """Whether it is a browser that asks; mail programs and scripts want the problem."""
    return "text/html" in request.headers.get("accept", "")
