"""The values to look for, in every form in which they may stand."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SHORTEST = 4
"""Characters below which a text stands somewhere by chance."""
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,}")


@dataclass(frozen=True, slots=True)
class Sought:
    """The values, by the number of their line: what is printed is never the value."""

    forms: tuple[tuple[int, frozenset[str]], ...]

    def within(self, text: str) -> set[int]:
        """Which of the values stand in a text."""
        folded = _folded(text)
        return {number for number, forms in self.forms if any(form in folded for form in forms)}

    def as_bytes(self) -> list[tuple[int, frozenset[bytes]]]:
        """The same for files: as it is, folded, in capitals, and as JSON escapes it."""
        return [(number, frozenset(b for form in forms for b in _spelled(form))) for number, forms in self.forms]


def sought(lines: Iterable[str]) -> Sought:
    """One value on each line, empty ones aside; raises `ValueError` for one too short to mean anybody."""
    found = []
    for number, line in enumerate(lines, start=1):
        value = line.strip()
        if not value:
            continue
        if len(value) < SHORTEST:
            raise ValueError(f"line {number}: too short; it would be found everywhere")
        found.append((number, frozenset(_forms(value))))
    if not found:
        raise ValueError("there is no value to look for")
    return Sought(tuple(found))


def _forms(value: str) -> Iterable[str]:
    folded = _folded(value)
    yield folded
    yield folded.replace(" ", "")
    if _PHONE.fullmatch(value):
        digits = re.sub(r"[^0-9]", "", value)
        yield digits.removeprefix("00")
        yield digits[1:] if digits.startswith("0") else digits[-9:]  # however its country code is written


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _spelled(form: str) -> Iterable[bytes]:
    for spelled in {form, form.upper(), form.title()}:
        yield spelled.encode()
        yield json.dumps(spelled).strip('"').encode()
