"""May this purpose be served? Consent, soft opt-in, bans, restrictions, and every reason at once."""

from dataclasses import replace

import pytest

from app.policy.processing import (
    ALLOWED_UNDER_RESTRICTION,
    PersonFacts,
    PurposeFacts,
    ReasonCode,
    RestrictionFact,
    check,
)
from app.policy.vocabulary import Channel, LegalBasis, Nature, RestrictionGround
from tests.policy.serving import (
    BOOKING_DATA,
    BOOKS,
    CARE,
    CATALOGUE,
    CLAIMS,
    CUSTOMER,
    FUTURE,
    GIVEN,
    NEWSLETTER,
    NOW,
    PAST,
    PURPOSES,
    RECALLS,
    RECEIPTS,
    RESTRICTED,
    RIGHTS,
    SALE,
    SUBSCRIBER,
    WITHDRAWN,
    codes,
    denied,
)


def test_somebody_unknown_is_denied_for_that_reason_alone() -> None:
    """Nothing is said of a person who is not in the register."""
    answer = check(NEWSLETTER, None, PersonFacts(known=False, banned_since=PAST), NOW)
    assert denied(answer) == {ReasonCode.UNKNOWN_SUBJECT}


def test_a_consent_allows_its_marketing_and_names_its_wording() -> None:
    """The answer says on what wording the person agreed, and when."""
    answer = check(NEWSLETTER, Channel.EMAIL, SUBSCRIBER, NOW)
    assert (answer.allowed, answer.legal_basis) == (True, LegalBasis.CONSENT)
    (reason,) = answer.reasons
    assert (reason.code, reason.since) == (ReasonCode.CONSENT_GIVEN, PAST)
    assert "newsletter/3" in reason.text


def test_every_reason_is_given_not_the_first() -> None:
    """Whoever mends one of them learns of the others at once."""
    person = replace(
        CUSTOMER,
        erased_at=PAST,
        restrictions=(RESTRICTED,),
        consent=WITHDRAWN,
        suppressed_since=PAST,
        banned_since=PAST,
        reachable=False,
        transfer="No mechanism of Chapter V is recorded for US.",
    )
    answer = check(replace(NEWSLETTER, needs_transfer=True), Channel.EMAIL, person, NOW)
    assert denied(answer) == {
        ReasonCode.ERASED,
        ReasonCode.RESTRICTED,
        ReasonCode.CONSENT_WITHDRAWN,
        ReasonCode.SUPPRESSED,
        ReasonCode.MARKETING_BAN,
        ReasonCode.UNREACHABLE,
        ReasonCode.TRANSFER_REFUSED,
    }
    untimed = {ReasonCode.UNREACHABLE, ReasonCode.TRANSFER_REFUSED}
    assert all(reason.since == PAST for reason in answer.reasons if reason.code not in untimed)
    assert all(reason.text for reason in answer.reasons)


@pytest.mark.parametrize("purpose", [RECEIPTS, CARE, RECALLS, BOOKS, RIGHTS])
def test_a_marketing_ban_never_blocks_service_messages(purpose: PurposeFacts) -> None:
    """Receipts and safety recalls are purposes of their own."""
    person = replace(CUSTOMER, banned_since=PAST, suppressed_since=PAST, consent=WITHDRAWN)
    answer = check(purpose, Channel.EMAIL, person, NOW)
    assert (answer.allowed, answer.legal_basis) == (True, purpose.basis)
    assert codes(answer) == {ReasonCode.LEGAL_BASIS}


def test_marketing_needs_a_channel_and_service_does_not() -> None:
    """A consent and a ban concern a channel, so marketing cannot be asked about without one."""
    assert denied(check(NEWSLETTER, None, SUBSCRIBER, NOW)) == {ReasonCode.CHANNEL_MISSING}
    assert check(RECEIPTS, None, replace(CUSTOMER, reachable=False), NOW).allowed


def test_a_channel_without_an_address_is_denied() -> None:
    """There is nowhere to send it, service or not."""
    person = replace(SUBSCRIBER, kind="customer", reachable=False)
    for purpose in (NEWSLETTER, RECEIPTS):
        assert denied(check(purpose, Channel.SMS, person, NOW)) == {ReasonCode.UNREACHABLE}


@pytest.mark.parametrize(
    ("stopped", "code"),
    [
        (replace(SUBSCRIBER, banned_since=PAST), ReasonCode.MARKETING_BAN),
        (replace(SUBSCRIBER, suppressed_since=PAST), ReasonCode.SUPPRESSED),
    ],
)
def test_a_ban_and_a_suppression_outweigh_a_consent(stopped: PersonFacts, code: ReasonCode) -> None:
    """Only the person's own confirmed consent lifts them, and then the caller no longer reports them."""
    for person in (stopped, replace(stopped, kind="customer", consent=None, soft_opt_in=SALE)):
        assert denied(check(NEWSLETTER, Channel.EMAIL, person, NOW)) == {code}


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
@pytest.mark.parametrize("purpose", [NEWSLETTER, CATALOGUE])
def test_the_soft_opt_in_allows_electronic_marketing_to_customers(purpose: PurposeFacts, channel: Channel) -> None:
    """A sale of the same product group with a refusal offered carries marketing without consent."""
    answer = check(purpose, channel, replace(CUSTOMER, soft_opt_in=SALE), NOW)
    assert (answer.allowed, answer.legal_basis) == (True, LegalBasis.LEGITIMATE_INTERESTS)
    (reason,) = answer.reasons
    assert reason.code is ReasonCode.SOFT_OPT_IN
    assert "order 7" in reason.text


@pytest.mark.parametrize(
    ("person", "channel", "code"),
    [
        (replace(CUSTOMER, soft_opt_in=SALE), Channel.PHONE, ReasonCode.SOFT_OPT_IN_CHANNEL),
        (replace(CUSTOMER, soft_opt_in=SALE), Channel.POST, ReasonCode.SOFT_OPT_IN_CHANNEL),
        (
            replace(CUSTOMER, soft_opt_in=SALE, kind="subscriber"),
            Channel.EMAIL,
            ReasonCode.NOT_A_CUSTOMER,
        ),
        (
            replace(CUSTOMER, soft_opt_in=SALE, customership_active=False),
            Channel.EMAIL,
            ReasonCode.CUSTOMERSHIP_ENDED,
        ),
        (
            replace(CUSTOMER, soft_opt_in=replace(SALE, product_group="skin")),
            Channel.EMAIL,
            ReasonCode.SOFT_OPT_IN_PRODUCT_GROUP,
        ),
        (
            replace(CUSTOMER, soft_opt_in=replace(SALE, product_group="")),
            Channel.EMAIL,
            ReasonCode.SOFT_OPT_IN_PRODUCT_GROUP,
        ),
        (
            replace(CUSTOMER, soft_opt_in=replace(SALE, refusal_offered=False)),
            Channel.EMAIL,
            ReasonCode.SOFT_OPT_IN_NO_REFUSAL_OFFERED,
        ),
    ],
)
def test_an_incomplete_soft_opt_in_carries_nothing(person: PersonFacts, channel: Channel, code: ReasonCode) -> None:
    """The answer says that there is no consent and what the soft opt-in lacks."""
    assert denied(check(NEWSLETTER, channel, person, NOW)) == {ReasonCode.NO_CONSENT, code}


def test_a_withdrawal_ends_the_soft_opt_in_and_the_opt_out_too() -> None:
    """Who withdrew has refused: no other ground may take the consent's place."""
    person = replace(CUSTOMER, consent=WITHDRAWN, soft_opt_in=SALE)
    for purpose, channel in (
        (NEWSLETTER, Channel.EMAIL),
        (CATALOGUE, Channel.EMAIL),
        (CATALOGUE, Channel.POST),
    ):
        assert denied(check(purpose, channel, person, NOW)) == {ReasonCode.CONSENT_WITHDRAWN}


@pytest.mark.parametrize("channel", [Channel.POST, Channel.PHONE])
def test_post_and_phone_are_opt_out_only_on_a_legitimate_interest(channel: Channel) -> None:
    """The definition decides: on 6(1)(f) they are allowed unless refused, on consent they need it."""
    answer = check(CATALOGUE, channel, CUSTOMER, NOW)
    assert (answer.allowed, answer.legal_basis) == (True, LegalBasis.LEGITIMATE_INTERESTS)
    assert codes(answer) == {ReasonCode.OPT_OUT_CHANNEL}
    assert denied(check(NEWSLETTER, channel, CUSTOMER, NOW)) == {ReasonCode.NO_CONSENT}
    ended = replace(CUSTOMER, customership_active=False)
    assert denied(check(CATALOGUE, channel, ended, NOW)) == {ReasonCode.CUSTOMERSHIP_ENDED}
    objected = replace(CUSTOMER, objection_since=PAST)
    assert denied(check(CATALOGUE, channel, objected, NOW)) == {ReasonCode.OBJECTION}


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_electronic_marketing_is_opt_in_whatever_the_definition_says(channel: Channel) -> None:
    """A legitimate interest does not replace the prior consent of the ePrivacy rules."""
    assert denied(check(CATALOGUE, channel, CUSTOMER, NOW)) == {ReasonCode.NO_CONSENT}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_restriction_leaves_only_what_article_18_2_allows(purpose: PurposeFacts) -> None:
    """Accounting, legal claims and the person's rights go on; everything else waits."""
    person = replace(CUSTOMER, consent=GIVEN, restrictions=(RESTRICTED,))
    answer = check(purpose, Channel.EMAIL, person, NOW)
    assert answer.allowed is (purpose.nature in ALLOWED_UNDER_RESTRICTION)
    assert answer.allowed or codes(answer) == {ReasonCode.RESTRICTED}


def test_a_restricted_persons_own_open_contract_is_still_performed() -> None:
    """A new order is accepted and served under restriction; other service purposes are not."""
    person = replace(CUSTOMER, contract_open=True, restrictions=(RESTRICTED,))
    assert check(RECEIPTS, Channel.EMAIL, person, NOW).allowed
    assert denied(check(CARE, Channel.EMAIL, person, NOW)) == {ReasonCode.RESTRICTED}


def test_each_restriction_in_force_is_named() -> None:
    """Two grounds are two reasons; one that was lifted or has not begun is none."""
    restrictions = (
        RESTRICTED,
        RestrictionFact(RestrictionGround.PERSONS_CLAIM, NOW, FUTURE),
        RestrictionFact(RestrictionGround.OBJECTION_PENDING, PAST, NOW),
        RestrictionFact(RestrictionGround.RETENTION, FUTURE),
    )
    answer = check(RECEIPTS, None, replace(CUSTOMER, restrictions=restrictions), NOW)
    assert [reason.since for reason in answer.reasons] == [PAST, NOW]
    assert "18(1)(a)" in answer.reasons[0].text
    assert "18(1)(c)" in answer.reasons[1].text


def test_an_objection_reaches_legitimate_interests_only() -> None:
    """Article 21(1): contract, consent and legal duty go on, and so do legal claims."""
    person = replace(CUSTOMER, objection_since=PAST, consent=GIVEN)
    assert denied(check(CARE, None, person, NOW)) == {ReasonCode.OBJECTION}
    public = PurposeFacts("public", Nature.SERVICE, LegalBasis.PUBLIC_TASK)
    assert denied(check(public, None, person, NOW)) == {ReasonCode.OBJECTION}
    for purpose in (RECEIPTS, RECALLS, BOOKING_DATA, BOOKS, CLAIMS, RIGHTS):
        assert check(purpose, None, person, NOW).allowed
    assert check(NEWSLETTER, Channel.EMAIL, person, NOW).allowed
    soft = replace(person, consent=None, soft_opt_in=SALE)
    assert denied(check(NEWSLETTER, Channel.EMAIL, soft, NOW)) == {ReasonCode.OBJECTION}


def test_service_ends_with_the_customership_unless_a_contract_is_open() -> None:
    """A safety recall and an open order outlast the customership; customer care does not."""
    ended = replace(CUSTOMER, customership_active=False)
    for purpose in (RECEIPTS, CARE):
        assert denied(check(purpose, None, ended, NOW)) == {ReasonCode.CUSTOMERSHIP_ENDED}
        assert check(purpose, None, replace(ended, contract_open=True), NOW).allowed
    for purpose in (RECALLS, BOOKS, CLAIMS, RIGHTS):
        assert check(purpose, None, ended, NOW).allowed


def test_a_subscriber_has_no_contract_to_serve() -> None:
    """Somebody who only takes the newsletter is no customer."""
    assert denied(check(RECEIPTS, None, SUBSCRIBER, NOW)) == {ReasonCode.NOT_A_CUSTOMER}
    assert check(CARE, None, SUBSCRIBER, NOW).allowed


def test_a_service_based_on_consent_needs_it() -> None:
    """Booking data are served on consent, and a withdrawal ends that."""
    assert check(BOOKING_DATA, None, replace(CUSTOMER, consent=GIVEN), NOW).legal_basis is LegalBasis.CONSENT
    assert denied(check(BOOKING_DATA, None, CUSTOMER, NOW)) == {ReasonCode.NO_CONSENT}
    withdrawn = replace(CUSTOMER, consent=WITHDRAWN)
    assert denied(check(BOOKING_DATA, None, withdrawn, NOW)) == {ReasonCode.CONSENT_WITHDRAWN}


def test_a_refused_transfer_blocks_only_purposes_that_need_it() -> None:
    """No mail goes out through a provider whose transfer is not justified today."""
    person = replace(SUBSCRIBER, transfer="The mechanism ended on 2026-11-21.")
    assert check(NEWSLETTER, Channel.EMAIL, person, NOW).allowed
    answer = check(replace(NEWSLETTER, needs_transfer=True), Channel.EMAIL, person, NOW)
    assert denied(answer) == {ReasonCode.TRANSFER_REFUSED}
    assert answer.reasons[0].text == person.transfer


@pytest.mark.parametrize("purpose", PURPOSES)
def test_after_erasure_nothing_is_served(purpose: PurposeFacts) -> None:
    """What is kept after an erasure is reached through its own restricted records, not through the person."""
    person = replace(CUSTOMER, consent=GIVEN, erased_at=PAST)
    assert denied(check(purpose, Channel.EMAIL, person, NOW)) == {ReasonCode.ERASED}


def test_what_has_not_happened_yet_has_no_effect() -> None:
    """Asked about a past instant, later facts are left out, and a fact at the instant itself counts."""
    later = replace(
        SUBSCRIBER,
        erased_at=FUTURE,
        banned_since=FUTURE,
        suppressed_since=FUTURE,
        objection_since=FUTURE,
    )
    assert check(NEWSLETTER, Channel.EMAIL, later, NOW).allowed
    future_consent = replace(CUSTOMER, consent=replace(GIVEN, occurred_at=FUTURE))
    assert denied(check(NEWSLETTER, Channel.EMAIL, future_consent, NOW)) == {ReasonCode.NO_CONSENT}
    future_withdrawal = replace(CUSTOMER, consent=replace(WITHDRAWN, occurred_at=FUTURE), soft_opt_in=SALE)
    assert check(NEWSLETTER, Channel.EMAIL, future_withdrawal, NOW).allowed
    assert check(NEWSLETTER, Channel.EMAIL, replace(CUSTOMER, consent=replace(GIVEN, occurred_at=NOW)), NOW).allowed
    withdrawn_now = replace(CUSTOMER, consent=replace(WITHDRAWN, occurred_at=NOW), soft_opt_in=SALE)
    assert denied(check(NEWSLETTER, Channel.EMAIL, withdrawn_now, NOW)) == {ReasonCode.CONSENT_WITHDRAWN}
    banned_now = replace(SUBSCRIBER, banned_since=NOW)
    assert denied(check(NEWSLETTER, Channel.EMAIL, banned_now, NOW)) == {ReasonCode.MARKETING_BAN}
