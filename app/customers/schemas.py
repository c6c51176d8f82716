"""Payloads of the customers API: the closed list of fields (F21-F26) and what each answer shows."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.email_addresses import Email
from app.wire import (
    Code,
    Country,
    ExternalId,
    In,
    Language,
    Line,
    LongLine,
    Moment,
    Out,
    SystemCode,
    as_sent,
    clean,
    tidy,
)

Kind = Literal["customer", "subscriber"]
InteractionKind = Literal["purchase", "booking", "form"]
PhoneText = Annotated[str, StringConstraints(pattern=r"^[+0-9 ()./-]{4,30}$")]
AttributeText = Annotated[str, as_sent(max_length=2000), AfterValidator(str.strip), AfterValidator(clean)]
Attributes = Annotated[dict[Code, AttributeText | int | bool | None], Field(max_length=100)]


class PostalAddress(In):
    """A postal address (F22)."""

    street: Line
    postal_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{2,12}$"), AfterValidator(clean)]
    city: Annotated[str, as_sent(min_length=1, max_length=100), AfterValidator(tidy)]
    country: Country | None = Field(default=None, description="The controller's own country when absent.")


class Interaction(In):
    """The dealing with the company that the record originates from (F11); no interaction, no record."""

    kind: InteractionKind
    reference: ExternalId | None = None
    occurred_at: Moment


class Reference(In):
    """The caller's own key of the person."""

    system: SystemCode
    id: ExternalId


class CustomerFields(In):
    """What the register holds of a person, and nothing else (F26)."""

    kind: Kind = "customer"
    name: Line | None = Field(default=None, examples=["Aino Esimerkki"])
    email: Email | None = Field(default=None, examples=["aino@example.fi"])
    phone: PhoneText | None = Field(default=None, examples=["040 123 4567"])
    address: PostalAddress | None = None
    language: Language | None = Field(default=None, description="The definition's first language when absent.")
    source: Code = Field(description="A source of the definition; anything else needs `source_reason` (F62).")
    source_reason: LongLine | None = None
    interaction: Interaction
    attributes: Attributes = Field(default_factory=dict, description="Extra fields that the definition declares.")


class CustomerNew(CustomerFields):
    """A new customer or subscriber."""

    references: list[Reference] = Field(default_factory=list, max_length=20)


class CustomerPatch(In):
    """Corrections to contact data; absent members stay as they are, null empties them."""

    kind: Kind | None = None
    name: Line | None = None
    email: Email | None = None
    phone: PhoneText | None = None
    address: PostalAddress | None = None
    language: Language | None = None
    attributes: Attributes | None = None
    references: list[Reference] | None = Field(default=None, max_length=20, description="References to add.")

    @model_validator(mode="after")
    def _never_empty(self) -> "CustomerPatch":
        if any(getattr(self, name) is None for name in self.model_fields_set & {"kind", "language"}):
            raise ValueError("kind and language can be changed, not emptied")
        return self


class BatchItem(CustomerFields):
    """One customer of a batch, by the caller's own reference."""

    reference: Reference


class Batch(In):
    """Up to 1000 customers; each is taken or refused by itself, and the taken ones commit together."""

    items: list[BatchItem] = Field(min_length=1, max_length=1000)


class BatchResult(Out):
    """What became of one item."""

    index: int
    status: int
    id: UUID | None
    version: int | None
    problem: dict[str, Any] | None


class BatchOut(Out):
    """Results in the order of the items."""

    results: list[BatchResult]


class PostalAddressOut(Out):
    street: str
    postal_code: str
    city: str
    country: str


class InteractionOut(Out):
    kind: str
    reference: str | None
    occurred_at: datetime


class ReferenceOut(Out):
    system: str
    id: str


class CustomerOut(Out):
    """A customer as this client may see it."""

    state: Literal["active"]
    id: UUID
    version: int
    kind: str
    name: str | None
    email: str | None
    phone: str | None
    address: PostalAddressOut | None
    language: str
    source: str
    source_reason: str | None = Field(description="Why the data came from no regular source (F62).")
    inform_by_on: date | None = Field(description="By when the person is told where the data came from (Art. 14(3)).")
    interaction: InteractionOut
    references: list[ReferenceOut] = Field(description="An integration sees those of its own systems.")
    attributes: dict[str, Any]
    restrictions: list[str] = Field(description="Grounds of Art. 18 in force that this purpose may disregard.")
    death_reported_on: date | None = Field(description="The day on which the person's death was reported, if it was.")
    created_at: datetime
    updated_at: datetime


class RestrictedOut(Out):
    """All that a purpose which the restriction does not allow gets to see (Art. 18(2))."""

    state: Literal["restricted"]
    id: UUID
    version: int


AnyCustomer = CustomerOut | RestrictedOut


class Search(In):
    """Exactly one of the members. A name matches from its beginning, whatever the case and spacing."""

    email: Email | None = None
    phone: PhoneText | None = None
    name: Annotated[Line, StringConstraints(min_length=2)] | None = None
    reference: Reference | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Search":
        if sum(value is not None for value in (self.email, self.phone, self.name, self.reference)) != 1:
            raise ValueError("give exactly one of email, phone, name, reference")
        return self


class DuplicateOut(Out):
    """People who share an address; listed for a human, never merged silently."""

    shared: Literal["email", "phone"]
    customer_ids: list[UUID]


class ChangeOut(Out):
    """One change that the caller must follow: `erased`, `restricted`, `unrestricted`, `banned`, `withdrawn`,
    `rectified`, `deceased`. After `rectified` read and check the person anew: a mistake may have been undone."""

    id: UUID
    kind: str
    customer_id: UUID
    reference: ReferenceOut | None
    at: datetime


class ProposalOut(Out):
    """Values that arrived while the accuracy was contested or an erasure was pending; a human decides."""

    id: UUID
    proposed: dict[str, Any]
    proposed_at: datetime
