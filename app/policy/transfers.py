"""Whether data may leave the European Economic Area: Chapter V (Articles 44 to 49).

The table of adequacy decisions is an argument, because decisions come and go; so a question "what if this one
fell?" is the same call with another table.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from app.policy.mechanisms import (
    AdequacyCondition,
    AdequacyDecision,
    Bcr,
    CompellingInterests,
    DpfEntry,
    ImporterRole,
    Mechanism,
    Scc,
    Tia,
    TiaOutcome,
    Transfer,
)
from app.policy.safeguards import cautions, mechanism_faults, period_faults

__all__ = [
    "EEA",
    "UNKNOWN",
    "AdequacyCondition",
    "AdequacyDecision",
    "Bcr",
    "CompellingInterests",
    "DpfEntry",
    "ImporterRole",
    "Justification",
    "Mechanism",
    "Permitted",
    "Refused",
    "Scc",
    "Tia",
    "TiaOutcome",
    "Transfer",
    "is_eea",
    "justify",
    "justify_any",
]

UNKNOWN = "unknown"
"""The country of a recipient about which nobody has asked yet; it blocks."""

EEA: frozenset[str] = frozenset(
    {
        *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE"),
        *("IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"),
        *("IS", "LI", "NO"),
    }
)
"""The 27 Member States, with Iceland, Liechtenstein and Norway (Joint Committee Decision 154/2018).

Codes are ISO 3166-1 alpha-2. Source: the Data Protection Ombudsman's page on transfers, as of 22 November
2026.
"""


@dataclass(frozen=True, slots=True)
class Permitted:
    """The transfer may happen that day. Inside the EEA no article of Chapter V is needed, so it is None."""

    article: str | None
    mechanism: Mechanism | None
    reason: str
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The transfer may not happen that day, with everything that is missing."""

    reasons: tuple[str, ...]


Justification: TypeAlias = Permitted | Refused


def is_eea(country: str) -> bool:
    """Whether a country is inside the European Economic Area, where Chapter V does not apply."""
    return country.strip().upper() in EEA


def justify(transfer: Transfer, adequacy: Iterable[AdequacyDecision], on: date) -> Justification:
    """Whether this transfer is justified on a day (Article 44)."""
    if is_eea(transfer.country):
        return Permitted(None, None, f"{transfer.country} is inside the EEA.")
    if transfer.country.strip().lower() in ("", UNKNOWN):
        return Refused(("The country of the recipient is unknown.",))
    mechanism = transfer.mechanism
    if mechanism is None:
        return Refused((f"No mechanism of Chapter V is recorded for {transfer.country}.",))
    faults = (*period_faults(transfer, on), *mechanism_faults(transfer, mechanism, adequacy, on))
    if faults:
        return Refused(faults)
    article = f"Art. {mechanism}"
    return Permitted(article, mechanism, f"{transfer.country} under {article} GDPR.", cautions(transfer, on))


def justify_any(transfers: Sequence[Transfer], adequacy: Iterable[AdequacyDecision], on: date) -> Justification:
    """The first of several mechanisms for one and the same flow that holds that day, in the order given."""
    if len({transfer.country.strip().upper() for transfer in transfers}) > 1:
        return Refused(("Alternatives for one flow must name one country.",))
    table, reasons = tuple(adequacy), list[str]()
    for transfer in transfers:
        match justify(transfer, table, on):
            case Permitted() as permitted:
                return permitted
            case Refused() as refused:
                reasons.extend(refused.reasons)
            case _ as unreachable:
                assert_never(unreachable)
    return Refused(tuple(dict.fromkeys(reasons)) or ("No transfer is recorded for this recipient.",))
