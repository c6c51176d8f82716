"""The page behind a notification's one-time link: what is asked, whom it concerns (once), and the answer.

Opening it uses nothing up, because mail scanners open links too: showing and answering are buttons (POST).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from app.connectors.answers import KINDS
from app.connectors.instruction import Instruction
from app.connectors.texts import day, speech
from app.connectors.whom import FIELDS, Identifier, Line, scope, whom

State = Literal["open", "showing", "shown", "thanks", "ended"]
"""`open`: not shown yet. `showing`: this once. `shown`: before. `thanks`: answered now or before. `ended`: no link."""
_FORM = ("answer", "ground", "until", "answered_by")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says; it holds the person only while `state` is `showing`."""

    instruction: Instruction
    state: State
    fields: tuple[Identifier, ...] = FIELDS
    problem: str | None = None
    """Where the answer fails: a key of `problems` in the texts."""
    given: Mapping[str, str] | None = None
    """What was sent, so that nothing need be typed twice."""


def answer_page(shown: Shown) -> str:
    """The page, as HTML."""
    told, language = shown.instruction, shown.instruction.language
    say = speech(language)
    people: list[Line] = whom(told, say, shown.fields) if shown.state == "showing" else []
    return _page().render(
        say=say,
        language=language,
        style=_style(),
        state=shown.state,
        controller=told.controller,
        contact=told.reply_to,
        case=told.case_number or told.id,
        due=day(told.due_on, language),
        act=told.act.value,
        role=told.role,
        scope=scope(told, say),
        whom=people,
        kinds=KINDS,
        problem=shown.problem,
        given={field: (shown.given or {}).get(field, "") for field in _FORM},
    )


def ended_page(language: str, contact: str) -> str:
    """The page of a link that is not known or no longer valid: it says nothing about anything."""
    say = speech(language)
    return _page().render(
        say=say, language=language, style=_style(), state="ended", controller="", contact=contact, problem=None
    )


@cache
def security_policy() -> str:
    """Nothing may load or run on the page but its one style, known by its hash; forms go to ourselves."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("app.connectors", "pages"), autoescape=select_autoescape(), undefined=StrictUndefined
    )


def _page() -> Template:
    return _templates().get_template("answer.html")


@cache
def _style() -> Markup:
    """Put into the page, so that it asks for nothing else."""
    return Markup(_templates().get_template("answer.css").render())  # noqa: S704 (our own file)
