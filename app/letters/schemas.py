"""What callers send and read about letters."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.policy.letters import LetterKind
from app.wire import Currency, Day, In, Line, LongLine, Money, Out

Means = Literal["post", "email", "in_person", "secure_link", "other"]
_Reasons = Annotated[list[LongLine], Field(max_length=20)]


class FeeOrExcessiveNew(In):
    """Charge or refuse a manifestly unfounded or excessive request; without reasons and evidence it is not issued."""

    kind: Literal["fee_or_excessive"]
    ground: Literal["manifestly_unfounded", "excessive"]
    charge: Literal["fee", "refused"]
    amount: Money | None = None
    currency: Currency = "EUR"
    reasons: _Reasons = Field(default_factory=list)
    evidence: _Reasons = Field(default_factory=list, description="Circumstances that show it; a count shows nothing.")


class AccessCoverNew(In):
    """The letter that goes with the reply to an access or portability request."""

    kind: Literal["access_cover"]
    enclosures: list[Line] = Field(default_factory=list, max_length=50)
    withheld: LongLine | None = Field(default=None, description="What is left out of the copy, and why (Art. 15(4)).")


class RestrictionLiftedNew(In):
    """Tells the person, before it happens, that the restriction ends (Art. 18(3))."""

    kind: Literal["restriction_lifted"]
    lifted_on: Day
    reasons: _Reasons


class OutcomeNew(In):
    """The outcome as it was decided and carried out, once more: after a restore has lost the letter."""

    kind: Literal["outcome"]


LetterNew = Annotated[
    FeeOrExcessiveNew | AccessCoverNew | RestrictionLiftedNew | OutcomeNew, Field(discriminator="kind")
]


class DeliveryIn(In):
    """When and how the letter left."""

    sent_on: Day
    means: Means


class DeliveryOut(Out):
    sent_on: date
    means: str
    recorded_at: datetime
    recorded_by: UUID


class LetterRow(Out):
    """A letter in a list; `ready` until it has left."""

    id: UUID
    number: str
    kind: LetterKind
    state: Literal["ready", "delivered"]
    case_number: str
    language: str
    issued_at: datetime
    delivery: DeliveryOut | None


class LetterOut(LetterRow):
    """A letter as it was issued. Name and address are not part of it: they join on its page and its document."""

    request_id: UUID | None
    customer_id: UUID | None
    template_version: int
    register_version: int
    notice_version: int = Field(
        description="The notice in force when it was issued; 0 where that was before the first."
    )
    issued_by: UUID
    title: str | None = Field(description="Null when the content went with a database that was restored.")
    text: str | None
    content: dict[str, Any] | None = Field(description="Facts, complaint and remedy as stored.")
