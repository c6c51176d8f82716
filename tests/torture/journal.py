"""What a client knows of its own calls: acknowledged, refused, or unknown until the retry."""

from dataclasses import dataclass, field
from typing import Any

from tests.torture.wire import Abandoned, Answer, Halved, Lost

NOTHING_CHANGED = "Nothing was changed."
"""What a 503 says when it is not in doubt, and is taken at its word."""


@dataclass(slots=True)
class Person:
    """Somebody under a client's own reference, with the ids under which the register has known them."""

    number: int
    system: str
    ids: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @property
    def reference(self) -> str:
        """The client's own key of the person."""
        return f"p-{self.number}"

    @property
    def id(self) -> str:
        """The register's id, as last told."""
        return self.ids[-1]


@dataclass(slots=True, eq=False)
class Call:
    """One operation that a client wants done once, however often it must be sent.

    `unknown` counts what was sent and may have been carried out without the client's knowing; `late` counts what of
    that a living service may still carry out when the next one has been.
    """

    kind: str
    role: str
    method: str
    path: str
    body: Any = None
    key: str | None = None
    person: Person | None = None
    name: str = ""
    sending: bool = False
    again: bool = False
    unknown: int = 0
    late: int = 0
    answers: list[Answer] = field(default_factory=list)
    refused: int = 0

    @property
    def settled(self) -> bool:
        """Whether the client knows what became of it."""
        return bool(self.answers) or bool(self.refused)

    @property
    def at_least(self) -> int:
        """How often it must have been carried out: each time it was acknowledged, and once before if the first
        acknowledgement says that it was known already."""
        return len(self.answers) + (self._first_word == "known")

    @property
    def at_most(self) -> int:
        """How often it may have been: if the first acknowledgement says that it was new, nothing sent before had been,
        and only what the retry overtook can have been since, which then found everything known."""
        return len(self.answers) + (self.late if self._first_word == "recorded" else self.unknown)

    def may_be_done(self, *, late: bool) -> None:
        """It was sent once more and nobody knows: it was carried out before it is sent again or never, or `late`."""
        self.unknown += 1
        self.late += late

    @property
    def _first_word(self) -> str | None:
        """What the first acknowledgement says of those sent before, where it does: `known` or `recorded`.

        A purchase that is new may have been there and been erased.
        """
        if not self.answers:
            return None
        first = self.answers[0]
        match self.kind:
            case "consent":
                return str(first.body["status"])
            case "batch":
                return next((str(r["event"]["status"]) for r in first.body["results"] if r["event"]), None)
            case "purchase" | "booking" if first.status == 200:
                return "known"
            case _:
                return None


@dataclass(slots=True)
class Journal:
    """All calls of a run on one database."""

    calls: list[Call] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    lost: int = 0
    put_off: int = 0

    def note(self, call: Call, answer: Answer) -> None:
        """Judge an answer: done, refused for good, or to be sent again."""
        if answer.status >= 500 and answer.status != 503:
            self.faults.append(f"{call.kind} answered {answer.status}")
        told = answer.body if isinstance(answer.body, dict) else {}
        code = told.get("code")
        if answer.status >= 500 or code == "idempotency-key-in-flight":
            call.again = True
            self.put_off += 1
            if answer.status >= 500 and told.get("detail") != NOTHING_CHANGED:
                call.may_be_done(late=False)
            if answer.status == 503 and "retry-after" not in answer.headers:
                self.faults.append(f"{call.kind} answered 503 without Retry-After")
        elif answer.status < 300:
            call.answers.append(answer)
            self.acknowledged += 1
        else:
            call.refused += 1
            self._must_be_expected(call, answer.status, code)

    def note_lost(self, call: Call, loss: Lost) -> None:
        """No answer came."""
        call.again = True
        self.lost += 1
        if not isinstance(loss, Halved):
            call.may_be_done(late=isinstance(loss, Abandoned))

    def _must_be_expected(self, call: Call, status: int, code: str | None) -> None:
        """Refusals that the load itself brings about: people erased, restricted or decided meanwhile."""
        if status not in {404, 409, 410} or code == "event-id-reused":
            self.faults.append(f"{call.kind} answered {status} {code}")

    @property
    def open(self) -> list[Call]:
        """Calls to be sent again; none that is under way, so that only what was abandoned can meet its retry."""
        return [call for call in self.calls if call.again and not call.settled and not call.sending]
