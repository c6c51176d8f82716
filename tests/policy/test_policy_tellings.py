"""Whoever must be told first is told first."""

from dataclasses import replace

import pytest

from app.policy.processing import PersonFacts, PurposeFacts, ReasonCode, check
from app.policy.vocabulary import Channel, Telling
from tests.policy.serving import CARE, CATALOGUE, CUSTOMER, NOW, PAST, RECEIPTS, denied


@pytest.mark.parametrize("purpose", [CATALOGUE, CARE, RECEIPTS])
def test_whoever_must_be_told_first_is_told_first(purpose: PurposeFacts) -> None:
    """Articles 13(3) and 21(4): each thing demanded has a reason of its own; what else was told does not count."""
    demanding = replace(purpose, tell_first=frozenset(Telling))
    channel = Channel.POST if purpose is CATALOGUE else None
    for told in (frozenset[Telling](), frozenset({Telling.PURPOSE}), frozenset({Telling.RIGHT_TO_OBJECT})):
        answer = check(demanding, channel, replace(CUSTOMER, told=told), NOW)
        assert denied(answer) == {ReasonCode.NOT_TOLD}
        assert len(answer.reasons) == 2 - len(told)
    assert check(demanding, channel, replace(CUSTOMER, told=frozenset(Telling)), NOW).allowed
    assert check(purpose, channel, CUSTOMER, NOW).allowed
    erased = check(demanding, channel, PersonFacts(known=True, erased_at=PAST), NOW)
    assert ReasonCode.NOT_TOLD not in denied(erased)
