"""How sure we must be who asks before something that cannot be undone (Articles 5(1)(f), 12(2), 12(6))."""

from dataclasses import dataclass
from enum import StrEnum

from app.policy.vocabulary import Right


class Level(StrEnum):
    """How sure we are; in the words of eIDAS, and `none`."""

    NONE = "none"
    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


class Act(StrEnum):
    """What cannot be undone, or not for somebody else whom it was done to."""

    ERASE = "erase"
    RELEASE = "release"
    RECTIFY = "rectify"


ACT_OF: dict[Right, Act] = {
    Right.ERASURE: Act.ERASE,
    Right.ACCESS: Act.RELEASE,
    Right.PORTABILITY: Act.RELEASE,
    Right.RECTIFICATION: Act.RECTIFY,
    Right.OBJECTION: Act.ERASE,
}
"""What granting a right does: an upheld objection erases, too (Article 17(1)(c)).

The others stop processing, which can be taken up again.
"""
REASONED: frozenset[Act] = frozenset({Act.ERASE, Act.RELEASE})
"""Acts for which a low level needs a stated reason why it is enough here."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the act must wait."""

    text: str


def doubt(level: Level, act: Act | None, *, reasoned: bool) -> Doubt | None:
    """What stands against an act at this level; None when it may be done. `reasoned`: why low is enough was said."""
    if level is Level.NONE:
        return Doubt("nobody knows who asks: ask for the minimum that tells (Art. 12(6)), or refuse on that ground")
    if level is Level.LOW and act in REASONED and not reasoned:
        return Doubt("a low level needs a stated reason why it is enough for what cannot be undone")
    return None
