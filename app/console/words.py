"""The words of the console, from `words.yaml`."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import Request

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


def language_of(request: Request, default: str) -> str:
    """The browser's language if the console speaks it, else the controller's."""
    asked = request.query_params.get("lang")
    return preferred(LANGUAGES, asked, request.headers.get("accept-language"), default)
