"""What each kind of letter is made of: codes, dates and the words of whoever decided; nobody's name or address.

Codes become words in the letter's language when it is rendered. What a human wrote (`WORDS`) stands as written.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from app.letters.facts_base import WORDS, Access, Because, Ends, Facts, Said, Stays, Went
from app.policy.letters import LetterKind, Part
from app.policy.vocabulary import Channel, RestrictionGround, Right

__all__ = ["WORDS", "Access", "Because", "Ends", "Facts", "Stays", "Went"]


class Acknowledgement(Facts):
    """A request has come in (Art. 12(3))."""

    kind: Literal[LetterKind.ACKNOWLEDGEMENT] = LetterKind.ACKNOWLEDGEMENT
    right: Right
    received_on: date
    due_on: date

    def parts(self) -> Said:
        return {Part.DATE: (self.due_on.isoformat(),)}


class IdentityRequest(Facts):
    """Which doubt there is, and the minimum that is asked for (Art. 12(6))."""

    kind: Literal[LetterKind.IDENTITY_REQUEST] = LetterKind.IDENTITY_REQUEST
    right: Right
    received_on: date
    asked_on: date
    reason: str
    asked_for: str
    pauses: bool
    due_on: date

    def parts(self) -> Said:
        return {Part.REASONS: (self.reason,), Part.ASKED_FOR: (self.asked_for,)}


class Extension(Facts):
    """Two further months, and why (Art. 12(3))."""

    kind: Literal[LetterKind.EXTENSION] = LetterKind.EXTENSION
    right: Right
    received_on: date
    reason: str
    due_on: date
    paused_days: int

    def parts(self) -> Said:
        return {Part.REASONS: (self.reason,), Part.DATE: (self.due_on.isoformat(),)}


class _Outcome(Facts):
    right: Right
    received_on: date
    went: tuple[Went, ...] = ()
    stays: tuple[Stays, ...] = ()
    recipients: tuple[str, ...] = ()
    done_on: date | None = None
    bytes_gone_by: date | None = None
    request_file_years: int

    def staying(self) -> tuple[Stays, ...]:
        return self.stays

    def parts(self) -> Said:
        reasons = tuple(one.judged().reason for one in self.stays)
        return {Part.REASONS: reasons, Part.DATE: (self.done_on.isoformat(),) if self.done_on else ()}


class Fulfilled(_Outcome):
    """Everything that was asked for has been done (Art. 12(3))."""

    kind: Literal[LetterKind.FULFILLED] = LetterKind.FULFILLED


class Partial(_Outcome):
    """Some of it was done, and what stays is a refusal (Art. 12(4))."""

    kind: Literal[LetterKind.PARTIAL] = LetterKind.PARTIAL


class Refused(_Outcome):
    """Nothing was done, and why (Art. 12(4)). `ground` is the decision's, if a human refused."""

    kind: Literal[LetterKind.REFUSED] = LetterKind.REFUSED
    ground: Literal["identity_not_established", "conditions_not_met"] | None = None
    reasons: tuple[str, ...] = ()

    def parts(self) -> Said:
        return {Part.REASONS: (*self.reasons, *super().parts()[Part.REASONS])}


class FeeOrExcessive(Facts):
    """A fee or a refusal because the request is manifestly unfounded or excessive; the proof is ours (Art. 12(5))."""

    kind: Literal[LetterKind.FEE_OR_EXCESSIVE] = LetterKind.FEE_OR_EXCESSIVE
    right: Right
    received_on: date
    ground: Literal["manifestly_unfounded", "excessive"]
    charge: Literal["fee", "refused"]
    amount: str | None = None
    currency: str = "EUR"
    reasons: tuple[str, ...]
    evidence: tuple[str, ...]
    approver: str

    def parts(self) -> Said:
        charge = self.amount or "" if self.charge == "fee" else self.charge
        shared = {Part.REASONS: self.reasons, Part.EVIDENCE: self.evidence}
        return {**shared, Part.APPROVER: (self.approver,), Part.CHARGE: (charge,)}


class RestrictionSet(Facts):
    """Processing is restricted from a day on, on these grounds (Art. 18(1))."""

    kind: Literal[LetterKind.RESTRICTION_SET] = LetterKind.RESTRICTION_SET
    since_on: date
    grounds: tuple[RestrictionGround, ...]
    reasons: tuple[str, ...] = ()

    def parts(self) -> Said:
        return {Part.REASONS: (*self.grounds, *self.reasons), Part.DATE: (self.since_on.isoformat(),)}


class RestrictionLifted(Facts):
    """Told before the restriction is lifted (Art. 18(3)): on which day, and why."""

    kind: Literal[LetterKind.RESTRICTION_LIFTED] = LetterKind.RESTRICTION_LIFTED
    since_on: date
    lifted_on: date
    reasons: tuple[str, ...]

    def parts(self) -> Said:
        return {Part.REASONS: self.reasons, Part.DATE: (self.lifted_on.isoformat(),)}


class MarketingBanConfirmed(Facts):
    """Direct marketing has stopped (Art. 21(3)); no channel named means all of them."""

    kind: Literal[LetterKind.MARKETING_BAN_CONFIRMED] = LetterKind.MARKETING_BAN_CONFIRMED
    effective_on: date
    channels: tuple[Channel, ...] = ()
    recipients: tuple[str, ...] = ()

    def parts(self) -> Said:
        return {Part.DATE: (self.effective_on.isoformat(),)}


class ConsentWithdrawn(Facts):
    """Consents are withdrawn (Art. 7(3)); `others` are purposes that rest on another basis and go on.

    No purpose is named where what the person named rests on no consent.
    """

    kind: Literal[LetterKind.CONSENT_WITHDRAWN] = LetterKind.CONSENT_WITHDRAWN
    effective_on: date
    purposes: tuple[str, ...]
    others: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()

    def parts(self) -> Said:
        return {Part.DATE: (self.effective_on.isoformat(),)}


class ObjectionOutcome(Facts):
    """How an objection on grounds of the person's situation was weighed (Art. 21(1))."""

    kind: Literal[LetterKind.OBJECTION_OUTCOME] = LetterKind.OBJECTION_OUTCOME
    received_on: date
    upheld: bool
    purposes: tuple[str, ...]
    reasons: tuple[str, ...]

    def parts(self) -> Said:
        return {Part.REASONS: self.reasons}


class RectificationOutcome(Facts):
    """What was corrected, what was not, and why (Art. 16). Members are fields by name, never their values."""

    kind: Literal[LetterKind.RECTIFICATION_OUTCOME] = LetterKind.RECTIFICATION_OUTCOME
    received_on: date
    corrected: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    reasons: tuple[str, ...]
    recipients: tuple[str, ...] = ()

    def parts(self) -> Said:
        return {Part.REASONS: self.reasons}


class AccessCover(Facts):
    """What goes with the reply to an access or portability request (Arts. 15, 20): on paper, or behind a link.

    `left_out` counts the places in the copy at which something is withheld, each with its reason (Art. 15(4)).
    """

    kind: Literal[LetterKind.ACCESS_COVER] = LetterKind.ACCESS_COVER
    right: Right
    received_on: date
    enclosures: tuple[str, ...] = ()
    withheld: str | None = None
    fetch_until: date | None = None
    records: int | None = None
    left_out: int = 0


class BreachNotice(Facts):
    """A breach that is likely to bring a high risk (Art. 34(2)). `communication` is the notice whose words it has."""

    kind: Literal[LetterKind.BREACH_NOTICE] = LetterKind.BREACH_NOTICE
    communication: UUID
    found_on: date
    nature: str
    consequences: str
    measures: str
    contact: str
    advice: str | None = None

    def parts(self) -> Said:
        told = {Part.NATURE: (self.nature,), Part.CONSEQUENCES: (self.consequences,)}
        return {**told, Part.MEASURES: (self.measures,), Part.CONTACT: (self.contact,)}


AnyFacts = Annotated[
    Acknowledgement
    | IdentityRequest
    | Extension
    | Fulfilled
    | Partial
    | Refused
    | FeeOrExcessive
    | RestrictionSet
    | RestrictionLifted
    | MarketingBanConfirmed
    | ConsentWithdrawn
    | ObjectionOutcome
    | RectificationOutcome
    | AccessCover
    | BreachNotice,
    Field(discriminator="kind"),
]
_ANY: TypeAdapter[AnyFacts] = TypeAdapter(AnyFacts)


def read(stored: Mapping[str, Any]) -> AnyFacts:
    """The facts as they were stored."""
    return _ANY.validate_python(stored)
