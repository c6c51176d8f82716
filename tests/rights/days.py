"""How lives of requests begin, and how time passes over them."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.rights.decisions import DRAWN, Decisions
from tests.rights.matters import ABOUT, has_cases
from tests.rights.office import RIGHTS, UNDECIDED, Case
from tests.rights.rules import BOOKED, SOMEBODY, People, Requests

ASKED = st.sampled_from([*RIGHTS, "erasure", "erasure", "rectification", "objection"])
MATTERS = st.sampled_from(["rectification", "restriction", "objection"])


class Beginnings(People, Requests, Decisions):
    """Requests that come, and what may happen to them on the same day: random steps alone seldom come that far."""

    @rule(
        index=SOMEBODY,
        rights=st.lists(ASKED, min_size=1, max_size=2),
        ago=st.sampled_from([0, 20, 75, 400]),
        doubts=st.sampled_from(["none", "reasoned", "unreasoned"]),
        decided=st.sampled_from(["not yet", "granted", "refused"]),
        about=ABOUT,
        drawn=DRAWN,
    )
    def requests_come(
        self, index: int, rights: list[str], ago: int, doubts: str, decided: str, about: int, drawn: int
    ) -> None:
        person = self.one(self.in_register(), index)
        for right in rights if person is not None else ():
            self.receive(person, right, {"customer": {"id": person.id}}, ago, about)
            case = self.cases[-1]
            if doubts != "none" and case.state in UNDECIDED:
                self.doubt(case, reasoned=doubts == "reasoned", on=self.today)
            if decided != "not yet" and case.state in UNDECIDED:
                self.decide(case, refused=decided == "refused", drawn=drawn)

    @initialize(bought=st.lists(st.sampled_from(BOOKED), max_size=2, unique=True), right=ASKED, about=ABOUT)
    def the_first_comes_and_asks(self, bought: list[str], right: str, about: int) -> None:
        self.somebody_comes(bought)
        self.requests_come(0, [right], 20, "none", "not yet", about, 0)


class Time(Beginnings):
    """It passes, and the service works by itself."""

    @precondition(has_cases)
    @rule(days=st.sampled_from([1, 3, 10]))
    def nobody_does_anything(self, days: int) -> None:
        """The clocks run, or stand still if they may."""
        self.call.world.later(days=days)

    @rule(hours=st.sampled_from([1, 13, 24, 75, 400, 800, 27_000]))
    def time_passes(self, hours: int) -> None:
        self.call.world.later(hours=hours)

    @rule()
    def due_work_is_done(self) -> None:
        """As the background does, sweep included when a day has gone by since the last."""
        self.call.run_due()
        self.take_in()
        for person in self.people:
            self.see_what_was_owed(person, swept=False)

    @rule(index=SOMEBODY, sweep=st.booleans())
    def somebody_is_erased_in_one_go(self, index: int, sweep: bool) -> None:
        """A common life: nothing else is open, so that all of it goes; random steps seldom come that far."""
        person = self.one(self.in_register(), index)
        if person is None:
            return
        for case in self.cases_of(person):
            self._is_put_away(case)
        if any(case.state == "decided" for case in self.cases_of(person)):
            return
        self.receive(person, "erasure", {"customer": {"id": person.id}}, 1, 0)
        self.decide(self.cases[-1], refused=False, drawn=0)
        self.call.world.later(hours=25)
        self.due_work_is_done()
        if sweep:
            self.it_is_swept()

    def _is_put_away(self, case: Case) -> None:
        """Taken back or answered, and the person told that a restriction ends."""
        if case.state in UNDECIDED:
            assert self.post(case, "withdrawal", {}).status_code == 200
            self.closes(case, "withdrawn")
        if case.restricted_on is not None and case.settled:
            self.lift(case)
        if case.state == "executing":
            self.answer_all(case)

    @rule(index=SOMEBODY, right=MATTERS, about=ABOUT, drawn=DRAWN, refused=st.booleans())
    def a_right_is_served_to_the_end(self, index: int, right: str, about: int, drawn: int, refused: bool) -> None:
        """Asked, decided, carried out, everybody told, lifted and closed; random steps seldom come that far."""
        person = self.one(self.in_register(), index)
        if person is None:
            return
        self.receive(person, right, {"customer": {"id": person.id}}, 1, about)
        case = self.cases[-1]
        self.decide(case, refused=refused, drawn=drawn)
        if case.state == "decided":
            self.call.world.later(hours=25)
            self.due_work_is_done()
        if case.state in UNDECIDED or person.gone:
            return
        self.answer_all(case)
        self._is_put_away(case)

    @rule()
    def it_is_swept(self) -> None:
        self.call.runner.run(self.call.world.sweep())
        self.swept_on = self.today
        self.see_who_is_gone(self.people)
        for person in self.people:
            self.see_what_was_owed(person)

    def take_in(self) -> None:
        """What must have been carried out by now."""
        executed = []
        for case in self.cases:
            if case.state == "decided" and case.execute_after is not None and case.execute_after <= self.now:
                case.state = "executing"
                self.carried_out(case)
                if case.right == "erasure":
                    case.person.erasure_executed = True
                    executed.append(case.person)
        self.see_who_is_gone(executed)
