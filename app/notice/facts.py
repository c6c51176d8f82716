"""What practice is, as far as the notice and its rules need to know: frozen, without I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

PROCESSING_ROLES = frozenset({"processor", "both"})
DECIDING_ROLES = frozenset({"controller", "both"})


@dataclass(frozen=True, slots=True)
class Reached:
    """A flow to a country outside the EEA: what carries it today, or every reason why nothing does (Chapter V)."""

    country: str
    article: str | None
    decision: str | None
    copy: str | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """A recipient as it is on record: the definition's, with what people have entered since.

    `matters` are the codes of what keeps it from being in order; `got_data` says that a disclosure was sent.
    """

    code: str
    name: str
    legal_name: str | None
    role: str
    country: str
    listed: bool
    active: bool
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    fields: tuple[str, ...]
    matters: frozenset[str]
    reached: tuple[Reached, ...] = ()
    got_data: bool = False

    @property
    def named(self) -> bool:
        """Whether the notice names it: one that is in use and that the definition lists."""
        return self.listed and self.active

    @property
    def processes(self) -> bool:
        """Whether it processes on the controller's behalf (Art. 28), at least in part."""
        return self.role in PROCESSING_ROLES

    @property
    def decides(self) -> bool:
        """Whether it decides itself what to do with the data, at least in part."""
        return self.role in DECIDING_ROLES


@dataclass(frozen=True, slots=True)
class Practice:
    """What is recorded and done: recipients, what is stored, for what consent is asked, who has access."""

    today: date
    parties: tuple[Party, ...] = ()
    strangers: tuple[str, ...] = ()
    disclosed_for: frozenset[str] = frozenset()
    asked_for: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    employments: frozenset[str] = frozenset()
    suppressions_reviewed_on: date | None = None

    @property
    def named(self) -> tuple[Party, ...]:
        """The recipients that the notice names."""
        return tuple(party for party in self.parties if party.named)


def names_of(parties: Iterable[Party]) -> str:
    """The names of the parties, for a sentence."""
    return ", ".join(party.name for party in parties)
