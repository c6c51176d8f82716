"""Identifiers and chance that depend on the seed alone."""

from datetime import datetime
from random import Random
from uuid import UUID

_VERSION_7 = 7 << 76
_VARIANT = 0b10 << 62
_COUNTED = 0xFFF


class Ids:
    """UUIDv7s of a generated register: in order of their instants, within one instant in order of being made."""

    def __init__(self, random: Random, at: datetime) -> None:
        self.random = random
        self._counter = 0
        self.at(at)

    def at(self, moment: datetime) -> None:
        """Identifiers made from here on belong to this instant."""
        self._milliseconds = int(moment.timestamp() * 1000)

    def __call__(self) -> UUID:
        """The next one."""
        self._counter = (self._counter + 1) & _COUNTED
        made = self._milliseconds << 80 | self._counter << 64 | self.random.getrandbits(62)
        return UUID(int=made | _VERSION_7 | _VARIANT)


def chance(seed: int, n: int) -> Random:
    """The chance of the `n`-th person: the same whoever else is generated."""
    return Random(seed << 40 | n)  # noqa: S311 (a generated register, no secret)
