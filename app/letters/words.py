"""The words of a template version in one language, its dates, and how it cites statutes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("fi", "sv", "en")

_LAWS: Mapping[str, Mapping[str, str]] = {
    "GDPR": {
        "fi": "EU:n tietosuoja-asetus",
        "sv": "EU:s dataskyddsförordning",
        "en": "GDPR",
    },
    "Kirjanpitolaki 1336/1997": {"sv": "Bokföringslagen 1336/1997", "en": "Accounting Act 1336/1997 (Finland)"},
    "Vanhentumislaki 728/2003": {
        "fi": "Laki velan vanhentumisesta 728/2003",
        "sv": "Lagen om preskription av skulder 728/2003",
        "en": "Act on the Limitation of Debts 728/2003 (Finland)",
    },
    "Directive 2006/112/EC and Regulation (EU) 282/2011": {
        "fi": "Direktiivi 2006/112/EY ja asetus (EU) N:o 282/2011",
        "sv": "Direktiv 2006/112/EG och förordning (EU) nr 282/2011",
    },
}
"""Statutes as the register definition names them, in the languages in which they are called otherwise."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ARTICLE = re.compile(r"Art\. (\d+[a-z]?)(?:\((\d+)\)(?:\(([a-z])\))?)?")
_SECTION = re.compile(r"(?:(\d+):)?(\d+) §(?: (\d+) mom\.)?")


@dataclass(frozen=True, slots=True)
class Words:
    """What a template version says in one language."""

    language: str
    texts: Mapping[str, Any]

    def __call__(self, place: str, **values: object) -> str:
        """The text at `place`, such as `extension.due`, with its values filled in."""
        text: str = self._at(place)
        return text.format(**values) if values else text

    def several(self, place: str) -> tuple[str, ...]:
        """A list of texts, such as the columns of a table."""
        return tuple(self._at(place))

    def of(self, place: str, code: str) -> str:
        """The word for a code; the code itself where there is none."""
        found: str = self._at(place).get(code, code)
        return found

    def _at(self, place: str) -> Any:
        found: Any = self.texts
        for name in place.split("."):
            found = found[name]
        return found

    def day(self, day: date) -> str:
        """A date as people write it."""
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.day}.{day.month}.{day.year}"

    def amount(self, amount: str) -> str:
        """A decimal amount as people write it."""
        return amount if self.language == "en" else amount.replace(".", ",")

    def cited(self, law: str, section: str) -> str:
        """A law with its section, as one cites it in this language."""
        named = _LAWS.get(law, {}).get(self.language, law)
        cite = {"fi": _finnish, "sv": _swedish, "en": _english}[self.language]
        return f"{named}, {cite(section)}"


def _finnish(section: str) -> str:
    section = _ARTICLE.sub(lambda found: _in_finnish(*found.groups()), section).replace(" and ", " ja ")
    return _SECTION.sub(lambda found: _paragraph_in_finnish(*found.groups()), section)


def _in_finnish(article: str, number: str | None, letter: str | None) -> str:
    if letter is not None:
        return (
            f"{article} artiklan {number} kohdan {letter} alakohta" if number else f"{article} artiklan {letter} kohta"
        )
    return f"{article} artiklan {number} kohta" if number else f"{article} artikla"


def _paragraph_in_finnish(chapter: str | None, number: str, part: str | None) -> str:
    start = f"{chapter} luvun " if chapter else ""
    return f"{start}{number} §:n {part} momentti" if part else f"{start}{number} §"


def _swedish(section: str) -> str:
    def article(found: re.Match[str]) -> str:
        number, part, letter = found.groups()
        return f"artikel {number}" + (f".{part}" if part else "") + (f" {letter}" if letter else "")

    def paragraph(found: re.Match[str]) -> str:
        chapter, number, part = found.groups()
        return (f"{chapter} kap. " if chapter else "") + f"{number} §" + (f" {part} mom." if part else "")

    return _SECTION.sub(paragraph, _ARTICLE.sub(article, section)).replace(" and ", " och ")


def _english(section: str) -> str:
    def paragraph(found: re.Match[str]) -> str:
        chapter, number, part = found.groups()
        return (f"chapter {chapter}, " if chapter else "") + f"section {number}" + (f"({part})" if part else "")

    return _SECTION.sub(paragraph, _ARTICLE.sub(lambda found: found[0].replace("Art. ", "Article "), section))


@cache
def words(version: int, language: str) -> Words:
    """The words of a template version in a language of `LANGUAGES`."""
    place = files("app.letters").joinpath("templates", f"v{version}", f"{language}.yaml")
    return Words(language, yaml.safe_load(place.read_text(encoding="utf-8")))
