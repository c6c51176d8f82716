"""The facts a processing check starts from, and the answer it gives (Articles 6, 7, 18 and 21)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from app.policy.vocabulary import LegalBasis, Nature, RestrictionGround, Telling


@dataclass(frozen=True, slots=True)
class PurposeFacts:
    """A purpose of the definition. `needs_transfer`: serving it hands data to a recipient under Chapter V.

    `product_groups` names the goods or services it advertises, for the soft opt-in; empty where it does not
    say. `tell_first` is what the person must have been told before.
    """

    code: str
    nature: Nature
    basis: LegalBasis
    needs_transfer: bool = False
    product_groups: frozenset[str] = frozenset()
    tell_first: frozenset[Telling] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """The latest consent event for this purpose and channel, and the wording shown (Article 7(1))."""

    action: Literal["given", "withdrawn"]
    occurred_at: datetime
    wording: str | None


@dataclass(frozen=True, slots=True)
class RestrictionFact:
    """A restriction of this person's data, until it is lifted (Article 18)."""

    ground: RestrictionGround
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SoftOptIn:
    """ePrivacy Article 13(2), Act 917/2014 200 §: the sale, its product group, the refusal offered."""

    sale: str
    product_group: str
    refusal_offered: bool


PersonKind: TypeAlias = Literal["customer", "subscriber"]


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of the person for this purpose and channel.

    `banned_since` is the earliest ban that reaches the channel, be it for the channel or for all.
    `deceased_since` is when a death was reported: the rights end with the person, open contracts pass to the estate.
    `contract_open` lets the person's own open order or booking be served under restriction and after the
    customership. `transfer` is why the hand-over to the purpose's recipient is refused, or None if it is
    justified.
    """

    known: bool
    kind: PersonKind = "customer"
    erased_at: datetime | None = None
    deceased_since: datetime | None = None
    customership_active: bool = True
    contract_open: bool = False
    restrictions: tuple[RestrictionFact, ...] = ()
    consent: ConsentFact | None = None
    suppressed_since: datetime | None = None
    banned_since: datetime | None = None
    objection_since: datetime | None = None
    soft_opt_in: SoftOptIn | None = None
    reachable: bool = True
    transfer: str | None = None
    told: frozenset[Telling] = frozenset()


class ReasonCode(StrEnum):
    """Why a purpose may or may not be served. Only the last four speak for an allowed answer."""

    UNKNOWN_SUBJECT = "unknown_subject"
    ERASED = "erased"
    DECEASED = "deceased"
    RESTRICTED = "restricted"
    CHANNEL_MISSING = "channel_missing"
    UNREACHABLE = "unreachable"
    MARKETING_BAN = "marketing_ban"
    SUPPRESSED = "suppressed"
    OBJECTION = "objection"
    TRANSFER_REFUSED = "transfer_refused"
    NOT_TOLD = "not_told"
    NO_CONSENT = "no_consent"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NOT_A_CUSTOMER = "not_a_customer"
    CUSTOMERSHIP_ENDED = "customership_ended"
    SOFT_OPT_IN_CHANNEL = "soft_opt_in_channel"
    SOFT_OPT_IN_PRODUCT_GROUP = "soft_opt_in_product_group"
    SOFT_OPT_IN_NO_REFUSAL_OFFERED = "soft_opt_in_no_refusal_offered"
    CONSENT_GIVEN = "consent_given"
    SOFT_OPT_IN = "soft_opt_in"
    OPT_OUT_CHANNEL = "opt_out_channel"
    LEGAL_BASIS = "legal_basis"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, and since when it holds if that is known."""

    code: ReasonCode
    text: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Allowed on a legal basis with what supports it, or denied with everything that stands against it."""

    allowed: bool
    legal_basis: LegalBasis | None
    reasons: tuple[Reason, ...]
