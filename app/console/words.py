"""The words of the console, from `words.yaml`."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import Request

from app.access.labels import Speech
from app.notice.language import preferred

LANGUAGES = ("fi", "sv", "en")
NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
PLACE = Path(__file__).with_name("words.yaml")


@cache
def _document() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
    return found


class Words:
    """The words in one of `LANGUAGES`."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._at = LANGUAGES.index(self.language)

    def __call__(self, name: str, **filled: Any) -> str:
        """A word or sentence, filled in."""
        text = _document()[name][self._at]
        return text.format(**filled) if filled else text

    def of(self, kind: str, code: str) -> str:
        """What a code of that kind is called; the code itself where nobody has said, as in a newer database."""
        found = _document().get(f"{kind}_{code}")
        return code if found is None else found[self._at]

    def member(self, name: str) -> str:
        """What a form calls the member of a payload."""
        found = _document().get(f"member_{name}") or _document().get(name)
        return name if found is None else found[self._at]


def coded(words: Words, of: str, value: str) -> str:
    """What a code of the register is called, as the access reply calls it; the console's own word for what it hides."""
    said = Speech(words.language).code(of, value)
    return words.of(of, value) if said == value else said


def waiting(words: Words, code: str) -> str:
    """Why a notification has not been sent, or failed."""
    kind, _, status = code.rpartition("_")
    return words("waiting_http", status=status) if kind == "http" and status.isdigit() else words.of("waiting", code)


def language_of(request: Request, default: str) -> str:
    """The browser's language if the console speaks it, else the controller's."""
    asked = request.query_params.get("lang")
    return preferred(LANGUAGES, asked, request.headers.get("accept-language"), default)
