"""What facts of every kind share: what went, what stays, and which members hold what a human wrote."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.policy.holdings import HoldingKind
from app.policy.letters import LetterKind, Part, Staying

WORDS = frozenset(
    {
        *("reason", "reasons", "asked_for", "evidence", "enclosures", "withheld"),
        *("nature", "consequences", "measures", "advice"),
    }
)
"""Members that hold what a human wrote."""

Said = dict[Part, tuple[str, ...]]
Because = Literal[
    "accounting",
    "elsewhere",
    "unclassified",
    "ban",
    "consent_proof",
    "disclosure_proof",
    "claims",
    "claims_window",
    "contract",
    "other_request",
    "persons_wish",
    "human",
]
Ends = Literal["marketing", "dispute", "contract", "answer", "release", "classified", "decided"]
Access = Literal["accountant", "claims", "service", "screening", "contact_person"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Went(_Frozen):
    """What was erased: how many rows of a sort, and on which ground of Article 17(1)."""

    kind: HoldingKind
    category: str | None = None
    count: int
    ground: str


class Stays(_Frozen):
    """One thing that stays. `reference` is the voucher's number; `reason` a human's own, where a human overrode."""

    kind: HoldingKind
    category: str | None = None
    reference: str | None = None
    dated_on: date | None = None
    because: Because
    reason: str | None = None
    ground: str
    law: str
    section: str
    until: date | None
    ends: Ends | None = None
    access: Access
    kept_by: str | None = None

    def judged(self) -> Staying:
        """As the policy looks at it; a human's verdict without a reason has none."""
        reason = (self.reason or "") if self.because == "human" else self.because
        return Staying(self.kind, reason, self.ground, self.law, self.section, self.until, self.ends, self.access)


class Facts(_Frozen):
    """The facts of a letter; `parts` says which demanded parts they fill."""

    kind: LetterKind

    def parts(self) -> Said:
        """The words by which the policy judges whether the letter is whole."""
        return {}

    def staying(self) -> tuple[Stays, ...]:
        """What stays, thing by thing."""
        return ()
