"""What is known of a breach of personal data, and the dated rules it is judged by (Articles 4(12), 33 and 34 GDPR)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class BreachNature(StrEnum):
    """What was breached (Article 4(12)): data seen by the wrong people, altered, or lost."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Likelihood(StrEnum):
    """How likely the breach is to do somebody harm (Recital 76)."""

    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    LIKELY = "likely"


class Severity(StrEnum):
    """How bad that would be for the person (Recital 75)."""

    NEGLIGIBLE = "negligible"
    LIMITED = "limited"
    SIGNIFICANT = "significant"
    SEVERE = "severe"


class Risk(StrEnum):
    """What a human found: unlikely to result in a risk, a risk (33(1)), a high risk (34(1))."""

    NONE = "none"
    RISK = "risk"
    HIGH_RISK = "high_risk"


class TellingException(StrEnum):
    """Article 34(3): why people need not be told one by one although the risk is high."""

    UNINTELLIGIBLE = "34(3)(a)"
    RISK_REMOVED = "34(3)(b)"
    DISPROPORTIONATE = "34(3)(c)"


class Part(StrEnum):
    """What a notification must say (Article 33(3)); people are told the same in plain words (34(2))."""

    NATURE = "33(3)(a)"
    CONTACT = "33(3)(b)"
    CONSEQUENCES = "33(3)(c)"
    MEASURES = "33(3)(d)"


class BreachRefusalCode(StrEnum):
    """Why what a human wants to record cannot stand."""

    NO_REASONS = "no_reasons"
    BELOW_OWN_FINDINGS = "below_own_findings"
    NOT_HIGH_RISK = "not_high_risk"
    NO_PUBLIC_COMMUNICATION = "no_public_communication"
    AWARE_BY_PROCESSOR = "aware_by_processor"
    BEFORE_AWARENESS = "before_awareness"
    IN_THE_FUTURE = "in_the_future"
    LATE_WITHOUT_REASONS = "late_without_reasons"
    NOTHING_SAID = "nothing_said"
    PART_MISSING = "part_missing"


@dataclass(frozen=True, slots=True)
class BreachRefusal:
    """A refusal with its reason."""

    code: BreachRefusalCode
    text: str


@dataclass(frozen=True, slots=True)
class NotificationRule:
    """How long the controller has, and from which risk on the authority is told, for breaches known from a day on."""

    valid_from: date
    hours: int
    least: Risk
    source: str


RULES: tuple[NotificationRule, ...] = (
    NotificationRule(date(2018, 5, 25), 72, Risk.RISK, "Art. 33(1) GDPR (EU) 2016/679"),
)
"""The law in force. COM(2025) 837 proposes 96 hours and only high risk; once adopted it is one more row here."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says; None or blank where it says nothing of a part."""

    nature: str | None = None
    contact: str | None = None
    consequences: str | None = None
    measures: str | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    """An exception of Article 34(3) as a human claims it."""

    exception: TellingException
    reasons: str
    public_communication: str | None = None
