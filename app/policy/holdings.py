"""What is held about a person and what was asked: the facts an erasure assessment starts from (Article 17).

The caller computes holdings, one for each row that could be erased by itself; nothing here is ever stored.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

from app.policy.retention import AccountingRules, FinancialYears
from app.policy.vocabulary import ErasureGround, LegalBasis, Material, Nature, RestrictionGround


class HoldingKind(StrEnum):
    """What sort of row it is. The last five are the register's own records about the law's duties."""

    CONTACT_DETAILS = "contact_details"
    ATTRIBUTE = "attribute"
    REFERENCE = "reference"
    PURCHASE = "purchase"
    VOUCHER = "voucher"
    BOOKING = "booking"
    CONSENT_STATE = "consent_state"
    CONSENT_EVIDENCE = "consent_evidence"
    SUPPRESSION = "suppression"
    DISCLOSURE_LOG = "disclosure_log"
    REQUEST_FILE = "request_file"
    LEGAL_HOLD_FILE = "legal_hold_file"


@dataclass(frozen=True, slots=True)
class HeldPurpose:
    """One purpose for which a holding is kept, with its basis under Article 6(1)."""

    code: str
    nature: Nature
    basis: LegalBasis


RecordPlace: TypeAlias = Literal["here", "elsewhere"]
"""Whether the voucher itself is kept in this register, or by somebody else and ours is a duplicate."""


@dataclass(frozen=True, slots=True)
class AccountingFacts:
    """What is known of the voucher behind a holding; `holder` keeps it if it is `elsewhere`."""

    material: Material
    booked_on: date
    transaction_on: date
    record: RecordPlace
    holder: str | None
    buyer_printed: bool


class OpenMatterKind(StrEnum):
    """Why a holding may still be needed. `pending_request` means another request than the one assessed."""

    UNFULFILLED = "unfulfilled"
    UNPAID = "unpaid"
    FUTURE_BOOKING = "future_booking"
    RETURN_WINDOW = "return_window"
    DISPUTE = "dispute"
    LEGAL_HOLD = "legal_hold"
    PENDING_REQUEST = "pending_request"


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Something unfinished that needs this holding, through `until` or, if None, until it is closed."""

    kind: OpenMatterKind
    until: date | None
    reference: str | None

    def is_open(self, today: date) -> bool:
        """Whether the matter still runs on `today`, its last day included."""
        return self.until is None or self.until >= today


@dataclass(frozen=True, slots=True)
class Holding:
    """One row held about the person.

    `kept_since` is the event its own period runs from: the withdrawal for consent evidence, the closing for a
    request or legal-hold file, the end of the customership for what is kept for legal claims; None if it has
    not come yet.
    """

    id: str
    kind: HoldingKind
    category: str
    purposes: tuple[HeldPurpose, ...]
    accounting: AccountingFacts | None = None
    open_matters: tuple[OpenMatter, ...] = ()
    kept_since: date | None = None


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """What is asked, on which ground of Article 17(1); and whether to restrict instead (Article 18(1)).

    `restrict_only` limits that wish to some holdings by id; None means all. `received_on` is the event that
    periods run from where a holding's own event has not come, so that they do not slide with the day of
    assessment. `ground_holdings` are those that a finding under Article 17(1)(d) or (e) names, None for all.
    `purposes` is set where the erasure reaches some purposes only, as an objection that is upheld does.
    """

    ground: ErasureGround
    received_on: date | None = None
    restrict_instead: RestrictionGround | None = None
    restrict_only: frozenset[str] | None = None
    ground_holdings: frozenset[str] | None = None
    purposes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class NecessityAssessment:
    """Why the controller needs data for claims that may still come: who found so, and until when that holds.

    After `until` nothing is kept for it, unless the assessment has been reviewed and says a later day.
    """

    by: str
    why: str
    until: date
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimsWindow:
    """The limitation period within which claims may come; needs a recorded necessity assessment."""

    years: int
    law: str
    section: str
    necessity_assessment: NecessityAssessment | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The register definition's periods. `evidence_years` covers proof under Articles 5(2) and 7(1)."""

    accounting: AccountingRules
    financial_years: FinancialYears
    evidence_years: int = 3
    claims_window: ClaimsWindow | None = None
