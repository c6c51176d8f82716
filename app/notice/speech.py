"""The words of the notice in one language, with the definition's own where it has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from app.letters.words import LANGUAGES, Words
from app.notice.facts import Practice
from app.notice.promises import Promise
from app.register.definition import Definition
from app.register.definition_base import Label, worded


@cache
def words(language: str) -> Words:
    """The words in a language of `LANGUAGES`."""
    return Words(language, _read(f"{language}.yaml"))


@cache
def _countries() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = _read("countries.yaml")
    return found


def _read(name: str) -> Any:
    return yaml.safe_load(files("app.notice").joinpath("words", name).read_text(encoding="utf-8"))


def languages_of(definition: Definition) -> tuple[str, ...]:
    """The languages in which a notice can be given: the definition's, as far as there are words."""
    return tuple(code for code in definition.languages if code in LANGUAGES) or (LANGUAGES[-1],)


@dataclass(frozen=True, slots=True)
class Speech:
    """What a section needs in order to be written in one language."""

    definition: Definition
    practice: Practice
    kept: frozenset[Promise]
    words: Words

    @property
    def language(self) -> str:
        """The language that is written."""
        return self.words.language

    def say(self, words: str | Label) -> str:
        """The definition's own words."""
        return worded(words, self.language, self.definition.default_language)

    def list(self, texts: Iterable[str]) -> str:
        """Texts one after the other, for a sentence or a cell."""
        return ", ".join(texts)

    def inside(self, words: str | Label) -> str:
        """The definition's words within a sentence: without a capital letter, unless they begin with a name."""
        text = self.say(words)
        return text if text[1:2].isupper() else text[:1].lower() + text[1:]

    def country(self, code: str) -> str:
        """What a country is called; its code where nobody has said."""
        names = _countries().get(code)
        return names[LANGUAGES.index(self.language)] if names else code
