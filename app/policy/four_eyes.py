"""Four eyes: which decisions a second person must confirm, and who that may be."""

from enum import StrEnum
from typing import assert_never

from app.policy.vocabulary import Right


class FourEyes(StrEnum):
    """What the controller has confirmed by a second person; a choice of its own, which no article asks for."""

    NONE = "none"
    ERASURE = "erasure"
    REFUSAL = "refusal"
    BOTH = "both"


_ERASING = frozenset({Right.ERASURE, Right.OBJECTION})
"""Rights that are granted by erasing: an objection that is upheld erases as well (Article 17(1)(c))."""


def is_needed(mode: FourEyes, right: Right, *, refused: bool, abuse_found_by_clerk: bool = False) -> bool:
    """Whether a second person must confirm the decision.

    A refusal for abuse always has an approver other than the clerk who took the request in (Article 12(5)).
    """
    if refused and abuse_found_by_clerk:
        return True
    erases = right in _ERASING and not refused
    match mode:
        case FourEyes.NONE:
            return False
        case FourEyes.ERASURE:
            return erases
        case FourEyes.REFUSAL:
            return refused
        case FourEyes.BOTH:
            return erases or refused
        case _ as unreachable:
            assert_never(unreachable)
