"""May this purpose be served for this person, on this channel, at this instant?

Articles 6, 7(3), 18(2), 21; for electronic direct marketing ePrivacy Directive Article 13, in Finland Act
917/2014 sections 200 to 203. The caller brings the facts that concern the one purpose and channel asked
about, as recorded by then; whatever is dated after the instant has not happened yet. An answer names every
reason, not the first one.
"""

from collections.abc import Iterator
from datetime import datetime

from app.policy.processing_facts import (
    Answer,
    ConsentFact,
    PersonFacts,
    PersonKind,
    PurposeFacts,
    Reason,
    ReasonCode,
    RestrictionFact,
    SoftOptIn,
)
from app.policy.processing_grounds import Ground, marketing_ground, own_ground
from app.policy.vocabulary import Channel, LegalBasis, Nature, Telling

__all__ = [
    "ALLOWED_UNDER_RESTRICTION",
    "Answer",
    "ConsentFact",
    "PersonFacts",
    "PersonKind",
    "PurposeFacts",
    "Reason",
    "ReasonCode",
    "RestrictionFact",
    "SoftOptIn",
    "check",
]

ALLOWED_UNDER_RESTRICTION: frozenset[Nature] = frozenset(
    {Nature.ACCOUNTING, Nature.LEGAL_CLAIMS, Nature.SUBJECT_RIGHTS}
)
"""Article 18(2), and the legal duties that a restriction does not lift."""


def check(purpose: PurposeFacts, channel: Channel | None, person: PersonFacts, at: datetime) -> Answer:
    """Whether the purpose may be served, with every reason. No answer, to the caller, means denied."""
    if not person.known:
        reason = Reason(ReasonCode.UNKNOWN_SUBJECT, "Nobody in the register answers to this.")
        return Answer(allowed=False, legal_basis=None, reasons=(reason,))
    marketing = purpose.nature is Nature.DIRECT_MARKETING
    ground = marketing_ground(purpose, channel, person, at) if marketing else own_ground(purpose, person, at)
    against = [*_common(purpose, channel, person, at), *_objections(purpose, ground, person, at)]
    if person.erased_at is None:
        against += _untold(purpose, person)
    if marketing:
        against += _marketing_stops(channel, person, at)
    if ground.basis is None:
        against += ground.reasons
    if against:
        return Answer(allowed=False, legal_basis=None, reasons=tuple(against))
    return Answer(allowed=True, legal_basis=ground.basis, reasons=ground.reasons)


def _common(purpose: PurposeFacts, channel: Channel | None, person: PersonFacts, at: datetime) -> Iterator[Reason]:
    """What stands against any purpose: erasure, death, restriction, no address, no justified transfer."""
    if _happened(person.erased_at, at):
        yield Reason(ReasonCode.ERASED, "The person's data have been erased (Art. 17).", person.erased_at)
    if _happened(person.deceased_since, at) and not _outlives(purpose, person):
        yield Reason(ReasonCode.DECEASED, "The person is reported dead (Recital 27).", person.deceased_since)
    if not _passes_restriction(purpose, person):
        for one in person.restrictions:
            if one.since <= at and (one.until is None or at < one.until):
                yield Reason(ReasonCode.RESTRICTED, f"Processing is restricted ({one.ground}).", one.since)
    if channel is not None and not person.reachable:
        yield Reason(ReasonCode.UNREACHABLE, f"No address is held for {channel}.")
    if purpose.needs_transfer and person.transfer is not None:
        yield Reason(ReasonCode.TRANSFER_REFUSED, person.transfer)


def _untold(purpose: PurposeFacts, person: PersonFacts) -> Iterator[Reason]:
    """Articles 13(3), 21(4): what the definition demands that people be told first, and this one has not been."""
    if purpose.tell_first:
        yield from (Reason(ReasonCode.NOT_TOLD, _NOT_TOLD[one]) for one in sorted(purpose.tell_first - person.told))


_NOT_TOLD = {
    Telling.PURPOSE: "The person has not been told of the purpose (Art. 13(3)).",
    Telling.RIGHT_TO_OBJECT: "The person has not been told of the right to object (Art. 21(4)).",
}


def _passes_restriction(purpose: PurposeFacts, person: PersonFacts) -> bool:
    own_contract = purpose.nature is Nature.SERVICE and purpose.basis is LegalBasis.CONTRACT and person.contract_open
    return own_contract or purpose.nature in ALLOWED_UNDER_RESTRICTION


def _outlives(purpose: PurposeFacts, person: PersonFacts) -> bool:
    """Accounting, claims, open contracts and legal duties pass to the estate; everything else ends with the person."""
    duty = purpose.basis is LegalBasis.LEGAL_OBLIGATION and purpose.nature is not Nature.DIRECT_MARKETING
    return duty or _passes_restriction(purpose, person)


def _objections(purpose: PurposeFacts, ground: Ground, person: PersonFacts, at: datetime) -> Iterator[Reason]:
    """Article 21(1): reaches legitimate interests and public tasks, except for legal claims."""
    if not _happened(person.objection_since, at) or purpose.nature is Nature.LEGAL_CLAIMS:
        return
    if (ground.basis or purpose.basis) in (LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK):
        yield Reason(ReasonCode.OBJECTION, "The person has objected (Art. 21(1)).", person.objection_since)


def _marketing_stops(channel: Channel | None, person: PersonFacts, at: datetime) -> Iterator[Reason]:
    """Article 21(3): a ban or a suppression stops marketing whatever it rests on."""
    if channel is None:
        yield Reason(ReasonCode.CHANNEL_MISSING, "Marketing is asked about one channel at a time.")
    if _happened(person.banned_since, at):
        yield Reason(ReasonCode.MARKETING_BAN, "The person banned marketing (Art. 21(2)).", person.banned_since)
    if _happened(person.suppressed_since, at):
        yield Reason(ReasonCode.SUPPRESSED, "The address is suppressed (Art. 21(3)).", person.suppressed_since)


def _happened(since: datetime | None, at: datetime) -> bool:
    return since is not None and since <= at
