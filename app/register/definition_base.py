"""Building blocks shared by every part of a register definition."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A stable identifier in snake case."""
FactId = Annotated[str, StringConstraints(pattern=r"^F[1-9][0-9]?$")]
"""A fact of the published notice, as numbered in the fact base."""
DefectId = Annotated[str, StringConstraints(pattern=r"^N[1-9][0-9]?$")]
"""A defect of the published notice, as numbered in the fact base."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _only_iso(value: Any) -> Any:
    if not isinstance(value, date | str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
        raise PydanticCustomError("date_format", "a date is written year-month-day, such as 2026-11-22")
    return value


Day = Annotated[date, BeforeValidator(_only_iso)]
"""A calendar date; epoch numbers, which Pydantic would accept, are refused."""


class Part(BaseModel):
    """A part of the definition: immutable, unknown keys refused (F26 applied to the definition itself)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Stated(Part):
    """A part that carries facts of the published notice.

    `facts` names them; `stated` holds the notice's own words, verbatim, where the value here differs.
    """

    facts: tuple[FactId, ...] = ()
    stated: tuple[Text, ...] = ()


class Label(RootModel[dict[LanguageCode, Text]]):
    """A text for people, by language."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    root: dict[LanguageCode, Text] = Field(min_length=1)

    def text(self, *languages: str) -> str:
        """The text in the first of `languages` that it has; else in the first language it was written in."""
        return next((self.root[code] for code in languages if code in self.root), next(iter(self.root.values())))

    @property
    def languages(self) -> frozenset[str]:
        """The languages it is written in."""
        return frozenset(self.root)


Wording = Text | Label
"""A text for people: by language, or in one language for want of others."""


def worded(words: str | Label, *languages: str) -> str:
    """The wording in the first of `languages` that it has."""
    return words.text(*languages) if isinstance(words, Label) else words


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements of one definition that cannot both hold, at the place of the one to mend."""

    place: tuple[str | int, ...]
    message: str
    hint: str = ""


def refuse(title: str, contradictions: Iterable[Contradiction]) -> None:
    """Raise one Pydantic `ValidationError` that lists every contradiction at its own place, if any."""
    found = [
        InitErrorDetails(
            type=PydanticCustomError("contradiction", "{message}", {"message": c.message, "hint": c.hint}),
            loc=c.place,
            input=None,
        )
        for c in contradictions
    ]
    if found:
        raise ValidationError.from_exception_data(title, found, hide_input=True)


def brief(value: object) -> str:
    """The value in quotes, cut so that a message never repeats a long text."""
    text = str(value)
    return f"'{text[:37]}…'" if len(text) > 40 else f"'{text}'"


def duplicates(values: Iterable[str]) -> list[tuple[int, str]]:
    """Position and value of each item that already occurred."""
    seen: set[str] = set()
    found = []
    for position, value in enumerate(values):
        if value in seen:
            found.append((position, value))
        seen.add(value)
    return found
