"""The quarterly report: what the register did, in numbers (Art. 5(2), 24(1))."""

from dataclasses import asdict
from datetime import date, datetime
from statistics import median

from sqlalchemy import Connection

from app.notice.service import findings
from app.policy.notifications import Progress
from app.register.versions import Register
from app.reports import cases, repository
from app.reports.errors import QuarterAhead
from app.reports.figures import Case, begun, taken, waiting
from app.reports.quarters import Quarter
from app.reports.schemas import (
    AnsweredOut,
    ConsentsOut,
    OpenOut,
    QuarterOut,
    ReceivedOut,
    SweptOut,
    ToldOut,
)

ANSWERS = frozenset({Progress.ACKNOWLEDGED, Progress.VERIFIED, Progress.REFUSED})
"""What closes a notification by the recipient's own doing, or by a machine that has looked."""


def report(connection: Connection, register: Register, at: datetime, quarter: Quarter) -> QuarterOut:
    """The report as of now; raises `QuarterAhead`. Reads the consents and notifications of the quarter once."""
    definition = register.definition
    zone, today = definition.zone, at.astimezone(definition.zone).date()
    if quarter.begins_on > today:
        raise QuarterAhead
    first, last = quarter.begins_on, quarter.ends_on
    as_of, edges = min(last, today), quarter.edges(definition.zone)
    asked = list(cases.requests(repository.requests(connection, edges[0], edges[3]), zone))
    told = list(cases.notifications(repository.told(connection, edges[0], edges[3]), zone))
    found = findings(connection, register, at)
    return QuarterOut(
        year=quarter.year,
        quarter=quarter.number,
        begins_on=first,
        ends_on=last,
        as_of=as_of,
        complete=last < today,
        register_version=register.version,
        received=[ReceivedOut(right=right, number=number) for right, number in begun(asked, first, last).items()],
        answered=[_answered(asdict(one)) for one in taken(asked, first, last)],
        open=[OpenOut(right=one.about, number=one.number, overdue=one.overdue) for one in waiting(asked, as_of)],
        ended_customerships=repository.ended_customerships(connection, edges[0], edges[3]),
        consents=_consents(connection, quarter, edges),
        swept=[
            SweptOut(rule=rule, rows=rows) for rule, rows in repository.swept(connection, edges[0], edges[3]).items()
        ],
        notifications=[told_out(name, told, first, last, as_of) for name in sorted({case.about for case in told})],
        found_on=found.as_of,
        **{name: getattr(found, name) for name in ("high", "medium", "low", "findings")},
    )


def _answered(figures: dict[str, object]) -> AnsweredOut:
    return AnsweredOut.model_validate({"right": figures.pop("about"), **figures})


def _consents(
    connection: Connection, quarter: Quarter, edges: tuple[datetime, datetime, datetime, datetime]
) -> list[ConsentsOut]:
    """Every month of each purpose that had an event, so that a month without any is seen too."""
    counted = {(row.purpose, row.month, row.action): row.number for row in repository.consents(connection, edges)}
    return [
        ConsentsOut(
            purpose=purpose,
            month=f"{day:%Y-%m}",
            given=counted.get((purpose, n, "given"), 0),
            withdrawn=counted.get((purpose, n, "withdrawn"), 0),
        )
        for purpose in sorted({purpose for purpose, _, _ in counted})
        for n, day in enumerate(quarter.months)
    ]


def told_out(recipient: str, told: list[Case], first: date, last: date, as_of: date) -> ToldOut:
    """Of one recipient what it was told within these days, how it answered, and what was open at the end."""
    own = [case for case in told if case.about == recipient]
    closed = [case for case in own if case.answered_on is not None and first <= case.answered_on <= last]
    answers = [case for case in closed if case.outcome in ANSWERS]
    days = [case.days for case in answers]
    unanswered = waiting(own, as_of)
    return ToldOut(
        recipient=recipient,
        told=begun(own, first, last).get(recipient, 0),
        answered=len(answers),
        refused=sum(case.outcome == Progress.REFUSED for case in closed),
        excused=sum(case.outcome == Progress.EXCUSED for case in closed),
        median_days=float(median(days)) if days else None,
        longest_days=max(days, default=None),
        late=sum(case.is_late for case in answers),
        open=sum(one.number for one in unanswered),
        overdue=sum(one.overdue for one in unanswered),
    )
