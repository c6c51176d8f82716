"""What the policy says of a verdict, and what refusals are called, in the language of the page."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from app.access.showing import day
from app.errors import Problem

PLACE = Path(__file__).with_name("phrases.yaml")
SPOKEN = ("fi", "sv")
"""Languages of the phrase book besides the policy's English."""
_GAP = re.compile(r"\\\{(\w+)\\\}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@cache
def phrases() -> dict[str, list[str]]:
    """English to each of `SPOKEN`."""
    found: dict[str, list[str]] = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
    return found


@cache
def refusals() -> dict[str, list[str]]:
    """What a refusal is called in each of `SPOKEN`, by its code."""
    found: dict[str, list[str]] = yaml.safe_load(PLACE.with_name("refusals.yaml").read_text(encoding="utf-8"))
    return found


def refusal(problem: Problem, language: str) -> tuple[str, str]:
    """What stands against it, and the language in which that is said."""
    said = refusals().get(problem.code)
    if language not in SPOKEN or said is None:
        return problem.title, "en"
    return said[SPOKEN.index(language)], language


@cache
def _patterns() -> list[tuple[re.Pattern[str], list[str]]]:
    gaps = {text: _GAP.sub(r"(?P<\1>.*?)", re.escape(text)) for text in phrases()}
    return [(re.compile(gaps[text], re.DOTALL), said) for text, said in phrases().items()]


def phrase(text: str, language: str) -> str:
    """The sentence in that language, what is filled in too; the text itself where it is nobody's but a human's."""
    if _DAY.fullmatch(text):
        return day(date.fromisoformat(text), language)
    if language not in SPOKEN:
        return text
    for pattern, said in _patterns():
        if found := pattern.fullmatch(text):
            filled = {name: phrase(value, language) for name, value in found.groupdict().items()}
            return said[SPOKEN.index(language)].format_map(filled)
    return text
