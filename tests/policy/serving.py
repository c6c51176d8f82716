"""Purposes and people that the tests of processing checks share."""

from datetime import UTC, datetime, timedelta

from app.policy.processing import (
    Answer,
    ConsentFact,
    PersonFacts,
    PurposeFacts,
    ReasonCode,
    RestrictionFact,
    SoftOptIn,
)
from app.policy.vocabulary import LegalBasis, Nature, RestrictionGround

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAST = NOW - timedelta(days=30)
FUTURE = NOW + timedelta(seconds=1)
NEWSLETTER = PurposeFacts("newsletter", Nature.DIRECT_MARKETING, LegalBasis.CONSENT, product_groups=frozenset({"hair"}))
CATALOGUE = PurposeFacts("catalogue", Nature.DIRECT_MARKETING, LegalBasis.LEGITIMATE_INTERESTS)
RECEIPTS = PurposeFacts("receipts", Nature.SERVICE, LegalBasis.CONTRACT)
CARE = PurposeFacts("care", Nature.SERVICE, LegalBasis.LEGITIMATE_INTERESTS)
RECALLS = PurposeFacts("recalls", Nature.SERVICE, LegalBasis.LEGAL_OBLIGATION)
BOOKING_DATA = PurposeFacts("booking_data", Nature.SERVICE, LegalBasis.CONSENT)
BOOKS = PurposeFacts("accounting", Nature.ACCOUNTING, LegalBasis.LEGAL_OBLIGATION)
CLAIMS = PurposeFacts("claims", Nature.LEGAL_CLAIMS, LegalBasis.LEGITIMATE_INTERESTS)
RIGHTS = PurposeFacts("rights", Nature.SUBJECT_RIGHTS, LegalBasis.LEGAL_OBLIGATION)
PURPOSES = (NEWSLETTER, CATALOGUE, RECEIPTS, CARE, RECALLS, BOOKING_DATA, BOOKS, CLAIMS, RIGHTS)
GIVEN = ConsentFact("given", PAST, "newsletter/3")
WITHDRAWN = ConsentFact("withdrawn", PAST, None)
SALE = SoftOptIn("order 7", "hair", refusal_offered=True)
CUSTOMER = PersonFacts(known=True)
SUBSCRIBER = PersonFacts(known=True, kind="subscriber", consent=GIVEN)
RESTRICTED = RestrictionFact(RestrictionGround.ACCURACY_CONTESTED, PAST)


def codes(answer: Answer) -> set[ReasonCode]:
    return {reason.code for reason in answer.reasons}


def denied(answer: Answer) -> set[ReasonCode]:
    """The reasons of an answer that must be a denial."""
    assert (answer.allowed, answer.legal_basis) == (False, None)
    return codes(answer)
