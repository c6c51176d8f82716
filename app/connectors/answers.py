"""What a recipient answers on its page: done, nothing held, or on which ground it cannot (Art. 19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

KINDS = ("done", "nothing_held", "refused")
LONGEST = {"ground": 200, "answered_by": 120}


class AnswerIncomplete(Exception):
    """What was sent is no answer yet; `field` is where it fails, a key of `problems` in the texts."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and who gave it at the recipient; `ground` and `until` of a refusal only."""

    kind: str
    answered_by: str
    ground: str | None = None
    until: date | None = None


def read_answer(form: Mapping[str, str], today: date) -> Answer:
    """The answer in a form that was sent; raises `AnswerIncomplete`."""
    kind, by = form.get("answer", ""), _line(form, "answered_by")
    if kind not in KINDS:
        raise AnswerIncomplete("answer")
    if not by:
        raise AnswerIncomplete("answered_by")
    if kind != "refused":
        return Answer(kind, by)
    ground = _line(form, "ground")
    if not ground:
        raise AnswerIncomplete("ground")
    return Answer(kind, by, ground, _until(form.get("until", "").strip(), today))


def _line(form: Mapping[str, str], field: str) -> str:
    value = " ".join(form.get(field, "").split())
    return value if len(value) <= LONGEST[field] and value.isprintable() else ""


def _until(given: str, today: date) -> date | None:
    if not given:
        return None
    try:
        until = date.fromisoformat(given)
    except ValueError:
        raise AnswerIncomplete("until") from None
    if until <= today:
        raise AnswerIncomplete("until")
    return until
