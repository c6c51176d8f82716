"""Payloads about recipients (Art. 4(9)) and the agreements with processors among them (Art. 28(3))."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.wire import Code, Day, In, Line, LongLine, Out

ProcessorRole = Literal["processor", "controller", "both", "unknown"]
CountryOrUnknown = Annotated[
    str, StringConstraints(pattern=r"^([A-Z]{2}|unknown)$"), Field(description="ISO 3166; `unknown` blocks (N19).")
]
Codes = Annotated[list[Code], Field(max_length=100)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Names = Annotated[list[Line], Field(max_length=50)]


class ProcessorNew(In):
    """A recipient to prepare; disclosures to it stay refused until the definition names it too (F75)."""

    code: Code
    name: Line
    legal_name: Line | None = None
    legal_name_confirmed: bool = False
    aliases: Names = Field(default_factory=list)
    role: ProcessorRole = "unknown"
    country: CountryOrUnknown = "unknown"
    active: bool = True
    purposes: Codes = Field(default_factory=list)
    categories: Codes = Field(default_factory=list)
    fields: Codes = Field(default_factory=list, description="Narrows the fields of the categories (F70).")
    always_notified: bool = False
    note: LongLine | None = None


class ProcessorPatch(In):
    """What a person has found out; members set here are left alone when a new definition is applied."""

    name: Line | None = None
    legal_name: Line | None = None
    legal_name_confirmed: bool | None = None
    aliases: Names | None = None
    role: ProcessorRole | None = None
    country: CountryOrUnknown | None = None
    active: bool | None = None
    purposes: Codes | None = None
    categories: Codes | None = None
    fields: Codes | None = None
    always_notified: bool | None = None
    note: LongLine | None = None


class ProcessorOut(Out):
    """A recipient. `open_matters` is empty when everything that F74, F87 and F91 promise is in order."""

    id: UUID
    version: int
    code: str
    name: str
    legal_name: str | None
    legal_name_confirmed: bool
    aliases: list[str]
    role: str
    country: str
    active: bool
    listed: bool = Field(description="The definition in force names it; if not, disclosures are refused (F75).")
    purposes: list[str]
    categories: list[str]
    fields: list[str]
    always_notified: bool
    note: str | None
    open_matters: list[str] = Field(description="Codes of what still keeps the recipient from being in order.")
    created_at: datetime
    updated_at: datetime


class Tick(In):
    """One item of the checklist; met counts only with the place in the document where it is met."""

    met: bool = False
    reference: Line | None = Field(default=None, examples=["DPA section 4.2"])


_UNMET = Tick()


class AgreementHeader(In):
    """What the contract must set out (Art. 28(3), first sentence)."""

    subject_matter: Tick = _UNMET
    duration: Tick = _UNMET
    nature: Tick = _UNMET
    purpose: Tick = _UNMET
    data_types: Tick = _UNMET
    person_categories: Tick = _UNMET
    controller_rights: Tick = Field(default=_UNMET, description="the controller's rights and duties")
    written: Tick = Field(default=_UNMET, description="in writing, also electronically (Art. 28(9))")


class AgreementClauses(In):
    """What the contract must stipulate: Art. 28(3)(a) to (h)."""

    a: Tick = Field(default=_UNMET, description="only documented instructions, transfers included")
    b: Tick = Field(default=_UNMET, description="confidentiality of its staff")
    c: Tick = Field(default=_UNMET, description="security (Art. 32)")
    d: Tick = Field(default=_UNMET, description="sub-processors only as authorised, under the same duties")
    e: Tick = Field(default=_UNMET, description="help with requests of data subjects")
    f: Tick = Field(default=_UNMET, description="help with Art. 32 to 36")
    g: Tick = Field(default=_UNMET, description="deletes or returns the data at the end")
    h: Tick = Field(default=_UNMET, description="proves compliance, allows audits, warns of unlawful instructions")


class Guarantees(In):
    """What shows that the recipient keeps the law (Art. 28(1), F67, F74), and when somebody looked at it."""

    reference: Line = Field(examples=["ISO/IEC 27001 certificate, audit report 2026"])
    checked_on: Day
    review_on: Day | None = None
    sha256: Sha256 | None = None


class AgreementNew(In):
    """An agreement and what of Art. 28 it meets; of an independent controller, its commitment and the evidence."""

    document: Line = Field(description="Where the document is kept.")
    sha256: Sha256 | None = Field(default=None, description="Of the document, so that it can be told from another.")
    signed_on: Day
    review_on: Day | None = None
    header: AgreementHeader = AgreementHeader()
    clauses: AgreementClauses = AgreementClauses()
    guarantees: Guarantees | None = None
    sub_processing: Literal["none", "general", "specific"] | None = Field(default=None, description="Art. 28(2).")
    objection_days: int | None = Field(
        default=None, ge=0, le=365, description="How long the controller may object to a new sub-processor."
    )


class TickOut(Out):
    met: bool
    reference: str | None


class GuaranteesOut(Out):
    reference: str
    checked_on: date
    review_on: date | None
    sha256: str | None


class AgreementOut(Out):
    """An agreement; `complete` when nothing of Art. 28 is missing, the evidence included."""

    id: UUID
    processor_id: UUID
    document: str
    sha256: str | None
    signed_on: date
    review_on: date | None
    review_due: bool
    header: dict[str, TickOut]
    clauses: dict[str, TickOut]
    guarantees: GuaranteesOut | None
    sub_processing: str | None
    objection_days: int | None
    complete: bool
    missing: list[str] = Field(description="Header items by name, clauses by letter, then evidence by name.")
    recorded_at: datetime
