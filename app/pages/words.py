"""The words of the person's pages, from `words.yaml`, and which language a page speaks."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from fastapi import Query, Request

from app.policy.vocabulary import Right
from app.register.definition import Definition

LANGUAGES = ("fi", "sv", "en")
NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
"""What each language calls itself."""
PLACE = Path(__file__).with_name("words.yaml")
MOST_ASKED = 20
"""Languages of an Accept-Language header that are looked at."""


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
    return found


class Words:
    """The words in one of `LANGUAGES`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._at = LANGUAGES.index(language)

    def __call__(self, name: str, **filled: Any) -> str:
        """A word or sentence, filled in."""
        text: str = _document()["words"][name][self._at]
        return text.format(**filled) if filled else text

    def right(self, right: Right) -> tuple[str, str]:
        """What a right is called, and what it is."""
        title, about = _document()["rights"][right.value][self._at]
        return title, about


def spoken(definition: Definition) -> tuple[str, ...]:
    """The languages that both the pages and the controller speak; English where there is none."""
    return tuple(code for code in LANGUAGES if code in definition.languages) or ("en",)


Lang = Annotated[str | None, Query(max_length=10, description="`fi`, `sv` or `en`; else the browser's language.")]
"""The language that an address asks for."""


def language_of(request: Request, definition: Definition, lang: str | None, known: str | None = None) -> str:
    """The language that the address asks for, else the person's own if known, else the browser's, else the first."""
    wanted = [lang, known, *_asked(request.headers.get("accept-language", ""))]
    offered = spoken(definition)
    default = definition.default_language if definition.default_language in offered else offered[0]
    return next((code for code in wanted if code in offered), default)


def _asked(header: str) -> Iterable[str]:
    """The languages of Accept-Language (RFC 9110 §12.5.4) by weight, without their regions."""
    weighed: list[tuple[float, str]] = []
    for each in header.split(",")[:MOST_ASKED]:
        tag, _, rest = each.strip().partition(";")
        weighed.append((_weight(rest), tag.partition("-")[0].lower()))
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
