"""What came of an instruction. Codes and references only: no outcome carries personal data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Verified:
    """Done, and a machine has looked at the recipient's own answer that it is."""

    reference: str | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The recipient itself has confirmed it."""

    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It has left, and somebody must still answer. `look_after`: when `verify` is worth asking; None: never.

    `task` names what a human has to do, a key of `app/connectors/tasks.yaml`.
    """

    reference: str | None = None
    task: str | None = None
    look_after: timedelta | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """The recipient keeps the data: on which ground, until when."""

    ground: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """A failure that passes: it is tried again, not before `after` when the recipient said so (Retry-After).

    `memory` is kept for the next attempt: what an irreversible step would otherwise take away with it.
    """

    code: str
    after: timedelta | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure that stays: trying again is no use, a human must look."""

    code: str


Outcome = Verified | Acknowledged | Sent | Refused | Later | Failed
