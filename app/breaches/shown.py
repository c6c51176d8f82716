"""A breach as an answer."""

from collections.abc import Mapping
from typing import Any, Literal, assert_never

from sqlalchemy import Connection, Row

from app.breaches import repository
from app.breaches.judging import Standing, content_of, standing_of
from app.breaches.schemas_out import (
    AssessmentEntry,
    BreachClockOut,
    BreachEventOut,
    BreachOut,
    BreachRow,
    NoticeEntry,
    PeopleCount,
)
from app.policy.breaches import (
    AssessFirst,
    AuthorityDuty,
    Excused,
    NobodyToTell,
    Notified,
    Notify,
    PersonsDuty,
    RecordOnly,
    TellPeople,
    hours_left,
    missing_parts,
)
from app.processors.repository import processor_codes
from app.register.operation import Operation

_AS_STORED = (
    *("id", "number", "version", "what_happened", "effects", "remedial_action", "natures", "person_categories"),
    *("data_categories", "people_about", "records_about", "discovered_how", "occurred_at", "processor_told_at"),
    *("case_number", "person_in_charge", "lessons", "closed_at", "reported_at", "reported_by", "reported_by_name"),
)


def breach_out(connection: Connection, op: Operation, row: Row[Any]) -> BreachOut:
    """The whole breach; the caller audits."""
    standing = standing_of(connection, op.definition, row)
    return BreachOut(
        **{name: getattr(row, name) for name in _AS_STORED},
        state=_state(row),
        processor=processor_codes(connection, [row.processor_id]).get(row.processor_id) if row.processor_id else None,
        clock=_clock(op, row, standing),
        authority=_authority(standing.authority),
        persons=_persons(standing.persons),
        missing=[str(part) for part in standing.missing] if standing.notified else [],
        assessments=[_members(AssessmentEntry, assessment) for assessment in standing.assessments],
        notices=[_notice(notice) for notice in standing.notices],
        people=_people(standing.people),
        open=[] if row.closed_at else [str(obstacle) for obstacle in standing.obstacles],
        timeline=[
            BreachEventOut(at=event.at, kind=event.kind, by=event.client_id, details=event.details)
            for event in repository.events(connection, row.id)
        ],
    )


def _state(row: Row[Any]) -> Literal["open", "closed"]:
    return "closed" if row.closed_at is not None else "open"


def _members(entry: Any, row: Row[Any]) -> Any:
    return entry(**{name: getattr(row, name) for name in entry.model_fields})


def _clock(op: Operation, row: Row[Any], standing: Standing) -> BreachClockOut:
    clock = standing.clock
    runs = row.closed_at is None and standing.clock_runs
    return BreachClockOut(
        aware_at=clock.aware_at,
        target_at=clock.target_at,
        due_at=clock.due_at,
        hours=standing.rule.hours,
        law=standing.rule.source,
        runs=runs,
        hours_left=hours_left(clock.due_at, op.at),
        overdue=runs and op.at >= clock.due_at,
    )


def _authority(duty: AuthorityDuty) -> Literal["notify", "notified", "notified_late", "record_only"]:
    match duty:
        case Notify():
            return "notify"
        case Notified(late=late):
            return "notified_late" if late else "notified"
        case RecordOnly():
            return "record_only"
        case _ as unreachable:
            assert_never(unreachable)


def _persons(duty: PersonsDuty) -> Literal["assess_first", "tell", "excused", "nobody"]:
    match duty:
        case AssessFirst():
            return "assess_first"
        case TellPeople():
            return "tell"
        case Excused():
            return "excused"
        case NobodyToTell():
            return "nobody"
        case _ as unreachable:
            assert_never(unreachable)


def _notice(row: Row[Any]) -> NoticeEntry:
    named = (
        *("id", "audience", "language", "content", "advice", "sent_at", "reference", "later_because"),
        *("delay_reasons", "recorded_at", "recorded_by_name"),
    )
    missing = [str(part) for part in missing_parts(content_of(row))]
    return NoticeEntry(**{name: getattr(row, name) for name in named}, missing=missing)


def _people(counted: Mapping[str, int]) -> PeopleCount:
    states = {state: counted.get(state, 0) for state in ("to_tell", "told", "unreachable")}
    return PeopleCount(listed=sum(counted.values()), **states)


def breach_row(op: Operation, row: Row[Any]) -> BreachRow:
    """A breach in a list, with its clock now."""
    named = ("id", "number", "natures", "aware_at", "due_at", "clock_runs", "person_in_charge")
    return BreachRow(
        **{name: getattr(row, name) for name in named},
        state=_state(row),
        hours_left=hours_left(row.due_at, op.at),
        overdue=row.clock_runs and row.closed_at is None and op.at >= row.due_at,
    )
