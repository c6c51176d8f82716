"""What a row of a Mailchimp audience export means.

Taken are the e-mail address, the name, LEID or EUID, and OPTIN_TIME, CONFIRM_TIME, UNSUB_TIME, LAST_CHANGED.
Everything else is dropped unread: ratings, IP addresses, geography, time zones, notes and tags (F26, F99).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from app.imports.errors import ColumnMissing
from app.imports.files import Export
from app.imports.reading import Fault, Row, Table, column
from app.imports.schemas import AudiencePlan, Contact, Settled, Status
from app.imports.times import ImpossibleTime, Read, instant

EMAIL = (
    "Email Address", "Email", "E-mail", "E-mail Address", "Sähköposti", "Sähköpostiosoite", "E-post", "E-postadress",
)  # fmt: skip
FIRST = ("First Name", "Etunimi", "Förnamn", "FNAME", "MERGE1")
LAST = ("Last Name", "Sukunimi", "Efternamn", "LNAME", "MERGE2")
WHOLE = ("Name", "Full Name", "Nimi", "Koko nimi", "Namn")
SAMPLE = 50
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}")
ORDER: dict[Status, int] = {"unsubscribed": 0, "cleaned": 1, "subscribed": 2}
"""Withdrawals are taken first, so that at no moment someone who has left counts as consenting."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the cells are that we take; None where the export has no such column."""

    email: int
    first: int | None
    last: int | None
    whole: int | None
    reference: tuple[int, ...]
    optin: int | None
    confirm: int | None
    unsub: int | None
    changed: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """A subscribed or unsubscribed row. `at` is when consent was given or withdrawn; None when nobody knows.

    `changed_at` reads when the row changed, which matters only for somebody whom the register knows. Only who has left
    may have no `contact`, when the register takes no such address; of the others it was first heard at `signed_up_at`.
    """

    part: int
    line: int
    withdrawn: bool
    email: str
    reference: str | None
    at: datetime | None
    confirmed_at: datetime | None
    changed_at: Callable[[], datetime | None]
    contact: Contact | None
    signed_up_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class _Section:
    part: int
    status: Status
    table: Table
    columns: Columns


class Audience:
    """An export, its parts put in the order in which they are taken."""

    def __init__(self, export: Export, plan: AudiencePlan, now: datetime, *, holds_name: bool = True) -> None:
        """Read the headings; raises `ColumnMissing` or `NotAnExport` when a part is no audience export."""
        self._plan = plan
        self._holds_name = holds_name
        self._zone: ZoneInfo = plan.zone
        self._latest = now + timedelta(minutes=5)
        sections = [_section(number, plan, Table(part), part.name) for number, part in enumerate(export.parts, 1)]
        self._sections = sorted(sections, key=lambda section: (ORDER[section.status], section.part))

    def records(self) -> Iterator[Person | Settled]:
        """Every record of every part: to be taken, or settled already because it cannot be read."""
        for section in self._sections:
            for row in section.table.rows():
                if isinstance(row, Fault):
                    yield Settled(section.part, row.line, "refused", row.reason)
                else:
                    yield self._read(section, row)

    def _read(self, section: _Section, row: Row) -> Person | Settled:
        if section.status == "cleaned":
            return Settled(section.part, row.line, "skipped", "undeliverable")
        try:
            return self._withdrawn(section, row) if section.status == "unsubscribed" else self._given(section, row)
        except _Refusal as refusal:
            return Settled(section.part, row.line, "refused", refusal.reason)

    def _given(self, section: _Section, row: Row) -> Person:
        c = section.columns
        optin, confirm = self._time(row, c.optin), self._time(row, c.confirm)
        given = confirm or optin
        if given is None:
            raise _Refusal("time_missing")
        first = optin or given
        contact = self._contact(row, c)
        twice = optin is not None and confirm is not None and confirm.at > optin.at
        return Person(
            section.part, row.line, withdrawn=False, email=contact.email, reference=_reference(row, c),
            at=given.at, confirmed_at=given.at if twice else None, changed_at=partial(self._changed, row, c),
            contact=contact, signed_up_at=first.at, note=given.note,
        )  # fmt: skip

    def _withdrawn(self, section: _Section, row: Row) -> Person:
        c = section.columns
        left = self._time(row, c.unsub, later=True) or self._time(row, c.changed, later=True)
        email = _cell(row, c.email)
        if "@" not in email:
            raise _Refusal("email_missing" if not email else "email_invalid")
        contact = _leaver(email)
        return Person(
            section.part, row.line, withdrawn=True, email=contact.email if contact else email,
            reference=_reference(row, c), at=None if left is None else left.at, confirmed_at=None, changed_at=_never,
            contact=contact, signed_up_at=None, note="" if left is None else left.note,
        )  # fmt: skip

    def _contact(self, row: Row, c: Columns) -> Contact:
        email = _cell(row, c.email)
        if not email:
            raise _Refusal("email_missing")
        name = (
            "" if not self._holds_name else _cell(row, c.whole) or f"{_cell(row, c.first)} {_cell(row, c.last)}".strip()
        )
        try:
            return Contact(email=email, name=name or None)
        except ValidationError as error:
            raise _Refusal(invalid_field(error)) from None

    def _time(self, row: Row, index: int | None, *, later: bool = False) -> Read | None:
        text = _cell(row, index)
        if not text or text.startswith("0000-00-00"):
            return None
        try:
            read = instant(text, self._zone, later=later)
        except ImpossibleTime:
            raise _Refusal("time_impossible") from None
        if read.at > self._latest:
            raise _Refusal("time_in_future")
        return read

    def _changed(self, row: Row, c: Columns) -> datetime | None:
        try:
            read = self._time(row, c.changed)
        except _Refusal:
            return None
        return None if read is None else read.at


def _leaver(email: str) -> Contact | None:
    """The address as the register would hold it, or None: who left is suppressed whatever they left with."""
    try:
        return Contact(email=email, name=None)
    except ValidationError:
        return None


def _never() -> None:
    """Of who has left it does not matter when their row changed."""


class _Refusal(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def invalid_field(error: ValidationError) -> str:
    """The reason code of a payload that the register does not take: the member, and whether it is too long."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    member = str(first["loc"][0]) if first["loc"] else "row"
    return f"{member}_{'too_long' if first['type'] == 'string_too_long' else 'invalid'}"


def _cell(row: Row, index: int | None) -> str:
    return "" if index is None else row.cells[index].strip()


def _reference(row: Row, c: Columns) -> str | None:
    """LEID or EUID, if it can serve as a reference; the caller makes one from the address otherwise."""
    return next((cell for index in c.reference if _REFERENCE.fullmatch(cell := _cell(row, index))), None)


def _section(number: int, plan: AudiencePlan, table: Table, name: str) -> _Section:
    heading = table.heading
    status = plan.status or _status(heading, name)
    columns = Columns(
        email=_email_column(plan, table),
        first=column(heading, (plan.first_name_column,) if plan.first_name_column else FIRST),
        last=column(heading, (plan.last_name_column,) if plan.last_name_column else LAST),
        whole=None if plan.first_name_column or plan.last_name_column else column(heading, WHOLE),
        reference=tuple(n for label in ("LEID", "EUID") if (n := column(heading, (label,))) is not None),
        optin=column(heading, ("OPTIN_TIME",)),
        confirm=column(heading, ("CONFIRM_TIME",)),
        unsub=column(heading, ("UNSUB_TIME",)),
        changed=column(heading, ("LAST_CHANGED",)),
    )
    if status == "subscribed" and columns.optin is None and columns.confirm is None:
        raise ColumnMissing(
            f"part {number} has neither OPTIN_TIME nor CONFIRM_TIME: it does not say when consent was given"
        )
    return _Section(number, status, table, columns)


def _status(heading: list[str], name: str) -> Status:
    """What headings or the file's name say; a part that either calls unsubscribed is never read as consent."""
    file = name.rsplit("/", 1)[-1].casefold()
    if column(heading, ("UNSUB_TIME",)) is not None or file.startswith("unsubscribed"):
        return "unsubscribed"
    if column(heading, ("CLEAN_TIME",)) is not None or file.startswith("cleaned"):
        return "cleaned"
    return "subscribed"


def _email_column(plan: AudiencePlan, table: Table) -> int:
    named = column(table.heading, (plan.email_column,) if plan.email_column else EMAIL)
    if named is None and plan.email_column is None:
        named = _looks_like_emails(table)
    if named is None:
        raise ColumnMissing("no column holds e-mail addresses; name it with --email-column")
    return named


def _looks_like_emails(table: Table) -> int | None:
    """The column in which nearly all of the first rows hold an e-mail address."""
    sample = [row.cells for row in islice(table.rows(), SAMPLE) if isinstance(row, Row)]
    found = Counter(n for cells in sample for n, cell in enumerate(cells) if _is_email(cell.strip()))
    best = found.most_common(1)
    return best[0][0] if best and best[0][1] * 10 >= len(sample) * 9 else None


def _is_email(cell: str) -> bool:
    local, at, domain = cell.rpartition("@")
    return bool(local and at and "." in domain) and not any(c.isspace() for c in cell)
