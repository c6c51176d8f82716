"""What holds of every processing check, whoever is asked about."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.policy.processing import (
    ConsentFact,
    PersonFacts,
    PurposeFacts,
    ReasonCode,
    RestrictionFact,
    SoftOptIn,
    check,
)
from app.policy.vocabulary import Channel, LegalBasis, Nature, RestrictionGround
from tests.policy.serving import (
    FUTURE,
    NOW,
    PAST,
    codes,
)

instants = st.sampled_from((PAST, NOW, FUTURE))
persons = st.builds(
    PersonFacts,
    known=st.just(value=True),
    kind=st.sampled_from(("customer", "subscriber")),
    erased_at=st.none() | instants,
    customership_active=st.booleans(),
    contract_open=st.booleans(),
    restrictions=st.lists(
        st.builds(RestrictionFact, st.sampled_from(RestrictionGround), instants, st.none() | instants),
        max_size=2,
    ).map(tuple),
    consent=st.none()
    | st.builds(ConsentFact, st.sampled_from(("given", "withdrawn")), instants, st.just("newsletter/3")),
    suppressed_since=st.none() | instants,
    banned_since=st.none() | instants,
    objection_since=st.none() | instants,
    soft_opt_in=st.none() | st.builds(SoftOptIn, st.just("order 7"), st.sampled_from(("hair", "skin")), st.booleans()),
    reachable=st.booleans(),
    transfer=st.none() | st.just("refused"),
)
channels = st.none() | st.sampled_from(Channel)
purposes = st.builds(
    PurposeFacts,
    st.just("p"),
    st.sampled_from(Nature),
    st.sampled_from(LegalBasis),
    st.booleans(),
    st.none() | st.just("hair"),
)
SUPPORT = {
    ReasonCode.CONSENT_GIVEN,
    ReasonCode.SOFT_OPT_IN,
    ReasonCode.OPT_OUT_CHANNEL,
    ReasonCode.LEGAL_BASIS,
}


@given(purposes, channels, persons)
def test_an_answer_always_says_why(purpose: PurposeFacts, channel: Channel | None, person: PersonFacts) -> None:
    """Allowed has a basis and only supporting reasons; denied has none of either."""
    answer = check(purpose, channel, person, NOW)
    assert answer.reasons
    assert answer.allowed is (answer.legal_basis is not None)
    assert codes(answer) <= SUPPORT if answer.allowed else not codes(answer) & SUPPORT


@given(purposes, channels, persons)
def test_no_marketing_passes_a_ban_a_withdrawal_or_a_restriction(
    purpose: PurposeFacts, channel: Channel | None, person: PersonFacts
) -> None:
    """Each of these alone is enough to deny, and e-mail needs a consent or a sale."""
    marketing = replace(purpose, nature=Nature.DIRECT_MARKETING)
    answer = check(marketing, channel, person, NOW)
    if not answer.allowed:
        return
    assert channel is not None
    for since in (person.banned_since, person.suppressed_since, person.erased_at):
        assert since is None or since > NOW
    consent = person.consent if person.consent and person.consent.occurred_at <= NOW else None
    assert consent is None or consent.action == "given"
    if consent is None and channel in (Channel.EMAIL, Channel.SMS):
        assert person.soft_opt_in is not None


@given(purposes, channels, persons, st.sampled_from(("banned_since", "suppressed_since")))
def test_only_marketing_feels_a_ban(
    purpose: PurposeFacts, channel: Channel | None, person: PersonFacts, stop: str
) -> None:
    """For any other nature the answer is the same with and without a ban or a suppression."""
    other = replace(purpose, nature=Nature.SERVICE) if purpose.nature is Nature.DIRECT_MARKETING else purpose
    free = replace(person, banned_since=None, suppressed_since=None)
    stopped = replace(free, banned_since=PAST) if stop == "banned_since" else replace(free, suppressed_since=PAST)
    assert check(other, channel, stopped, NOW) == check(other, channel, free, NOW)
