"""Read the notice's versions, compare them, and lint."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.notice import repository_versions as versions
from app.notice.changes import changes
from app.notice.duties import Met, table
from app.notice.errors import NoticeNotFound
from app.notice.findings import Finding, Gravity
from app.notice.practice import practice_of
from app.notice.publishing import says
from app.notice.rules import lint
from app.notice.schemas import (
    DutyOut,
    FindingOut,
    FindingsOut,
    NoticeChangeOut,
    NoticeChangesOut,
    NoticeOut,
    NoticeVersionOut,
)
from app.pagination import Page, Window
from app.register.versions import Register


def version(connection: Connection, number: int) -> Row[Any]:
    """One version with its words; raises `NoticeNotFound`."""
    row = versions.version(connection, number)
    if row is None:
        raise NoticeNotFound
    return row


def read(connection: Connection, number: int) -> NoticeOut:
    """One version."""
    row = version(connection, number)
    return NoticeOut(**_head(row), notices=row.content)


def listed(connection: Connection, window: Window) -> Page[NoticeVersionOut]:
    """All versions, newest first."""
    before = int(window.after[0]) if window.after else None
    rows = versions.versions_before(connection, before, window.limit + 1)
    return window.page([NoticeVersionOut(**_head(row)) for row in rows], [(str(row.version),) for row in rows])


def _head(row: Row[Any]) -> dict[str, Any]:
    named = ("version", "digest", "register_version", "published_at", "languages")
    return {name: getattr(row, name) for name in named}


def compared(connection: Connection, number: int, against: int | None, language: str | None) -> NoticeChangesOut:
    """What a version says that another does not, the one before it if none is named; raises `NoticeNotFound`."""
    after = version(connection, number)
    other = number - 1 if against is None else against
    before = version(connection, other)
    both: list[str] = [code for code in after.languages if code in before.content]
    spoken = language if language is not None and language in both else both[0]
    found = changes(before.content[spoken], after.content[spoken])
    shown = [NoticeChangeOut(section=one.section, removed=[*one.removed], added=[*one.added]) for one in found]
    return NoticeChangesOut(version=number, against=other, language=spoken, changes=shown)


def findings(connection: Connection, register: Register, at: datetime) -> FindingsOut:
    """What the linter finds as of now."""
    practice = practice_of(connection, register.definition, at)
    found = lint(register.definition, practice)
    last = versions.newest(connection)
    return FindingsOut(
        as_of=practice.today,
        register_version=register.version,
        notice_version=None if last is None else last.version,
        published=says(last, register.definition, practice),
        **{severity.value: sum(one.severity is severity for one in found) for severity in Gravity},
        findings=[finding_out(one) for one in found],
        duties=[_duty(met) for met in table(found)],
    )


def finding_out(finding: Finding) -> FindingOut:
    """A finding as it is answered."""
    return FindingOut.model_validate({**asdict(finding), "numbers": list(finding.numbers)})


def _duty(met: Met) -> DutyOut:
    duty = met.duty
    codes = list(dict.fromkeys(finding.code for finding in met.findings))
    return DutyOut.model_validate(
        {"article": duty.article, "what": duty.what, "section": duty.section, "state": met.state, "findings": codes}
    )
