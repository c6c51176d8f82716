"""An office that handles requests, and what it knows: people, cases, and in which state each must be.

What a right does beyond the common path stands in `HABITS`, one line for each right, so that a right that learns
something new changes a line here and perhaps gets a rule of its own in `rules.py`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from tests.abuse.driver import Driver
from tests.rights import law
from tests.rights.law import Question

UNDECIDED = frozenset({"received", "identity_pending", "in_review"})
FINAL = frozenset({"completed", "withdrawn"})
RIGHTS = (
    *("access", "rectification", "erasure", "restriction", "portability"),
    *("objection", "marketing_ban", "consent_withdrawal"),
)
FILE_YEARS = 3
"""How long the definition keeps the file of a closed request."""
_people = count(1)


@dataclass
class Person:
    """Somebody of the register, or somebody who only claims to be: with values that occur nowhere else."""

    token: str
    number: int
    id: str | None = None
    erasure_executed: bool = False
    gone: bool = False
    banned: bool = False
    hold: str | None = None
    vouchers: list[date] = field(default_factory=list)

    @property
    def values(self) -> tuple[str, ...]:
        """What must be found nowhere once the person is erased, case aside."""
        return (self.token.casefold(), f"40{5_000_000 + self.number}", f"40 {5_000_000 + self.number}")

    @property
    def name(self) -> str:
        return f"{self.token} Esimerkki"

    @property
    def contact(self) -> dict[str, Any]:
        """As callers send it."""
        address = {"street": f"{self.token}katu 7", "postal_code": "33200", "city": "Tampere"}
        phone = f"040 {5_000_000 + self.number}"
        return {"name": self.name, "email": f"{self.token}@example.fi", "phone": phone, "address": address}


@dataclass
class Case:
    """A request as the office knows it."""

    number: str
    right: str
    person: Person
    received_on: date
    state: str
    questions: list[Question] = field(default_factory=list)
    extended: bool = False
    decided: bool = False
    execute_after: datetime | None = None
    closed_on: date | None = None
    seen_closed: bool = False

    def due_on(self, today: date) -> date:
        """The last day for an answer, by the law."""
        until = min(today, self.closed_on) if self.closed_on else today
        return law.last_day(self.received_on, self.questions, until, extended=self.extended)

    def forgotten_on(self, today: date) -> bool:
        """Whether the sweep may have deleted the file."""
        return self.closed_on is not None and law.months_later(self.closed_on, 12 * FILE_YEARS) <= today


def _never(case: Case) -> bool:
    return False


def _until_executed(case: Case) -> bool:
    return case.state == "decided"


@dataclass(frozen=True)
class Habit:
    """What a right does: at once or by decision, which outcomes it knows, when it restricts the person's data."""

    immediate: bool = False
    granted: str = "granted"
    after_grant: str = "executing"
    restricts: Callable[[Case], bool] = _never


HABITS: dict[str, Habit] = {right: Habit() for right in RIGHTS} | {
    "marketing_ban": Habit(immediate=True),
    "consent_withdrawal": Habit(immediate=True),
    "erasure": Habit(granted="as_assessed", after_grant="decided", restricts=_until_executed),
}


class Office:
    """The people, the cases and the calls of one sequence."""

    call: Driver

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = []
        self.cases: list[Case] = []
        self.swept_on: date | None = None
        self.searched = False

    @property
    def now(self) -> datetime:
        return self.call.world.now

    @property
    def today(self) -> date:
        return law.day_of(self.now)

    def new_person(self) -> Person:
        """Nobody has had these values before."""
        number, letters = next(_people), ""
        rest = number
        while rest:
            rest, letter = divmod(rest, 25)
            letters += "abcdefghijklmnopqrstuvwxy"[letter]
        person = Person(f"Zq{letters}zq", number)
        self.people.append(person)
        return person

    def in_register(self) -> list[Person]:
        """Those who are not erased and can be named."""
        return [person for person in self.people if person.id is not None and not person.gone]

    def one(self, people: list[Any], index: int) -> Any:
        """One of them; None when there is nobody."""
        return people[index % len(people)] if people else None

    def some_case(self, which: int, states: Collection[str]) -> Case | None:
        """A case whose file still exists; two times of three one in these states, if there is any."""
        known = [case for case in self.cases if not case.forgotten_on(self.today)]
        fitting = [case for case in known if case.state in states]
        found: Case | None = self.one(fitting if fitting and which % 3 else known, which // 3)
        return found

    def cases_of(self, person: Person) -> list[Case]:
        return [case for case in self.cases if case.person is person]

    def restricted(self, person: Person) -> bool:
        """Whether purposes other than those of Art. 18(2) must be kept out."""
        waiting = any(HABITS[case.right].restricts(case) for case in self.cases_of(person))
        return waiting or (person.erasure_executed and not person.gone)

    def kept_by_something(self, person: Person) -> bool:
        """Whether an executed erasure may have left the person in the register for now."""
        executed = [case for case in self.cases_of(person) if case.right == "erasure" and case.state == "executing"]
        others = [case for case in self.cases_of(person) if case.state not in FINAL and case not in executed]
        return person.hold is not None or bool(others) or len(executed) > 1

    def post(self, case: Case, what: str, body: Any, role: str = "dpo") -> httpx.Response:
        """A step of the case."""
        return self.call(role, "POST", f"/v1/subject-requests/{case.number}/{what}", body)

    def closes(self, case: Case, state: str) -> None:
        case.state, case.closed_on = state, self.today
        self.searched = False  # what the request said of the person went with this

    def see_who_is_gone(self, judged: Collection[Person]) -> None:
        """Take in whom an execution or a sweep has erased; of those it judged, whoever nothing keeps must be."""
        for person in self.people:
            if person.id is None or person.gone or not person.erasure_executed:
                continue
            answer = self.call("dpo", "GET", f"/v1/customers/{person.id}")
            person.gone = answer.status_code == 410
            left_out = person not in judged or self.kept_by_something(person)
            assert person.gone or left_out, f"{person.token} is still there: {answer.text}"
        self.searched = False

    def hours_ago(self, hours: int) -> str:
        return (self.now - timedelta(hours=hours)).isoformat()
