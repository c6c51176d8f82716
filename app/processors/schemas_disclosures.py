"""Payloads about disclosures: who got whose data, for what, or why not (Art. 15(1)(c), C-154/21)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.customers.schemas import Reference
from app.wire import Code, In, Line, Moment, Out

Outcome = Literal["disclosed", "refused"]
DisclosureChannel = Literal["api", "file", "email", "portal", "phone", "post", "other"]
Codes = Annotated[list[Code], Field(min_length=1, max_length=50)]


class ById(In):
    """A customer by the register's id."""

    id: UUID


CustomerPointer = ById | Reference


class DisclosureFields(In):
    """What goes to whom and why. Ask before you send; give `occurred_at` only when it has happened already."""

    recipient: Line = Field(description="Code, name or alias of the recipient.", examples=["mailchimp"])
    purpose: Code
    categories: Codes
    fields: Codes | None = Field(
        default=None, description="When absent: all fields of the categories that the recipient may get."
    )
    channel: DisclosureChannel | None = None
    occurred_at: Moment | None = Field(
        default=None,
        description="When the data left, if they have. A refusal is then recorded as data that should not have left.",
    )


class DisclosureNew(DisclosureFields):
    """One person's data to one recipient."""

    customer: CustomerPointer


class DisclosureBatch(DisclosureFields):
    """The data of up to 1000 people to one recipient; each is judged by itself."""

    customers: list[CustomerPointer] = Field(min_length=1, max_length=1000)


class ReasonOut(Out):
    code: str
    text: str


class RecipientOut(Out):
    """The recipient by the name under which it was known that day; unlisted ones have neither id nor code."""

    processor_id: UUID | None
    code: str | None
    name: str


class DisclosureOut(Out):
    """A disclosure, or its refusal with every reason: a refusal is a decision too."""

    id: UUID
    customer_id: UUID
    recipient: RecipientOut
    outcome: Outcome
    sent: bool = Field(description="The data left: permitted, or reported after the fact.")
    reasons: list[ReasonOut]
    purpose: str
    categories: list[str]
    fields: list[str]
    channel: str | None
    transfer_id: UUID | None = Field(description="The transfer it rests on, outside the EEA.")
    disclosed_at: datetime
    recorded_at: datetime
    client_id: UUID
    register_version: int


class DisclosureResult(Out):
    """What became of one person of a batch: an outcome, or a problem such as an unknown customer."""

    index: int
    status: int
    id: UUID | None
    outcome: Outcome | None
    reasons: list[ReasonOut]
    problem: dict[str, Any] | None


class DisclosureBatchOut(Out):
    """Results in the order of the customers. `may_send` counts those whose data may go."""

    may_send: int
    results: list[DisclosureResult]
