"""What is recorded about a transfer: the grounds of Chapter V and their evidence (Articles 45 to 49)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias


class Mechanism(StrEnum):
    """The grounds of Chapter V, by article."""

    ADEQUACY = "45"
    PUBLIC_INSTRUMENT = "46(2)(a)"
    BCR = "46(2)(b)"
    SCC = "46(2)(c)"
    AUTHORITY_CLAUSES = "46(2)(d)"
    CODE_OF_CONDUCT = "46(2)(e)"
    CERTIFICATION = "46(2)(f)"
    AUTHORISED_CLAUSES = "46(3)"
    EXPLICIT_CONSENT = "49(1)(a)"
    CONTRACT = "49(1)(b)"
    CONTRACT_IN_INTEREST = "49(1)(c)"
    PUBLIC_INTEREST = "49(1)(d)"
    LEGAL_CLAIMS = "49(1)(e)"
    VITAL_INTERESTS = "49(1)(f)"
    PUBLIC_REGISTER = "49(1)(g)"
    COMPELLING_INTERESTS = "49(1) second subparagraph"


OCCASIONAL_ONLY: frozenset[Mechanism] = frozenset(
    {
        Mechanism.CONTRACT,
        Mechanism.CONTRACT_IN_INTEREST,
        Mechanism.LEGAL_CLAIMS,
        Mechanism.COMPELLING_INTERESTS,
    }
)
"""Recital 111 and Article 49(1) second subparagraph: never for transfers that happen regularly."""

ONE_OFF_DAYS = 31
"""How long a single transfer may take at most. What goes on for longer, or without an end, happens regularly."""

ENTRY_MONTHS = 12
"""Entries in the Data Privacy Framework are renewed yearly, so an older check has not seen the present one."""

RECHECK_MONTHS = 6
"""When an entry is looked up again, unless whoever checked it named a day."""

CLAUSES_SINCE = date(2021, 6, 27)
"""Decision (EU) 2021/914 enters into force; older clauses have been unusable since 27 December 2022."""

Module: TypeAlias = Literal["M1", "M2", "M3", "M4"]
ImporterRole: TypeAlias = Literal["controller", "processor", "sub_processor"]

MODULES: Mapping[ImporterRole, frozenset[Module]] = {
    "controller": frozenset({"M1", "M4"}),
    "processor": frozenset({"M2"}),
    "sub_processor": frozenset({"M3"}),
}
"""Which modules are written for an importer of that role: M1 C to C, M2 C to P, M3 P to P, M4 P to C."""


class AdequacyCondition(StrEnum):
    """What an adequacy decision asks of the importer beyond being in the country."""

    NONE = "none"
    DPF = "dpf"
    PIPEDA = "pipeda"
    PRIVATE_SECTOR = "private_sector"


@dataclass(frozen=True, slots=True)
class AdequacyDecision:
    """One row of the table of Commission decisions under Article 45(3); `valid_to` is its last day."""

    country: str
    decision: str
    valid_from: date
    valid_to: date | None
    scope: str
    condition: AdequacyCondition
    source: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class DpfEntry:
    """The importer's listing in the EU-US Data Privacy Framework (Decision 2023/1795); renewed yearly.

    It covers the listed entity and those that the entry names, for human-resources or for other data as it says:
    `names_importer` and `covers_data` are what was found, None where nobody noted it.
    """

    entity: str
    status: Literal["active", "inactive"]
    checked_on: date
    expires_on: date
    next_check_on: date | None = None
    names_importer: bool | None = None
    covers_data: bool | None = None


@dataclass(frozen=True, slots=True)
class Scc:
    """Standard contractual clauses of Decision (EU) 2021/914; clauses 17 and 18 name the law and the forum."""

    module: Module
    signed_on: date
    annexes_complete: bool
    law_and_forum: bool = False


@dataclass(frozen=True, slots=True)
class Bcr:
    """Binding corporate rules (Article 47): approved, and binding on the entities that they list.

    `kind` C is for a group's own data, P for what it processes for others.
    """

    kind: Literal["C", "P"]
    approved_on: date
    names_importer: bool


class TiaOutcome(StrEnum):
    """What the assessment of the destination's law found (C-311/18, EDPB Recommendations 01/2020)."""

    ADEQUATE = "adequate"
    ADEQUATE_WITH_MEASURES = "adequate_with_measures"
    INADEQUATE = "inadequate"


@dataclass(frozen=True, slots=True)
class Tia:
    """A transfer impact assessment; it counts only once completed."""

    completed_on: date | None
    outcome: TiaOutcome | None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class CompellingInterests:
    """Article 49(1) second subparagraph: both the authority and the persons must have been told."""

    authority_informed_on: date
    persons_informed_on: date


@dataclass(frozen=True, slots=True)
class Transfer:
    """One flow to one importer, and the mechanism it is said to rest on.

    `instrument` refers to the document behind an Article 46 or 49 mechanism: the approval, the permission,
    the record of why the derogation is strictly necessary. `scope_confirmed_on` is when a person checked that
    the importer falls under the scope of an adequacy decision that does not cover everyone.
    """

    country: str
    regular: bool
    mechanism: Mechanism | None
    valid_from: date
    valid_to: date | None = None
    importer_role: ImporterRole | None = None
    dpf: DpfEntry | None = None
    scc: Scc | None = None
    bcr: Bcr | None = None
    tia: Tia | None = None
    instrument: str | None = None
    scope_confirmed_on: date | None = None
    compelling: CompellingInterests | None = None
