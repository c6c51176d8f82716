"""What became of a notification, where no connector said it."""

from dataclasses import dataclass

from app.connectors.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Excuse:
    """Nobody need be told any more, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """It must not leave now; it is looked at again."""

    code: str


Result = Outcome | Excuse | Held
