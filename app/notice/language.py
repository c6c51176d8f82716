"""Which language a reader gets."""

import re
from collections.abc import Sequence

_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


def preferred(available: Sequence[str], asked: str | None, accepted: str | None, default: str) -> str:
    """The language asked for, else the best of `Accept-Language` (RFC 9110 12.5.4), else the default one."""
    if asked in available and asked is not None:
        return asked
    weights: dict[str, float] = {}
    for part in (accepted or "").split(","):
        found = _RANGE.fullmatch(part)
        if found is not None:
            weights.setdefault(found[1].lower(), float(found[2] or 1))
    wanted = [code for code in available if weights.get(code, 0) > 0]
    fallback = default if default in available else available[0]
    return max(wanted, key=lambda code: weights[code]) if wanted else fallback
