"""An office that handles requests, and what it knows: people, cases, and in which state each must be.

What a right does beyond the common path stands in `HABITS`, one line for each right, and in `matters.py`, which says
what a request of the right is about.
"""

from collections.abc import Callable, Collection, Iterable
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
FEED_DAYS = 90
"""How long an integration that knew a person is told that they have been erased."""
HOURS = "attributes.preferred_hours"
"""What is held of people for one purpose alone, to which they may object."""
_numbers = count(1)


def new_word() -> tuple[int, str]:
    """A number and a word that have occurred nowhere before, the word inside no other one."""
    number, letters = next(_numbers), ""
    rest = number
    while rest:
        rest, letter = divmod(rest, 25)
        letters += "abcdefghijklmnopqrstuvwxy"[letter]
    return number, f"Zq{letters}zq"


@dataclass
class Person:
    """Somebody of the register, or somebody who only claims to be: with values that occur nowhere else."""

    token: str
    number: int
    id: str | None = None
    erasure_executed: bool = False
    gone_on: date | None = None
    banned: bool = False
    hold: str | None = None
    vouchers: list[date] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """What can be contested, as the register must have it now."""
    words: set[str] = field(default_factory=set)
    """What else was ever said of the person."""
    owed: bool = False
    """An upheld objection was carried out while something kept what it ends."""

    @property
    def gone(self) -> bool:
        """Whether nothing is left of the person but an empty shell."""
        return self.gone_on is not None

    @property
    def own(self) -> set[str]:
        """What the person came with, case aside."""
        return {self.token.casefold(), f"40{5_000_000 + self.number}", f"40 {5_000_000 + self.number}"}

    @property
    def values(self) -> set[str]:
        """What must be found nowhere once the person is erased."""
        return self.own | self.words

    @property
    def name(self) -> str:
        return self.held["name"]

    @property
    def contact(self) -> dict[str, Any]:
        """As callers send it."""
        address = {"street": f"{self.token}katu 7", "postal_code": "33200", "city": "Tampere"}
        phone = f"040 {5_000_000 + self.number}"
        return {"name": self.name, "email": f"{self.token}@example.fi", "phone": phone, "address": address}


@dataclass
class Matter:
    """What a request is about: contested values, the ground of a restriction, or purposes objected to."""

    sent: dict[str, Any] = field(default_factory=dict)
    proposed: dict[str, str] = field(default_factory=dict)
    inaccurate: bool = False
    ground: str | None = None
    objected: frozenset[str] = frozenset()

    @property
    def restricts(self) -> bool:
        """Whether the person obtains a restriction by it (Art. 18(1))."""
        return self.inaccurate or self.ground is not None or bool(self.objected)

    @property
    def words(self) -> set[str]:
        """What is proposed, as it can be searched for."""
        return {value.split()[0].casefold() for value in self.proposed.values()}


@dataclass
class Case:
    """A request as the office knows it."""

    number: str
    right: str
    person: Person
    received_on: date
    state: str
    matter: Matter = field(default_factory=Matter)
    claimed: Person | None = None
    questions: list[Question] = field(default_factory=list)
    extended: bool = False
    decided: bool = False
    refused: bool = False
    upheld: frozenset[str] = frozenset()
    execute_after: datetime | None = None
    closed_on: date | None = None
    seen_closed: bool = False
    restricted_on: date | None = None
    """Since when the person's data are restricted at their own wish, until they are told that it ends."""
    answered: bool = False
    """Everybody has, and the letter has left, while a restriction was still to be lifted."""

    def due_on(self, today: date) -> date:
        """The last day for an answer, by the law."""
        until = min(today, self.closed_on) if self.closed_on else today
        return law.last_day(self.received_on, self.questions, until, extended=self.extended)

    def forgotten_on(self, today: date) -> bool:
        """Whether the sweep may have deleted the file: not while a restriction depends on it."""
        old = self.closed_on is not None and law.months_later(self.closed_on, 12 * FILE_YEARS) <= today
        return old and self.restricted_on is None

    @property
    def settled(self) -> bool:
        """Whether nobody weighs anything any more."""
        return self.state in {"executing", *FINAL}

    @property
    def must_be_lifted(self) -> bool:
        """Whether the case is not over before the person has been told that its restriction ends (Art. 18(3))."""
        granted = self.right == "restriction" and self.decided and not self.refused
        return self.settled and self.restricted_on is not None and not granted


def _never(case: Case) -> bool:
    return False


def _until_executed(case: Case) -> bool:
    return case.state == "decided"


@dataclass(frozen=True)
class Habit:
    """What a right does: at once or by decision, what follows a grant, when it restricts by itself.

    `irreversible`: a low identity needs its reason.
    """

    immediate: bool = False
    granted: str = "granted"
    after_grant: str = "executing"
    irreversible: bool = False
    restricts: Callable[[Case], bool] = _never


HABITS: dict[str, Habit] = {right: Habit() for right in RIGHTS} | {
    "marketing_ban": Habit(immediate=True),
    "consent_withdrawal": Habit(immediate=True),
    "access": Habit(irreversible=True),
    "portability": Habit(irreversible=True),
    "erasure": Habit(granted="as_assessed", after_grant="decided", irreversible=True, restricts=_until_executed),
    "objection": Habit(after_grant="decided", irreversible=True),
}


class Office:
    """The people, the cases and the calls of one sequence."""

    call: Driver

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = []
        self.cases: list[Case] = []
        self.forgotten: set[str] = set()
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
        number, token = new_word()
        person = Person(token, number, held={"name": f"{token} Esimerkki"})
        self.people.append(person)
        return person

    def in_register(self) -> list[Person]:
        """Those who are not erased and can be named."""
        return [person for person in self.people if person.id is not None and not person.gone]

    def one(self, people: list[Any], index: int) -> Any:
        """One of them; None when there is nobody."""
        return people[index % len(people)] if people else None

    def some_case(self, which: int, states: Collection[str], right: str | None = None) -> Case | None:
        """A case whose file still exists; two times of three one in these states, if there is any."""
        return self.some(which, lambda case: case.state in states and right in {None, case.right})

    def some(self, which: int, fits: Callable[[Case], bool]) -> Case | None:
        """A case whose file still exists; two times of three one that fits, if there is any."""
        known = [case for case in self.cases if not case.forgotten_on(self.today)]
        fitting = [case for case in known if fits(case)]
        found: Case | None = self.one(fitting if fitting and which % 3 else known, which // 3)
        return found

    def cases_of(self, person: Person) -> list[Case]:
        return [case for case in self.cases if case.person is person]

    def restricted(self, person: Person) -> bool:
        """Whether purposes other than those of Art. 18(2) must be kept out."""
        return self.holds_values(person) or (person.erasure_executed and not person.gone)

    def holds_values(self, person: Person) -> bool:
        """Whether what others say of the person must wait beside the record."""
        cases = self.cases_of(person)
        return any(case.restricted_on is not None or HABITS[case.right].restricts(case) for case in cases)

    def stopped(self, person: Person) -> set[str]:
        """The purposes for which an objection of the person's was upheld."""
        return {purpose for case in self.cases_of(person) for purpose in case.upheld}

    def kept_by_something(self, person: Person) -> bool:
        """Whether an executed erasure may have left the person in the register for now."""
        executed = [case for case in self.cases_of(person) if case.right == "erasure" and case.state == "executing"]
        others = [case for case in self.cases_of(person) if case.state not in FINAL and case not in executed]
        wished = any(case.restricted_on is not None for case in self.cases_of(person))
        return person.hold is not None or bool(others) or len(executed) > 1 or wished

    def post(self, case: Case, what: str, body: Any, role: str = "dpo") -> httpx.Response:
        """A step of the case."""
        return self.call(role, "POST", f"/v1/subject-requests/{case.number}/{what}", body)

    def patch(self, case: Case, body: Any) -> httpx.Response:
        """Something found out about the case, once it has been read; refused to whoever does not say so."""
        path = f"/v1/subject-requests/{case.number}"
        assert self.call("dpo", "PATCH", path, body).status_code == 428
        return self.call("dpo", "PATCH", path, body, If_Match="*")

    def closes(self, case: Case, state: str) -> None:
        case.state, case.closed_on = state, self.today
        if case.claimed is not None:
            self.forget(case.claimed.own)
        if state == "withdrawn":
            self.forget(case.matter.words)
        self.searched = False  # what the request said of the person went with this

    def forget(self, words: Iterable[str]) -> None:
        """From now on these must be found nowhere."""
        self.forgotten |= set(words)
        self.searched = False

    def see_who_is_gone(self, judged: Collection[Person]) -> None:
        """Take in whom an execution or a sweep has erased; of those it judged, whoever nothing keeps must be."""
        for person in self.people:
            if person.id is None or person.gone or not person.erasure_executed:
                continue
            answer = self.call("dpo", "GET", f"/v1/customers/{person.id}")
            if answer.status_code == 410:
                person.gone_on = self.today
            elif person in judged:
                assert self.kept_by_something(person), f"{person.token} is still there: {answer.text}"
        self.searched = False

    def hours_ago(self, hours: int) -> str:
        return (self.now - timedelta(hours=hours)).isoformat()
