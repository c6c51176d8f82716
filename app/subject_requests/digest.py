"""The daily digest: what is overdue, due soon, waiting to be carried out or for recipients, for who is in charge.

It goes out by e-mail, so it says case numbers and dates and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from app.auth.repository import emails_of_people
from app.policy.requests import State
from app.register.definition import Definition
from app.subject_requests import repository_clock
from app.subject_requests.questions import keep_up
from app.subject_requests.repository_clock import Wanted
from app.subject_requests.staff_words import words

MOST = 2000
"""Requests that one digest looks at, the nearest first."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What one address is told."""

    address: str
    today: date
    overdue: list[Row[Any]] = field(default_factory=list)
    soon: list[Row[Any]] = field(default_factory=list)
    executions: list[Row[Any]] = field(default_factory=list)
    recipients: list[tuple[Row[Any], int]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.overdue or self.soon or self.executions or self.recipients)


def gather(connection: Connection, definition: Definition, days: int, now: datetime) -> list[Digest]:
    """A digest for each address of somebody in charge or a substitute; those of the register's own contact always."""
    today = now.astimezone(definition.zone).date()
    keep_up(connection, definition, today)
    near = Wanted(due_before=today + timedelta(days=days + 1))
    waiting = Wanted(states=(State.DECIDED.value, State.EXECUTING.value))
    book = _Addresses(definition, emails_of_people(connection, now))
    digests = {address: Digest(address, today) for address in book.of_contact()}
    for row in repository_clock.list_requests(connection, near, today, None, MOST):
        for digest in _told(digests, book, row, today):
            (digest.overdue if row.due_on < today else digest.soon).append(row)
    rows = repository_clock.list_requests(connection, waiting, today, None, MOST)
    unanswered = repository_clock.still_to_answer(connection, [row.id for row in rows])
    for row in rows:
        for digest in _told(digests, book, row, today):
            if row.state == State.DECIDED:
                digest.executions.append(row)
            elif row.id in unanswered:
                digest.recipients.append((row, unanswered[row.id]))
    return list(digests.values())


class _Addresses:
    """Where somebody is written to: their API client's e-mail, or else the register's own address for requests."""

    def __init__(self, definition: Definition, emails: dict[str, str]) -> None:
        self._definition = definition
        self._emails = {name.casefold(): email for name, email in emails.items()}

    def of(self, names: Iterable[str | None]) -> list[str]:
        """The addresses of these people, each once; the register's own when none of them has one."""
        known = [self._emails.get(name.casefold()) for name in names if name]
        return list(dict.fromkeys(email for email in known if email)) or [self._definition.request_email]

    def of_contact(self) -> list[str]:
        contact = self._definition.contact
        return self.of((contact.person_in_charge, contact.substitute))


def _told(digests: dict[str, Digest], book: _Addresses, row: Row[Any], today: date) -> list[Digest]:
    addresses = book.of((row.person_in_charge, row.substitute))
    return [digests.setdefault(address, Digest(address, today)) for address in addresses]


def subject_of(digest: Digest, language: str) -> str:
    """The subject line."""
    said = words(language)["subject"]
    return said.format(today=digest.today, overdue=len(digest.overdue), soon=len(digest.soon))


def text_of(digest: Digest, definition: Definition, days: int) -> str:
    """The message, in the register's first language."""
    said, zone = words(definition.default_language), definition.zone
    due = [(said["overdue"], digest.overdue), (said["soon"].format(days=days), digest.soon)]
    sections = [_section(title, [_due(said["due"], row) for row in rows]) for title, rows in due]
    executions = [
        said["execution"].format(case=row.case_number, on=row.execute_after.astimezone(zone).date())
        for row in digest.executions
    ]
    recipients = [said["open"].format(case=row.case_number, number=number) for row, number in digest.recipients]
    sections += [_section(said["executions"], executions), _section(said["recipients"], recipients)]
    return "\n".join([*filter(None, sections)] or [said["nothing"] + "\n"]) + f"\n-- \n{said['sent_by']}\n"


def _section(title: str, lines: Sequence[str]) -> str:
    return "".join([f"{title} ({len(lines)})\n", *(f"  {line}\n" for line in lines)]) if lines else ""


def _due(text: str, row: Row[Any]) -> str:
    return text.format(case=row.case_number, due_on=row.due_on)
