"""What every payload shares: closed inputs, clean text, instants with a zone, sensible days, money."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)

_HETU = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})([-+A-FU-Y])(\d{3})([0-9A-FHJ-NPR-Y])(?![0-9A-Za-z])", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HETU_MARKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of control, formatting, private and unassigned characters and of line breaks: none can be seen."""
_JOINERS = "\u200c\u200d"
"""Of these, what Persian, Indic scripts and emoji are written with."""
_NO_JOINERS = dict.fromkeys(map(ord, _JOINERS))
_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and marks that show nothing."""
_MARKS = frozenset({"Mn", "Me"})
MOST_MARKS = 10
"""Marks in a row on one letter; no script stacks as many."""


class In(BaseModel):
    """An input: unknown members are refused (F26), and nothing is coerced into text or number."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        json_schema_serialization_defaults_required=True,  # an answer that repeats an input is whole
    )


class Out(BaseModel):
    """An output: every member is always present."""

    model_config = ConfigDict(frozen=True)


def holds_identity_code(text: str) -> bool:
    """True when the text contains a valid Finnish personal identity code (Tietosuojalaki 29 §), however wide."""
    if not text.isascii():
        compatible = unicodedata.normalize("NFKC", text)
        text = "".join("-" if unicodedata.category(c) == "Pd" or c == "−" else c for c in compatible)
    for day, month, year, _, serial, mark in _HETU.findall(text):
        number = int(day + month + year + serial)
        if int(day) <= 31 and int(month) <= 12 and _HETU_MARKS[number % 31] == mark.upper():
            return True
    return False


def clean(text: str) -> str:
    """NFC text that shows all it holds: no control, direction-changing or invisible characters; no identity code."""
    if not (text.isascii() and text.isprintable()):  # as most texts are
        text = _composed(text)
    if holds_identity_code(text):
        raise ValueError("contains a personal identity code, which this register must not hold")
    return text


def tidy(text: str) -> str:
    """Clean, without the white space around it; raises `ValueError` when there is nothing else."""
    text = text.strip()
    if not text:
        raise ValueError("is blank")
    return clean(text)


def is_canonical_uuid(text: str) -> bool:
    """Whether the text is a UUID as it is usually written: small letters, with hyphens."""
    return _UUID.fullmatch(text) is not None


def _clean_id(text: str) -> str:
    """Clean, or a UUID: a few of those hold what would pass for an identity code, and mean nobody by it."""
    return text if is_canonical_uuid(text) else clean(text)


def _composed(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    text = composed if len(composed) <= len(text) else text  # a few characters grow, and could outgrow their column
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if (category in _HIDDEN and character not in _JOINERS) or character in _FILLERS:
            raise ValueError("contains control or invisible characters")
        marks = marks + 1 if category in _MARKS else 0
        if marks > MOST_MARKS:
            raise ValueError("piles up marks on one letter")
    return text


def without_joiners(text: str) -> str:
    """The text as it is compared: a joiner that nobody sees makes no other name."""
    return text if text.isascii() else text.translate(_NO_JOINERS)


def _plausible_day(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise ValueError("the date is out of range")
    return day


def _plausible_instant(instant: datetime) -> datetime:
    if not EARLIEST.year < instant.year < LATEST.year:
        raise ValueError("the instant is out of range")
    return instant.astimezone(UTC)


def _only_text(value: object) -> object:
    if not isinstance(value, str | date):
        raise ValueError("must be a text")  # noqa: TRY004 (Pydantic turns ValueError into an error of the payload)
    return value


def _full_day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a date as YYYY-MM-DD")
    return _only_text(value)


def _full_instant(value: object) -> object:
    """Refuses numbers of seconds in a text, which Pydantic would take for an instant."""
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", value):
        raise ValueError("must be an instant as YYYY-MM-DDThh:mm:ss with its zone (RFC 3339)")
    return _only_text(value)


as_sent = partial(StringConstraints, strip_whitespace=False)
"""Limits of a text as it was sent: a schema counts the white space around it, so we do."""
ShortLine = Annotated[str, as_sent(min_length=1, max_length=80), AfterValidator(tidy)]
Line = Annotated[str, as_sent(min_length=1, max_length=200), AfterValidator(tidy)]
LongLine = Annotated[str, as_sent(min_length=1, max_length=2000), AfterValidator(tidy)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
ExternalId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}$"), AfterValidator(_clean_id)
]
SystemCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Day = Annotated[date, BeforeValidator(_full_day), AfterValidator(_plausible_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_full_instant), AfterValidator(_plausible_instant)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Money = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$"), Field(examples=["49.90"])]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


def to_minor(amount: str) -> int:
    """A decimal text of `Money` as integer minor units (cents)."""
    return int(Decimal(amount) * 100)


def from_minor(amount: int) -> str:
    """Minor units as decimal text with two places."""
    return f"{Decimal(amount) / 100:.2f}"
