"""The words of the reply, from `labels.yaml`: what each section, field and code is called, and what is left out."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

LANGUAGES = ("fi", "sv", "en")
PLACE = Path(__file__).with_name("labels.yaml")

Words = Annotated[
    tuple[str, str, str], BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
]
"""The same in each of `LANGUAGES`."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldWords(_Part):
    """What a field is called, and which list its codes come from."""

    label: Words
    codes: str | None = None


def _field(value: Any) -> Any:
    return {"label": value} if isinstance(value, list) else value


class SectionWords(_Part):
    """What a section is called, what it means, and its fields in the order in which they are shown."""

    title: Words
    context: Words
    fields: dict[str, Annotated[FieldWords, BeforeValidator(_field)]]
    layout: str = "list"


class Labels(_Part):
    """The whole file."""

    words: dict[str, Words]
    retention: dict[str, Words]
    periods: dict[str, Words]
    codes: dict[str, dict[str, Words]]
    sections: dict[str, SectionWords]
    reasons: dict[str, str]
    left_out: dict[str, dict[str, str]]
    outside: dict[str, str]


@cache
def labels() -> Labels:
    """The file, read once."""
    return Labels.model_validate(yaml.safe_load(PLACE.read_text(encoding="utf-8")))


class Speech:
    """The words in one language; English where the language is another."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._at = LANGUAGES.index(self.language)

    def of(self, words: Words) -> str:
        """These words."""
        return words[self._at]

    def word(self, name: str, **filled: Any) -> str:
        """A word or sentence of the reply itself."""
        return self._filled(labels().words[name], filled)

    def kept(self, name: str, **filled: Any) -> str:
        """A sentence about how long something is kept."""
        return self._filled(labels().retention[name], filled)

    def period(self, name: str, length: int) -> str:
        """A general period."""
        return self._filled(labels().periods[name], {"length": length})

    def code(self, of: str | None, value: str) -> str:
        """What a code means; the code itself where nobody has said."""
        found = labels().codes.get(of or "", {}).get(value)
        return value if found is None else self.of(found)

    def codes(self, of: str | None) -> Mapping[str, str]:
        """Every code of a list with its meaning."""
        return {code: self.of(words) for code, words in labels().codes.get(of or "", {}).items()}

    def _filled(self, words: Words, filled: Mapping[str, Any]) -> str:
        text = self.of(words)
        for name, value in filled.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text
