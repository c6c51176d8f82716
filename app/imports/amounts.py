"""Numbers as spreadsheets write them: decimal comma or point, spaces, currency and per cent signs."""

import re
from decimal import Decimal

_NOISE = re.compile(r"[\s\u00a0\u202f€%]|EUR", re.IGNORECASE)
_PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


class UnclearNumber(ValueError):
    """The text is no number, or could be read as two different ones."""


def number(text: str) -> Decimal:
    """The number; raises `UnclearNumber`, also for `1.234`, which is a thousand to some and one to others."""
    bare = _NOISE.sub("", text).replace("\u2212", "-")
    if bare.endswith("-"):
        bare = f"-{bare[:-1]}"
    if "," in bare and "." in bare:
        point = max(bare.rfind(","), bare.rfind("."))
        bare = bare[:point].replace(",", "").replace(".", "") + "." + bare[point + 1 :]
    elif re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", bare):
        raise UnclearNumber("a thousand or one?")
    bare = bare.replace(",", ".")
    if not _PLAIN.fullmatch(bare):
        raise UnclearNumber("is no number")
    return Decimal(bare)


def money(text: str) -> str:
    """An amount as `Money` text with two places; raises `UnclearNumber` when it has fractions of a cent."""
    value = number(text)
    if value != value.quantize(Decimal("0.01")):
        raise UnclearNumber("has fractions of a cent")
    return f"{value:.2f}"


def plain(value: Decimal) -> str:
    """The shortest decimal text, without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
