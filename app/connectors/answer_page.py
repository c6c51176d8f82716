"""The page behind a notification's one-time link: what is asked, whom it concerns (once), and the answer.

Opening it uses nothing up, because mail scanners open links too: showing and answering are buttons (POST).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.connectors.answers import KINDS
from app.connectors.instruction import Instruction
from app.connectors.texts import day, speech
from app.connectors.whom import FIELDS, Identifier, Line, scope, whom
from app.sheets import Sheets

State = Literal["open", "showing", "shown", "thanks", "ended"]
"""`open`: not shown yet. `showing`: this once. `shown`: before. `thanks`: answered now or before. `ended`: no link."""
_SHEETS = Sheets("app.connectors", "pages", "answer.css")
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
    return _SHEETS.template("answer.html").render(
        say=say,
        language=language,
        style=_SHEETS.style,
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
    return _SHEETS.template("answer.html").render(
        say=say, language=language, style=_SHEETS.style, state="ended", controller="", contact=contact, problem=None
    )


def security_policy() -> str:
    """Under which nothing else loads or runs on the page."""
    return _SHEETS.policy
