"""Articles 33 and 34: the clock in hours, what is owed to whom, and what a notice must say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.breach_facts import (
    RULES,
    BreachRefusalCode,
    Content,
    Excuse,
    Likelihood,
    NotificationRule,
    Part,
    Risk,
    Severity,
    TellingException,
)
from app.policy.breaches import (
    AssessFirst,
    Excused,
    NobodyToTell,
    Notified,
    Notify,
    Obstacle,
    RecordOnly,
    TellPeople,
    assessment_refusal,
    authority_duty,
    awareness_refusal,
    breach_clock,
    combined,
    communication_refusal,
    hours_left,
    least_risk,
    missing_parts,
    notification_refusal,
    obstacles,
    persons_duty,
    rule_on,
)
from tests.policy.calendars import HELSINKI

RULE = RULES[0]
OMNIBUS = NotificationRule(date(2028, 1, 1), 96, Risk.HIGH_RISK, "COM(2025) 837, as if adopted")
WHOLE = Content(
    "Letters went to the wrong people.", "the contact", "Somebody may be approached.", "They were asked back."
)
HOUR = timedelta(hours=1)
STARTS = datetime(2020, 1, 1, tzinfo=UTC)
instants = st.integers(0, 15 * 365 * 86_400_000).map(lambda ms: STARTS + timedelta(milliseconds=ms))
risks = st.none() | st.sampled_from(Risk)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("aware", "target", "due"),
    [
        ("2026-11-23T09:20:00+02:00", "2026-11-26T09:20:00+02:00", "2026-11-26T10:00:00+02:00"),
        ("2026-11-23T09:00:00+02:00", "2026-11-26T09:00:00+02:00", "2026-11-26T10:00:00+02:00"),
        ("2026-11-27T17:59:59+02:00", "2026-11-30T17:59:59+02:00", "2026-11-30T18:00:00+02:00"),
        ("2026-11-19T15:30:00+02:00", "2026-11-22T15:30:00+02:00", "2026-11-22T16:00:00+02:00"),
        ("2026-12-23T12:10:00+02:00", "2026-12-26T12:10:00+02:00", "2026-12-26T13:00:00+02:00"),
        ("2027-03-27T12:10:00+02:00", "2027-03-30T13:10:00+03:00", "2027-03-30T14:00:00+03:00"),
        ("2026-10-24T12:10:00+03:00", "2026-10-27T11:10:00+02:00", "2026-10-27T12:00:00+02:00"),
    ],
    ids=["plain", "full hour", "Friday evening", "ends on Sunday", "Christmas", "summer time begins", "and ends"],
)
def test_the_period_is_of_hours_and_the_first_is_not_counted(aware: str, target: str, due: str) -> None:
    """1182/71 Art. 3(1) and (4): seventy-two real hours, nights, Sundays and Christmas included."""
    clock = breach_clock(at(aware), HELSINKI, RULE)
    assert (clock.target_at, clock.due_at) == (at(target), at(due))


@given(instants, st.sampled_from([RULE, OMNIBUS]))
def test_the_period_never_shrinks_nor_grows(aware: datetime, rule: NotificationRule) -> None:
    """Whole hours to the binding end, more than the period and at most an hour more; on the full hour; monotone."""
    clock = breach_clock(aware, HELSINKI, rule)
    left = clock.due_at - aware
    assert timedelta(hours=rule.hours) < left <= timedelta(hours=rule.hours + 1)
    assert (clock.due_at.minute, clock.due_at.second, clock.due_at.microsecond) == (0, 0, 0)
    assert clock.target_at - aware == timedelta(hours=rule.hours)
    assert breach_clock(aware + HOUR, HELSINKI, rule).due_at == clock.due_at + HOUR


@given(instants, instants)
def test_hours_left_are_whole_and_negative_once_over(due: datetime, now: datetime) -> None:
    """Overdue and a negative number are the same thing."""
    left = hours_left(due, now)
    assert left * HOUR <= due - now < (left + 1) * HOUR
    assert (left < 0) == (now > due)


def test_an_instant_needs_its_zone() -> None:
    """A naive one could mean any hour."""
    with pytest.raises(ValueError, match="time zone"):
        breach_clock(datetime(2026, 1, 1), HELSINKI, RULE)  # noqa: DTZ001 (that is what is refused)


def test_the_rule_of_the_day_of_awareness_holds() -> None:
    """72 hours today; a rule to come changes nothing before its day; days before any rule get the first."""
    rules = (RULE, OMNIBUS)
    assert RULE.hours == 72
    assert rule_on(date(2026, 11, 23)) == RULE
    assert [rule_on(date(2027, 12, 31), rules), rule_on(date(2028, 1, 1), rules)] == [RULE, OMNIBUS]
    assert rule_on(date(2000, 1, 1), rules) == RULE


@given(instants, risks, st.none() | st.integers(-200, 200), st.sampled_from([RULE, OMNIBUS]))
def test_what_is_owed_to_the_authority(
    aware: datetime, risk: Risk | None, after: int | None, rule: NotificationRule
) -> None:
    """Told is told, late from the end of the period on; no risk is a record; anything else, unassessed too, runs."""
    clock = breach_clock(aware, HELSINKI, rule)
    told = None if after is None else clock.due_at + after * HOUR
    duty = authority_duty(clock, rule, risk, told)
    if told is not None:
        assert duty == Notified(late=told >= clock.due_at)
    elif risk is None:
        assert duty == Notify(clock.due_at, presumed=True)
    elif risk is Risk.NONE or (risk is Risk.RISK and rule is OMNIBUS):
        assert duty == RecordOnly("Art. 33(5) GDPR")
    else:
        assert duty == Notify(clock.due_at, presumed=False)


@pytest.mark.parametrize("exception", [None, *TellingException])
def test_what_is_owed_to_the_people(exception: TellingException | None) -> None:
    """Only a high risk is told, unless an exception of Art. 34(3) is claimed; nothing is owed to nobody unassessed."""
    assert persons_duty(None, exception) == AssessFirst()
    assert persons_duty(Risk.NONE, exception) == persons_duty(Risk.RISK, exception) == NobodyToTell()
    assert persons_duty(Risk.HIGH_RISK, exception) == (TellPeople() if exception is None else Excused(exception))


def test_likelihood_and_severity_set_the_least_risk() -> None:
    """It never falls when either rises; unlikely or negligible harm allows none, severe harm is high."""
    for (n, likelihood), (m, severity) in product(enumerate(Likelihood), enumerate(Severity)):
        found = list(Risk).index(least_risk(likelihood, severity))
        assert found == 0 or (n > 0 and m > 0)
        lower = [least_risk(list(Likelihood)[i], list(Severity)[j]) for i in range(n + 1) for j in range(m + 1)]
        assert found == max(list(Risk).index(risk) for risk in lower)
    assert least_risk(Likelihood.POSSIBLE, Severity.SEVERE) is Risk.HIGH_RISK
    assert least_risk(Likelihood.LIKELY, Severity.SIGNIFICANT) is Risk.HIGH_RISK
    assert least_risk(Likelihood.POSSIBLE, Severity.SIGNIFICANT) is Risk.RISK


@given(st.sampled_from(Likelihood), st.sampled_from(Severity), st.sampled_from(Risk))
def test_an_assessment_may_find_more_but_not_less_than_its_findings(
    likelihood: Likelihood, severity: Severity, outcome: Risk
) -> None:
    """What a human says of likelihood and severity binds the outcome from below."""
    refusal = assessment_refusal(likelihood, severity, outcome, "because", None)
    below = list(Risk).index(outcome) < list(Risk).index(least_risk(likelihood, severity))
    assert (refusal is not None and refusal.code is BreachRefusalCode.BELOW_OWN_FINDINGS) == below
    assert (refusal is None) == (not below)


PUBLIC = Excuse(TellingException.DISPROPORTIONATE, "addresses unknown", "in the newspaper")


@pytest.mark.parametrize(
    ("outcome", "reasons", "excuse", "code"),
    [
        (Risk.HIGH_RISK, " ", None, BreachRefusalCode.NO_REASONS),
        (Risk.HIGH_RISK, "x", replace(PUBLIC, reasons=""), BreachRefusalCode.NO_REASONS),
        (Risk.RISK, "x", PUBLIC, BreachRefusalCode.NOT_HIGH_RISK),
        (Risk.HIGH_RISK, "x", replace(PUBLIC, public_communication=None), BreachRefusalCode.NO_PUBLIC_COMMUNICATION),
        (Risk.HIGH_RISK, "x", PUBLIC, None),
        (Risk.HIGH_RISK, "x", Excuse(TellingException.UNINTELLIGIBLE, "encrypted"), None),
        (Risk.HIGH_RISK, "x", Excuse(TellingException.RISK_REMOVED, "returned unread"), None),
    ],
)
def test_reasons_and_exceptions(
    outcome: Risk, reasons: str, excuse: Excuse | None, code: BreachRefusalCode | None
) -> None:
    """Art. 34(3): an exception is reasoned, about a high risk, and (c) tells the public instead."""
    refusal = assessment_refusal(Likelihood.UNLIKELY, Severity.LIMITED, outcome, reasons, excuse)
    assert (refusal.code if refusal else None) == code


def test_awareness_is_past_and_not_after_the_processors_word() -> None:
    """Art. 33(2): what the processor has told, the controller knows."""
    now = at("2026-11-23T09:00:00+00:00")
    assert awareness_refusal(now, now, now) is None
    assert awareness_refusal(now, None, now) is None
    assert _code(awareness_refusal(now + HOUR, None, now)) is BreachRefusalCode.IN_THE_FUTURE
    assert _code(awareness_refusal(now, now - HOUR, now)) is BreachRefusalCode.AWARE_BY_PROCESSOR


def _code(refusal: object) -> object:
    return getattr(refusal, "code", None)


texts = st.none() | st.sampled_from(["", "  ", "said", "said again"])
contents = st.builds(Content, texts, texts, texts, texts)


@given(st.lists(contents, max_size=4))
def test_phases_add_up(phases: list[Content]) -> None:
    """Art. 33(4): a part is missing as long as no phase has said it; the newest word stands."""
    whole = combined(phases)
    for part in Part:
        assert (part in missing_parts(whole)) == all(part in missing_parts(phase) for phase in phases)
    said = [phase.measures for phase in phases if phase.measures and phase.measures.strip()]
    assert whole.measures == (said[-1] if said else None)


@given(contents)
def test_people_are_told_everything_at_once(content: Content) -> None:
    """Art. 34(2) knows no phases."""
    assert (communication_refusal(content) is None) == (missing_parts(content) == ())


CLOCK = breach_clock(at("2026-11-23T09:20:00+02:00"), HELSINKI, RULE)
PARTLY = replace(WHOLE, measures=None)
BEFORE_END, LONG_AFTER = CLOCK.due_at - timedelta(microseconds=1), CLOCK.due_at + 100 * HOUR


@pytest.mark.parametrize(
    ("content", "sent_at", "first", "later", "delay", "code"),
    [
        (WHOLE, BEFORE_END, True, None, None, None),
        (WHOLE, CLOCK.aware_at - HOUR, True, None, None, BreachRefusalCode.BEFORE_AWARENESS),
        (WHOLE, LONG_AFTER + HOUR, True, None, "x", BreachRefusalCode.IN_THE_FUTURE),
        (WHOLE, CLOCK.due_at, True, None, None, BreachRefusalCode.LATE_WITHOUT_REASONS),
        (WHOLE, CLOCK.due_at, True, None, " ", BreachRefusalCode.LATE_WITHOUT_REASONS),
        (WHOLE, CLOCK.due_at, True, None, "the mail server was down", None),
        (WHOLE, LONG_AFTER, False, None, None, None),
        (Content(), BEFORE_END, True, "x", None, BreachRefusalCode.NOTHING_SAID),
        (PARTLY, BEFORE_END, True, None, None, BreachRefusalCode.PART_MISSING),
        (PARTLY, BEFORE_END, True, "still being looked into", None, None),
        (PARTLY, BEFORE_END, False, None, None, None),
    ],
)
def test_what_a_notification_needs(
    content: Content,
    sent_at: datetime,
    first: bool,
    later: str | None,
    delay: str | None,
    code: BreachRefusalCode | None,
) -> None:
    """In time or with reasons; whole, or saying why the rest comes later; follow-ups may come whenever they can."""
    refusal = notification_refusal(
        content, sent_at, CLOCK, LONG_AFTER, first=first, later_because=later, delay_reasons=delay
    )
    assert _code(refusal) is code


@pytest.mark.parametrize(
    ("authority", "persons", "missing", "listed", "untold", "open_"),
    [
        (Notify(CLOCK.due_at, presumed=True), AssessFirst(), (), 0, 0, (Obstacle.NOTIFICATION, Obstacle.ASSESSMENT)),
        (Notified(late=True), NobodyToTell(), (Part.MEASURES,), 0, 0, (Obstacle.CONTENT,)),
        (Notified(late=False), TellPeople(), (), 0, 0, (Obstacle.PEOPLE_UNLISTED,)),
        (Notified(late=False), TellPeople(), (), 3, 1, (Obstacle.PEOPLE_UNTOLD,)),
        (Notified(late=False), TellPeople(), (), 3, 0, ()),
        (Notified(late=False), Excused(TellingException.UNINTELLIGIBLE), (), 3, 3, ()),
        (RecordOnly("x"), NobodyToTell(), tuple(Part), 0, 0, ()),
    ],
)
def test_what_keeps_a_breach_open(
    authority: Notify | Notified | RecordOnly,
    persons: AssessFirst | TellPeople | Excused | NobodyToTell,
    missing: tuple[Part, ...],
    listed: int,
    untold: int,
    open_: tuple[Obstacle, ...],
) -> None:
    """Whatever is owed to the authority or to people; a record that nobody had to be told of needs no content."""
    assert obstacles(authority, persons, missing, listed=listed, untold=untold) == open_
