"""A page as an answer: its template, one style inside it, and a policy under which nothing else loads or runs."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.auth.errors import TooManyFailures
from app.errors import Problem
from app.pages.words import NAMES, Words, language_of, spoken
from app.register.definition import Definition


def page(
    template: str, words: Words, definition: Definition, title: str, *, status: int = 200, **members: Any
) -> HTMLResponse:
    """The page in the language of `words`."""
    html = (
        _templates()
        .get_template(template)
        .render(
            style=_style(),
            words=words,
            title=title,
            controller=definition.controller.legal_name,
            email=definition.request_email,
            phone=definition.request_phone.display,
            authority=_authority(definition, words.language),
            languages=[(code, NAMES[code]) for code in spoken(definition)],
            **{"private": True, "faulty": False, **members},
        )
    )
    headers = {"Content-Security-Policy": security_policy(), "Content-Language": words.language}
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


@cache
def _style() -> Markup:
    """The only style of the pages, put into each, so that it asks for nothing else."""
    return Markup(_templates().get_template("style.css").render())  # noqa: S704 (our own file)


@cache
def security_policy() -> str:
    """Nothing may load or run on a page but its style, known by its hash; a form goes to ourselves."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("app.pages", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
