"""What callers send about rectification, restriction, objection and the grounds of erasure, and what is answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.customers.schemas import CustomerPatch
from app.customers.schemas_corrections import ContestedOut
from app.policy.rectification import Finding
from app.policy.vocabulary import Unlawfulness
from app.wire import Code, Day, ExternalId, In, Line, LongLine, Out, SystemCode, as_sent

RestrictionGroundIn = Literal["18(1)(a)", "18(1)(b)", "18(1)(c)", "18(1)(d)"]
About = Annotated[
    str, as_sent(max_length=160), Field(description="As `matter.rectification` lists it.", examples=["email"])
]


class FactIn(In):
    """What the person says of an order or booking; the voucher stays as printed whatever comes of it."""

    about: Literal["purchase", "booking"]
    system: SystemCode
    id: ExternalId
    statement: LongLine


class RectificationIn(In):
    """The values that the person proposes, as in a correction of the customer, and what they say of dealings."""

    inaccurate: bool = Field(
        default=True, description="The accuracy is contested: restricted meanwhile (Art. 18(1)(a)). False: incomplete."
    )
    values: CustomerPatch | None = None
    facts: list[FactIn] = Field(default_factory=list, max_length=50)
    reason: LongLine | None = None

    @model_validator(mode="after")
    def _something(self) -> "RectificationIn":
        if self.values is not None and "references" in self.values.model_fields_set:
            raise ValueError("references are no values of the person's")
        if not self.facts and (self.values is None or not self.values.model_fields_set):
            raise ValueError("propose at least one value or fact")
        return self


class GroundFactsIn(In):
    """What was found about a ground of Art. 17(1)(d), (e) or (f); without it the ground is not there."""

    unlawfulness: Unlawfulness | None = None
    law: Line | None = None
    section: Line | None = None
    child_at_collection: bool = False
    information_society_service: bool = False
    holdings: list[Annotated[str, Field(max_length=120)]] | None = Field(
        default=None, max_length=500, description="What a finding under (d) or (e) is about; everything when absent."
    )


class FindingIn(In):
    """What a human found about one contested value, and the evidence they saw, described and not stored."""

    about: About
    finding: Finding
    evidence: LongLine


class BalancingIn(In):
    """The balancing test for one purpose (Art. 21(1)). A rejection demonstrates grounds or claims of the controller."""

    purpose: Code
    interest: LongLine
    necessity: LongLine
    situation: LongLine
    outcome: Literal["upheld", "rejected"]
    compelling_grounds: LongLine | None = None
    legal_claims: LongLine | None = None


class LiftIn(In):
    """The person has been told that the restriction ends (Art. 18(3)): when and how, and why it ends."""

    reason: LongLine
    told_on: Day
    how: Literal["letter", "email", "phone", "in_person"]


class RestrictionOut(Out):
    """A restriction tied to this request."""

    ground: str
    began_at: datetime
    lifted_at: datetime | None
    told_on: date | None
    told_how: str | None
    lift_reason: str | None
    lifted_by: UUID | None


class BalancingOut(Out):
    """A balancing test as it was recorded; the person's situation goes with the case."""

    purpose: str
    interest: str
    necessity: str
    situation: str | None
    compelling_grounds: str | None
    legal_claims: str | None
    outcome: str
    made_at: datetime
    made_by: str


class ObjectionOut(Out):
    """A purpose objected to."""

    purpose: str
    state: str
    since: datetime
    ended_at: datetime | None


class OtherBasisOut(Out):
    """What goes on after a withdrawal of consent, and on which basis (N7)."""

    holding: str
    purpose: str
    legal_basis: str


class MatterOut(Out):
    """What the request is about, besides erasure."""

    rectification: list[ContestedOut]
    restrictions: list[RestrictionOut]
    objections: list[ObjectionOut]
    balancing: list[BalancingOut]
    other_bases: list[OtherBasisOut]
