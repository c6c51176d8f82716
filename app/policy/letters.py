"""What a letter must say before it may leave: Articles 12(3) to 12(6), 18(3) and 34(2).

Whether a letter is whole is judged here, on what it says, and not in a template: a refusal without its reasons, the
complaint or the judicial remedy cannot be issued.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from app.policy.holdings import HoldingKind


class LetterKind(StrEnum):
    """What a letter is about."""

    ACKNOWLEDGEMENT = "acknowledgement"
    IDENTITY_REQUEST = "identity_request"
    EXTENSION = "extension"
    FULFILLED = "fulfilled"
    PARTIAL = "partial"
    REFUSED = "refused"
    FEE_OR_EXCESSIVE = "fee_or_excessive"
    RESTRICTION_SET = "restriction_set"
    RESTRICTION_LIFTED = "restriction_lifted"
    MARKETING_BAN_CONFIRMED = "marketing_ban_confirmed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OBJECTION_OUTCOME = "objection_outcome"
    RECTIFICATION_OUTCOME = "rectification_outcome"
    ACCESS_COVER = "access_cover"
    BREACH_NOTICE = "breach_notice"


INTERIM = frozenset(
    {
        LetterKind.ACKNOWLEDGEMENT,
        LetterKind.IDENTITY_REQUEST,
        LetterKind.EXTENSION,
        LetterKind.RESTRICTION_LIFTED,
        LetterKind.BREACH_NOTICE,
    }
)
"""Letters that do not answer the request: it stays open when they have left (Article 12(3))."""


class Part(StrEnum):
    """A part that the law demands of a letter."""

    DATE = "date"
    ASKED_FOR = "asked_for"
    REASONS = "reasons"
    COMPLAINT = "complaint"
    REMEDY = "remedy"
    STAYING = "staying"
    EVIDENCE = "evidence"
    APPROVER = "approver"
    CHARGE = "charge"
    CONTACT = "contact"
    NATURE = "nature"
    CONSEQUENCES = "consequences"
    MEASURES = "measures"


_REFUSAL = (Part.REASONS, Part.COMPLAINT, Part.REMEDY)
"""Article 12(4): why, the complaint to a supervisory authority, the judicial remedy."""

DEMANDED: Mapping[LetterKind, tuple[Part, ...]] = MappingProxyType(
    {
        LetterKind.ACKNOWLEDGEMENT: (Part.DATE,),
        LetterKind.IDENTITY_REQUEST: (Part.REASONS, Part.ASKED_FOR),
        LetterKind.EXTENSION: (Part.REASONS, Part.DATE),
        LetterKind.FULFILLED: (Part.DATE,),
        LetterKind.PARTIAL: (Part.DATE, Part.STAYING, *_REFUSAL),
        LetterKind.REFUSED: _REFUSAL,
        LetterKind.FEE_OR_EXCESSIVE: (Part.EVIDENCE, Part.APPROVER, Part.CHARGE, *_REFUSAL),
        LetterKind.RESTRICTION_SET: (Part.REASONS, Part.DATE),
        LetterKind.RESTRICTION_LIFTED: (Part.DATE, *_REFUSAL),
        LetterKind.MARKETING_BAN_CONFIRMED: (Part.DATE,),
        LetterKind.CONSENT_WITHDRAWN: (Part.DATE,),
        LetterKind.OBJECTION_OUTCOME: _REFUSAL,
        LetterKind.RECTIFICATION_OUTCOME: _REFUSAL,
        LetterKind.ACCESS_COVER: (Part.COMPLAINT, Part.REMEDY),
        LetterKind.BREACH_NOTICE: (Part.NATURE, Part.CONTACT, Part.CONSEQUENCES, Part.MEASURES),
    }
)
"""Articles 12(3) to 12(6), 15(1)(f), 18(3) and 34(2), kind by kind."""


@dataclass(frozen=True, slots=True)
class Staying:
    """One thing that stays: why, under which law and section, until when and who sees it.

    `ends` names the event after which it goes where no date is known (`until` is None).
    """

    kind: HoldingKind
    reason: str
    ground: str
    law: str
    section: str
    until: date | None
    ends: str | None
    access: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says: the words of each part, and what stays, thing by thing."""

    kind: LetterKind
    parts: Mapping[Part, tuple[str, ...]]
    staying: tuple[Staying, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacking:
    """A part that is demanded and not said; `number` counts what stays, from 0, where it concerns one of these."""

    part: Part
    member: str | None = None
    number: int | None = None


def lacking(said: Said) -> tuple[Lacking, ...]:
    """Everything that stands in the way of issuing the letter; nothing when it is whole."""
    demanded = [part for part in DEMANDED[said.kind] if not _is_said(said, part)]
    return (*map(Lacking, demanded), *_lacking_of_staying(said.staying))


def _is_said(said: Said, part: Part) -> bool:
    if part is Part.STAYING:
        return bool(said.staying)
    return any(words.strip() for words in said.parts.get(part, ()))


def _lacking_of_staying(staying: Iterable[Staying]) -> Iterable[Lacking]:
    """Each thing that stays is a partial refusal of its own (Article 12(4))."""
    for number, one in enumerate(staying):
        for member in ("reason", "ground", "law", "section", "access"):
            if not getattr(one, member).strip():
                yield Lacking(Part.STAYING, member, number)
        if one.until is None and not (one.ends or "").strip():
            yield Lacking(Part.STAYING, "until", number)


def outcome(went: int, staying: Iterable[HoldingKind]) -> LetterKind:
    """Which letter tells what was carried out; what is kept so that a ban is obeyed refuses nothing."""
    refusing = [kind for kind in staying if kind is not HoldingKind.SUPPRESSION]
    if not refusing:
        return LetterKind.FULFILLED
    return LetterKind.PARTIAL if went else LetterKind.REFUSED
