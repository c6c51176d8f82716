"""Payloads of the notice: its versions, what changed between them, and what the linter finds."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from app.notice.findings import Gravity
from app.wire import Out


class NoticeVersionOut(Out):
    """A version of the notice; `digest` is of its words, so that the same words have the same."""

    version: int
    digest: str
    register_version: int = Field(description="The definition under which the words changed.")
    published_at: datetime
    languages: list[str]


class NoticeOut(NoticeVersionOut):
    """With its words: by language title, lead and sections of blocks, as the page and the PDF show them."""

    notices: dict[str, dict[str, Any]]


class NoticeChangeOut(Out):
    """Paragraphs, items and rows of one section that went and that came in their place."""

    section: str
    removed: list[str]
    added: list[str]


class NoticeChangesOut(Out):
    """What `version` says that `against` does not, and the other way round, in one language."""

    version: int
    against: int
    language: str
    changes: list[NoticeChangeOut]


class FindingOut(Out):
    """Where notice, definition and practice drift apart, and what to do about it."""

    code: str
    severity: Gravity
    article: str
    about: str = Field(description="Recipient, purpose, category or statement; empty where it is about the whole.")
    what: str
    remedy: str
    numbers: list[str] = Field(description="Facts (F) and defects (N) of the published notice.")


class DutyOut(Out):
    """One duty of Art. 13 or 14: the section that meets it, and the codes of what is open about it."""

    article: str
    what: str
    section: str
    state: Literal["met", "partly", "open"]
    findings: list[str]


class FindingsOut(Out):
    """Everything the linter finds today; `published` is false while the newest version says something else."""

    as_of: date
    register_version: int
    notice_version: int | None
    published: bool
    high: int
    medium: int
    low: int
    findings: list[FindingOut]
    duties: list[DutyOut]
