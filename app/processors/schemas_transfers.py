"""Payloads about transfers outside the EEA: the record that Art. 13(1)(f), 15(2), 30(1)(e) and 5(2) need."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.policy.transfers import Mechanism, TiaOutcome
from app.wire import Code, Country, Day, In, Line, LongLine, Out

Status = Literal["permitted", "refused"]
Lines = Annotated[list[Line], Field(max_length=50)]


class DpfEntryIn(In):
    """The entry in the EU-US Data Privacy Framework that covers the importer; it is renewed yearly.

    A check that is due again is a caution; one that is a year old has missed a renewal and refuses.
    """

    entity: Line = Field(description="Whose entry it is.")
    status: Literal["active", "inactive"]
    checked_on: Day
    expires_on: Day
    covered_entities: Lines | None = Field(default=None, description="Whom the entry names besides; the importer?")
    data: Literal["non_hr", "hr", "both"] | None = Field(default=None, description="Which data it covers.")
    finding: LongLine | None = None
    next_check_on: Day | None = Field(default=None, description="Half a year after the check when absent.")


class SccAnnexes(In):
    """Which annexes of the clauses are filled in: parties, description, authority, measures, sub-processors."""

    i_a: bool = False
    i_b: bool = False
    i_c: bool = False
    ii: bool = False
    iii: bool = False


class SccIn(In):
    """Standard contractual clauses (Decision (EU) 2021/914). Annex III belongs to the modules M2 and M3."""

    module: Literal["M1", "M2", "M3", "M4"]
    signed_on: Day
    annexes: SccAnnexes = SccAnnexes()
    governing_law: Line | None = Field(default=None, description="Clause 17.")
    forum: Line | None = Field(default=None, description="Clause 18.")
    docking_clause: bool | None = Field(default=None, description="Clause 7.")


class BcrIn(In):
    """Binding corporate rules (Art. 47): of a group of controllers (C) or of processors (P)."""

    kind: Literal["C", "P"]
    approval: Line = Field(description="The authority and its decision.")
    approved_on: Day
    entities: Lines = Field(description="Whom they bind; the importer must be among them.", min_length=1)


class TiaIn(In):
    """A transfer impact assessment (C-311/18); it counts once it is completed."""

    reference: Line
    completed_on: Day | None = None
    outcome: TiaOutcome | None = None
    review_on: Day | None = None


class CompellingInterestsIn(In):
    """Whom Art. 49(1), second subparagraph, demands to be told."""

    authority_informed_on: Day
    persons_informed_on: Day


class Evidence(In):
    """What the mechanism rests on; each mechanism needs its own members."""

    dpf: DpfEntryIn | None = None
    scc: SccIn | None = None
    tia: TiaIn | None = None
    bcr: BcrIn | None = None
    instrument: Line | None = Field(
        default=None, description="The document behind any other mechanism of Art. 46, or a derogation."
    )
    instrument_version: Line | None = None
    instrument_on: Day | None = Field(default=None, description="The day of the document.")
    scope_confirmed_on: Day | None = Field(
        default=None, description="When a person checked that the importer falls under the adequacy decision."
    )
    compelling: CompellingInterestsIn | None = None


class TransferNew(In):
    """One flow to one importer and the mechanism of Chapter V it rests on.

    Records with the same importer and country are alternatives for one flow, in the order in which they were
    recorded: the Data Privacy Framework first, say, and standard clauses as the fallback.
    """

    exporter: Line
    importer: Line = Field(description="The importer's legal name.")
    importer_address: Line | None = None
    importer_role: Literal["controller", "processor", "sub_processor"]
    country: Country
    access: Literal["hosting", "remote_access"]
    purposes: list[Code] = Field(min_length=1, max_length=50)
    categories: list[Code] = Field(min_length=1, max_length=50)
    person_categories: Lines = Field(default_factory=list, examples=[["customers", "subscribers"]])
    frequency: Literal["regular", "one_off"]
    mechanism: Mechanism | None = Field(default=None, description="An article of Chapter V.")
    evidence: Evidence = Evidence()
    supplementary_measures: Lines = Field(default_factory=list)
    onward: Lines = Field(default_factory=list, description="To whom the importer passes the data on.")
    copy_of_safeguards: LongLine | None = Field(
        default=None, description="How a person gets a copy of the safeguards (Art. 13(1)(f))."
    )
    valid_from: Day
    valid_to: Day | None = None


class TransferEnd(In):
    """The last day of a flow and why it ends, for instance because protection is no longer given (C-311/18)."""

    ended_on: Day
    reason: LongLine


class AssessmentOut(Out):
    """What Chapter V said of a transfer on a day; stored, never changed."""

    id: UUID
    transfer_id: UUID
    assessed_on: date
    outcome: Status
    article: str | None
    reasons: list[str]
    cautions: list[str]
    adequacy_decision: str | None
    register_version: int
    assessed_at: datetime


class DpfEntryOut(Out):
    entity: str
    status: str
    checked_on: date
    expires_on: date
    covered_entities: list[str] | None
    data: str | None
    finding: str | None
    next_check_on: date | None


class SccAnnexesOut(Out):
    i_a: bool
    i_b: bool
    i_c: bool
    ii: bool
    iii: bool


class SccOut(Out):
    module: str
    signed_on: date
    annexes: SccAnnexesOut
    governing_law: str | None
    forum: str | None
    docking_clause: bool | None


class BcrOut(Out):
    kind: str
    approval: str
    approved_on: date
    entities: list[str]


class TiaOut(Out):
    reference: str
    completed_on: date | None
    outcome: str | None
    review_on: date | None


class CompellingInterestsOut(Out):
    authority_informed_on: date
    persons_informed_on: date


class EvidenceOut(Out):
    dpf: DpfEntryOut | None
    scc: SccOut | None
    tia: TiaOut | None
    bcr: BcrOut | None
    instrument: str | None
    instrument_version: str | None
    instrument_on: date | None
    scope_confirmed_on: date | None
    compelling: CompellingInterestsOut | None


class TransferOut(Out):
    """A transfer; `status`, `article`, `reasons` and `cautions` are as of today, `evidence` as last checked."""

    id: UUID
    processor_id: UUID
    exporter: str
    importer: str
    importer_address: str | None
    importer_role: str
    country: str
    access: str
    purposes: list[str]
    categories: list[str]
    person_categories: list[str]
    frequency: str
    mechanism: str | None
    evidence: EvidenceOut
    supplementary_measures: list[str]
    onward: list[str]
    copy_of_safeguards: str | None
    valid_from: date
    valid_to: date | None
    ended_on: date | None
    ended_because: str | None
    approved_by: UUID
    register_version: int
    recorded_at: datetime
    status: Status
    article: str | None
    reasons: list[str]
    cautions: list[str]
    missing: list[str] = Field(description="What the record still owes Art. 13(1)(f), 15(2), 30(1)(e) and 5(2).")


class WhatIf(In):
    """A question that changes nothing: which transfers would hold if these decisions or assessments fell?"""

    as_of: Day | None = Field(default=None, description="Today when absent, or the day of the annulment if later.")
    dpf_annulled_on: Day | None = None
    adequacy_withdrawn: list[Country] = Field(default_factory=list, max_length=50)
    tia_missing: bool = Field(default=False, description="As if no transfer impact assessment counted.")


class FlowOut(Out):
    """What would become of one flow; `transfer_id` is the record it would rest on."""

    processor_id: UUID
    processor: str
    importer: str | None
    country: str
    outcome: Literal["holds", "falls_back", "blocked"]
    blocked_now: bool = Field(description="It is blocked today already, without the question.")
    people: int = Field(description="Whose data have gone to the recipient; `list_people_of_processor` names them.")
    transfer_id: UUID | None
    article: str | None
    reasons: list[str]


class WhatIfOut(Out):
    """Each flow under the assumption, by outcome."""

    as_of: date
    holds: list[FlowOut]
    falls_back: list[FlowOut]
    blocked: list[FlowOut]
