"""What a purpose rests on for one person: Article 6, for marketing ePrivacy Article 13 (917/2014 200 §)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.policy.processing_facts import PersonFacts, PurposeFacts, Reason, ReasonCode, SoftOptIn
from app.policy.vocabulary import Channel, LegalBasis, Nature


@dataclass(frozen=True, slots=True)
class Ground:
    """What a purpose rests on for this person: a basis with its support, or the reasons why there is none."""

    basis: LegalBasis | None
    reasons: tuple[Reason, ...]


def own_ground(purpose: PurposeFacts, person: PersonFacts, at: datetime) -> Ground:
    """What a purpose other than marketing rests on."""
    if purpose.basis is LegalBasis.CONSENT:
        return _consent(person, at)
    if purpose.nature is Nature.SERVICE and not person.contract_open:
        missing = tuple(_customership(purpose.basis, person))
        if missing:
            return Ground(None, missing)
    return Ground(purpose.basis, (Reason(ReasonCode.LEGAL_BASIS, f"Art. {purpose.basis} GDPR."),))


def _customership(basis: LegalBasis, person: PersonFacts) -> Iterator[Reason]:
    """A contract needs a customer; contract and legitimate interest end with the customership."""
    if person.kind == "subscriber":
        if basis is LegalBasis.CONTRACT:
            yield Reason(ReasonCode.NOT_A_CUSTOMER, "The person is no customer, so there is no contract.")
    elif basis in (LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS) and not person.customership_active:
        yield Reason(ReasonCode.CUSTOMERSHIP_ENDED, "The customership has ended.")


def marketing_ground(purpose: PurposeFacts, channel: Channel | None, person: PersonFacts, at: datetime) -> Ground:
    """Consent first; else opt-out by post and phone on a legitimate interest; else the soft opt-in."""
    consent = _consent(person, at)
    if consent.basis is not None or _withdrawn(person, at):
        return consent
    if purpose.basis is LegalBasis.LEGITIMATE_INTERESTS and channel in (Channel.POST, Channel.PHONE):
        missing = tuple(_customership(purpose.basis, person))
        support = Reason(ReasonCode.OPT_OUT_CHANNEL, f"Marketing by {channel} is allowed unless refused.")
        return Ground(None, missing) if missing else Ground(LegalBasis.LEGITIMATE_INTERESTS, (support,))
    if person.soft_opt_in is None:
        return consent
    faults = tuple(_soft_opt_in_faults(purpose, channel, person, person.soft_opt_in))
    if faults:
        return Ground(None, (*consent.reasons, *faults))
    text = f"Soft opt-in on sale {person.soft_opt_in.sale} (ePrivacy Art. 13(2))."
    return Ground(LegalBasis.LEGITIMATE_INTERESTS, (Reason(ReasonCode.SOFT_OPT_IN, text),))


def _soft_opt_in_faults(
    purpose: PurposeFacts, channel: Channel | None, person: PersonFacts, facts: SoftOptIn
) -> Iterator[Reason]:
    if channel not in (Channel.EMAIL, Channel.SMS):
        yield Reason(ReasonCode.SOFT_OPT_IN_CHANNEL, "The soft opt-in covers e-mail and SMS only.")
    if person.kind != "customer":
        yield Reason(ReasonCode.NOT_A_CUSTOMER, "The soft opt-in covers customers only.")
    elif not person.customership_active:
        yield Reason(ReasonCode.CUSTOMERSHIP_ENDED, "The customership has ended.")
    advertised = purpose.product_groups or {facts.product_group}
    if not facts.product_group or facts.product_group not in advertised:
        yield Reason(ReasonCode.SOFT_OPT_IN_PRODUCT_GROUP, "The sale was not of the advertised product group.")
    if not facts.refusal_offered:
        yield Reason(ReasonCode.SOFT_OPT_IN_NO_REFUSAL_OFFERED, "No refusal was offered at the sale.")


def _consent(person: PersonFacts, at: datetime) -> Ground:
    consent = person.consent
    if consent is None or consent.occurred_at > at:
        return Ground(None, (Reason(ReasonCode.NO_CONSENT, "No consent had been given (Art. 6(1)(a))."),))
    if consent.action == "withdrawn":
        text = "The consent has been withdrawn (Art. 7(3))."
        return Ground(None, (Reason(ReasonCode.CONSENT_WITHDRAWN, text, consent.occurred_at),))
    text = f"Consent given on wording {consent.wording or 'not recorded'}."
    reason = Reason(ReasonCode.CONSENT_GIVEN, text, consent.occurred_at)
    return Ground(LegalBasis.CONSENT, (reason,))


def _withdrawn(person: PersonFacts, at: datetime) -> bool:
    consent = person.consent
    return consent is not None and consent.action == "withdrawn" and consent.occurred_at <= at
