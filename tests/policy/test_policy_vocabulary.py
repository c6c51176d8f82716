"""The stored words: they are in databases, letters and interfaces, so none may change unnoticed."""

from enum import StrEnum

import pytest

from app.policy.vocabulary import (
    Channel,
    ErasureException,
    ErasureGround,
    LegalBasis,
    Material,
    Nature,
    RestrictionGround,
    Right,
)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (
            Right,
            "access rectification erasure restriction portability objection marketing_ban consent_withdrawal",
        ),
        (Nature, "service direct_marketing accounting legal_claims subject_rights"),
        (LegalBasis, "6(1)(a) 6(1)(b) 6(1)(c) 6(1)(d) 6(1)(e) 6(1)(f)"),
        (Channel, "email sms phone post"),
        (Material, "voucher ledger oss unclassified"),
        (ErasureGround, "17(1)(a) 17(1)(b) 17(1)(c) 17(1)(d) 17(1)(e) 17(1)(f)"),
        (ErasureException, "17(3)(a) 17(3)(b) 17(3)(c) 17(3)(d) 17(3)(e)"),
        (RestrictionGround, "18(1)(a) 18(1)(b) 18(1)(c) 18(1)(d) retention erasure_pending"),
    ],
)
def test_the_words_are_the_regulations_own(words: type[StrEnum], values: str) -> None:
    """Each word keeps its value and its order."""
    assert " ".join(words) == values
