"""What the policy says of a breach as it is stored: its clock, what is owed to whom, what is still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.breaches import repository, repository_people
from app.policy.breach_facts import Content, NotificationRule, Part, Risk, TellingException
from app.policy.breaches import (
    AuthorityDuty,
    BreachClock,
    Notify,
    Obstacle,
    PersonsDuty,
    authority_duty,
    breach_clock,
    combined,
    missing_parts,
    obstacles,
    persons_duty,
    rule_on,
)
from app.register.definition import Definition

AUTHORITY, PERSONS = "authority", "persons"


@dataclass(frozen=True, slots=True)
class Standing:
    """A breach judged: its history and what follows from it."""

    clock: BreachClock
    rule: NotificationRule
    authority: AuthorityDuty
    persons: PersonsDuty
    missing: tuple[Part, ...]
    obstacles: tuple[Obstacle, ...]
    assessments: Sequence[Row[Any]]
    notices: Sequence[Row[Any]]
    people: Mapping[str, int]

    @property
    def notified(self) -> list[Row[Any]]:
        """The notifications to the authority, oldest first."""
        return [notice for notice in self.notices if notice.audience == AUTHORITY]

    @property
    def clock_runs(self) -> bool:
        """Whether the authority must still be told."""
        return isinstance(self.authority, Notify)


def period_of(definition: Definition, aware_at: datetime) -> tuple[BreachClock, NotificationRule]:
    """The period for a breach known since that instant, under the rule of that day."""
    rule = rule_on(aware_at.astimezone(definition.zone).date())
    return breach_clock(aware_at, definition.zone, rule), rule


def standing_of(connection: Connection, definition: Definition, row: Row[Any]) -> Standing:
    """Judge a breach from everything recorded about it."""
    clock, rule = period_of(definition, row.aware_at)
    assessments = repository.assessments(connection, row.id)
    notices = repository.notices(connection, row.id)
    people = repository_people.counts(connection, row.id)
    risk, exception = _newest(assessments)
    told = [notice for notice in notices if notice.audience == AUTHORITY]
    authority = authority_duty(clock, rule, risk, min((notice.sent_at for notice in told), default=None))
    persons = persons_duty(risk, exception)
    missing = missing_parts(combined(content_of(notice) for notice in told))
    untold = people.get("to_tell", 0)
    owed = obstacles(authority, persons, missing, listed=sum(people.values()), untold=untold)
    return Standing(clock, rule, authority, persons, missing, owed, assessments, notices, people)


def content_of(notice: Row[Any]) -> Content:
    """What a stored notice says."""
    return Content(**notice.content)


def _newest(assessments: Sequence[Row[Any]]) -> tuple[Risk | None, TellingException | None]:
    if not assessments:
        return None, None
    newest = assessments[-1]
    return Risk(newest.outcome), TellingException(newest.exception) if newest.exception else None
