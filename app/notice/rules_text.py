"""Defects of a published text, such as the one on a website: what the corrections name, and what it leaves out.

A correction of the definition says of which words it is. A few defects are of the whole text and have no words of
their own; these are looked for by signs, in each language of the service.
"""

import re
from collections.abc import Callable, Iterator

from app.notice.findings import Finding, found
from app.notice.promises import Promise
from app.register.definition import Definition

SIGNS: dict[str, tuple[str, ...]] = {
    "N13": (r"siirtää tiedot|20 artikla", r"dataportabilitet|överföra uppgifterna|artikel 20", r"portab|Article 20"),
    "N25": (r"(versio|päivitetty)\D{0,20}\d", r"(version|uppdaterad)\D{0,20}\d", r"(version|updated)\D{0,20}\d"),
    "N26": (r"y-tunnus", r"fo-nummer", r"business id|company number"),
    "N40": (
        r"oikeute\w+ e\w+.*tarpeen sopimu.*evästei",
        r"berättiga.*ingå avtal.*kakor",
        r"legitim.*contract.*cookies",
    ),
}
"""Signs that a text says what the defect says it lacks: in Finnish, Swedish, English."""
REPEATED: dict[str, Callable[[Definition], str]] = {
    "N24": lambda definition: definition.request_email,
    "N37": lambda definition: definition.request_address.street,
}
"""Contact details that stand in one place; a text that repeats them drifts apart from itself."""


def defects_in(text: str, definition: Definition, kept: frozenset[Promise] = frozenset()) -> tuple[Finding, ...]:
    """What of the definition's corrections is still to be seen in the text, in the order of the corrections.

    The claim of completeness (N29) is no defect while it is among the promises that are kept.
    """
    flat = " ".join(text.split())
    seen = {*_quoted(flat, definition), *_silent(flat), *_repeated(flat, definition)}
    seen -= {"N29"} if Promise.COMPLETE in kept else set()
    return tuple(
        found("published_defect", one.defect, (one.defect,), reason=one.reason)
        for one in definition.corrections
        if one.defect in seen
    )


def _quoted(text: str, definition: Definition) -> Iterator[str]:
    for one in definition.corrections:
        apart = one.defect in SIGNS or one.defect in REPEATED
        if not apart and one.original is not None and " ".join(one.original.split()) in text:
            yield one.defect


def _silent(text: str) -> Iterator[str]:
    for defect, signs in SIGNS.items():
        if not any(re.search(sign, text, re.IGNORECASE) for sign in signs):
            yield defect


def _repeated(text: str, definition: Definition) -> Iterator[str]:
    return (defect for defect, value in REPEATED.items() if text.count(value(definition)) > 1)
