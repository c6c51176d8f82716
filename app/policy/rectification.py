"""What a human found about contested data, and what follows (Article 16)."""

from collections.abc import Collection
from enum import StrEnum
from typing import Literal, TypeAlias


class Finding(StrEnum):
    """What the check of one contested value came to. `undecided`: neither version could be shown to be right."""

    AS_PROPOSED = "as_proposed"
    AS_HELD = "as_held"
    UNDECIDED = "undecided"


Settled: TypeAlias = Literal["changed", "supplemented", "noted"]
Granted: TypeAlias = Literal["granted", "partly_granted", "refused"]


def settled(finding: Finding, *, is_value: bool) -> Settled:
    """A value is changed, a fact of a purchase or booking supplemented; whatever is not accepted is noted beside."""
    if finding is not Finding.AS_PROPOSED:
        return "noted"
    return "changed" if is_value else "supplemented"


def outcome(findings: Collection[Finding]) -> Granted:
    """How the request as a whole is decided."""
    accepted = [finding for finding in findings if finding is Finding.AS_PROPOSED]
    if not accepted:
        return "refused"
    return "granted" if len(accepted) == len(findings) else "partly_granted"
