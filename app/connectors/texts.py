"""What recipients read, in their language."""

from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("fi", "sv", "en")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

Say = Callable[..., str]
"""`say("mail.subject", case=…)`: the text at a place, its values filled in."""


def speech(language: str) -> Say:
    """The texts in the language, else in English."""
    spoken = language if language in LANGUAGES else "en"

    def say(place: str, **values: object) -> str:
        found: Any = _texts()
        for part in place.split("."):
            found = found[part]
        return str(found[spoken]).format(**values)

    return say


def day(when: date, language: str) -> str:
    """A date as people write it."""
    if language in {"fi", "sv"}:
        return f"{when.day}.{when.month}.{when.year}"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


@cache
def _texts() -> Any:
    return yaml.safe_load((files("app.connectors") / "texts.yaml").read_text("utf-8"))
