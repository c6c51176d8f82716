"""When a breach of personal data must be told to the authority and to the people (Articles 33 and 34 GDPR).

The period is one of hours: the hour in which the controller became aware is not counted (Regulation 1182/71
Art. 3(1)), every later one is, nights, Sundays and public holidays too, because Art. 3(4) moves only periods that are
not expressed in hours. Art. 3(5) is left aside: it could only move the date later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias, assert_never

from app.policy.breach_facts import (
    RULES,
    BreachRefusal,
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


@dataclass(frozen=True, slots=True)
class BreachClock:
    """`due_at` binds and is exclusive; `target_at` counts the first hour too and is the one to work towards."""

    aware_at: datetime
    target_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Notify:
    """The authority must be told before `due_at`; until somebody has assessed the breach this is presumed."""

    due_at: datetime
    presumed: bool


@dataclass(frozen=True, slots=True)
class Notified:
    """The authority has been told, in time or late."""

    late: bool


@dataclass(frozen=True, slots=True)
class RecordOnly:
    """No notification; the record of Article 33(5) is kept all the same."""

    law: str


AuthorityDuty: TypeAlias = Notify | Notified | RecordOnly


@dataclass(frozen=True, slots=True)
class AssessFirst:
    """Nobody has yet said how high the risk is."""


@dataclass(frozen=True, slots=True)
class TellPeople:
    """Each person is told without undue delay (34(1))."""


@dataclass(frozen=True, slots=True)
class Excused:
    """An exception of Article 34(3) holds, until the authority requires otherwise (34(4))."""

    exception: TellingException


@dataclass(frozen=True, slots=True)
class NobodyToTell:
    """The risk is not high."""


PersonsDuty: TypeAlias = AssessFirst | TellPeople | Excused | NobodyToTell


class Obstacle(StrEnum):
    """What keeps a breach open."""

    ASSESSMENT = "assessment"
    NOTIFICATION = "notification"
    CONTENT = "content"
    PEOPLE_UNLISTED = "people_unlisted"
    PEOPLE_UNTOLD = "people_untold"


def rule_on(day: date, rules: Sequence[NotificationRule] = RULES) -> NotificationRule:
    """The rule for a breach that became known that day; the first for days before any."""
    in_force = [rule for rule in rules if rule.valid_from <= day]
    return max(in_force or rules[:1], key=lambda rule: rule.valid_from)


def breach_clock(aware_at: datetime, zone: tzinfo, rule: NotificationRule) -> BreachClock:
    """The end of the period: so many whole hours after the hour in which the controller became aware."""
    if aware_at.utcoffset() is None:
        raise ValueError("an instant of awareness needs a time zone")
    local, aware = aware_at.astimezone(zone), aware_at.astimezone(UTC)
    hour = aware - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    period = timedelta(hours=rule.hours)
    return BreachClock(aware, aware + period, hour + timedelta(hours=1) + period)


def hours_left(due_at: datetime, now: datetime) -> int:
    """Whole hours until the period ends; negative once it has."""
    return (due_at - now) // timedelta(hours=1)


def authority_duty(
    clock: BreachClock, rule: NotificationRule, risk: Risk | None, notified_at: datetime | None
) -> AuthorityDuty:
    """What is owed to the authority as the facts stand; `notified_at` is when the first notification left."""
    if notified_at is not None:
        return Notified(late=notified_at >= clock.due_at)
    if risk is not None and _rank(risk) < _rank(rule.least):
        return RecordOnly("Art. 33(5) GDPR")
    return Notify(clock.due_at, presumed=risk is None)


def persons_duty(risk: Risk | None, exception: TellingException | None) -> PersonsDuty:
    """What is owed to the people as the newest assessment stands."""
    match risk:
        case None:
            return AssessFirst()
        case Risk.NONE | Risk.RISK:
            return NobodyToTell()
        case Risk.HIGH_RISK:
            return TellPeople() if exception is None else Excused(exception)
        case _ as unreachable:
            assert_never(unreachable)


def least_risk(likelihood: Likelihood, severity: Severity) -> Risk:
    """The lowest outcome that likelihood and severity allow (Recital 76); a human may find more, not less."""
    if likelihood is Likelihood.UNLIKELY or severity is Severity.NEGLIGIBLE:
        return Risk.NONE
    grave = severity is Severity.SEVERE
    if grave or (likelihood is Likelihood.LIKELY and severity is Severity.SIGNIFICANT):
        return Risk.HIGH_RISK
    return Risk.RISK


def assessment_refusal(
    likelihood: Likelihood, severity: Severity, outcome: Risk, reasons: str, excuse: Excuse | None
) -> BreachRefusal | None:
    """Why an assessment cannot stand: no reasons, an outcome below its own findings, an excuse that is none."""
    code = BreachRefusalCode
    if not reasons.strip() or (excuse is not None and not excuse.reasons.strip()):
        return BreachRefusal(code.NO_REASONS, "An assessment and an exception give their reasons (Art. 5(2), 33(5)).")
    least = least_risk(likelihood, severity)
    if _rank(outcome) < _rank(least):
        return BreachRefusal(code.BELOW_OWN_FINDINGS, f"{likelihood} and {severity} harm is at least {least}.")
    if excuse is None:
        return None
    if outcome is not Risk.HIGH_RISK:
        return BreachRefusal(code.NOT_HIGH_RISK, "Art. 34(3) is about a high risk; none was found.")
    public = (excuse.public_communication or "").strip()
    if excuse.exception is TellingException.DISPROPORTIONATE and not public:
        return BreachRefusal(code.NO_PUBLIC_COMMUNICATION, "Say how the public is told instead (Art. 34(3)(c)).")
    return None


def awareness_refusal(aware_at: datetime, processor_told_at: datetime | None, now: datetime) -> BreachRefusal | None:
    """Why an instant of awareness cannot stand: the controller knows at the latest what its processor told (33(2))."""
    if aware_at > now:
        return BreachRefusal(BreachRefusalCode.IN_THE_FUTURE, "Nobody is aware of a breach in advance.")
    if processor_told_at is not None and aware_at > processor_told_at:
        text = "The controller was aware when the processor told it, at the latest (Art. 33(2))."
        return BreachRefusal(BreachRefusalCode.AWARE_BY_PROCESSOR, text)
    return None


def missing_parts(content: Content) -> tuple[Part, ...]:
    """The parts of Article 33(3) of which nothing is said."""
    said = (getattr(content, field.name) for field in fields(content))
    return tuple(part for part, text in zip(Part, said, strict=True) if not (text or "").strip())


def combined(contents: Iterable[Content]) -> Content:
    """What phases have said together (33(4)): of each part the newest word."""
    whole: dict[str, str] = {}
    for content in contents:
        for field in fields(content):
            text = getattr(content, field.name)
            if text and text.strip():
                whole[field.name] = text
    return Content(**whole)


def notification_refusal(
    content: Content,
    sent_at: datetime,
    clock: BreachClock,
    now: datetime,
    *,
    first: bool,
    later_because: str | None,
    delay_reasons: str | None,
) -> BreachRefusal | None:
    """Why a notification to the authority cannot be recorded: instant, reasons for delay (33(1)), phases (33(4))."""
    code = BreachRefusalCode
    if sent_at < clock.aware_at:
        return BreachRefusal(code.BEFORE_AWARENESS, "It was sent before the controller was aware of the breach.")
    if sent_at > now:
        return BreachRefusal(code.IN_THE_FUTURE, "It has not been sent yet.")
    if first and sent_at >= clock.due_at and not (delay_reasons or "").strip():
        text = "The period is over; a later notification gives the reasons for the delay (Art. 33(1))."
        return BreachRefusal(code.LATE_WITHOUT_REASONS, text)
    missing = missing_parts(content)
    if len(missing) == len(Part):
        return BreachRefusal(code.NOTHING_SAID, "It says nothing of Art. 33(3).")
    if first and missing and not (later_because or "").strip():
        text = f"Without {', '.join(missing)} it says why these come later (Art. 33(4))."
        return BreachRefusal(code.PART_MISSING, text)
    return None


def communication_refusal(content: Content) -> BreachRefusal | None:
    """Why people cannot be told in these words: Article 34(2) knows no phases."""
    missing = missing_parts(content)
    if not missing:
        return None
    text = f"People are told all of Art. 34(2) at once; {', '.join(missing)} is missing."
    return BreachRefusal(BreachRefusalCode.PART_MISSING, text)


def obstacles(
    authority: AuthorityDuty, persons: PersonsDuty, missing: Sequence[Part], *, listed: int, untold: int
) -> tuple[Obstacle, ...]:
    """What must happen before a breach can be closed."""
    return (*_owed_to_authority(authority, missing), *_owed_to_people(persons, listed, untold))


def _owed_to_authority(duty: AuthorityDuty, missing: Sequence[Part]) -> tuple[Obstacle, ...]:
    match duty:
        case Notify():
            return (Obstacle.NOTIFICATION,)
        case Notified():
            return (Obstacle.CONTENT,) if missing else ()
        case RecordOnly():
            return ()
        case _ as unreachable:
            assert_never(unreachable)


def _owed_to_people(duty: PersonsDuty, listed: int, untold: int) -> tuple[Obstacle, ...]:
    match duty:
        case AssessFirst():
            return (Obstacle.ASSESSMENT,)
        case TellPeople():
            if listed == 0:
                return (Obstacle.PEOPLE_UNLISTED,)
            return (Obstacle.PEOPLE_UNTOLD,) if untold else ()
        case Excused() | NobodyToTell():
            return ()
        case _ as unreachable:
            assert_never(unreachable)


_ORDER = tuple(Risk)


def _rank(risk: Risk) -> int:
    return _ORDER.index(risk)
