"""What can happen, in mix-ins by topic; each rule says what must come of it before it looks."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.rights import law
from tests.rights.law import Question
from tests.rights.office import HABITS, RIGHTS, UNDECIDED, Case, Office

SOMEBODY = st.integers(0, 3)
WHICH = st.integers(0, 23)
"""Of three, two look for a case in which the step is possible."""
ASKED = st.sampled_from([*RIGHTS, "erasure", "erasure"])
IDENTITY = {"level": "substantial", "how": "Answered from the address held."}
BOOKED = ("2016-05-10", "2025-05-10")
"""Of the first the period ends with the year 2026, of the second with 2035."""


def has_cases(office: Any) -> bool:
    """Whether there is a request to do something with."""
    return bool(office.cases)


def has_people(office: Any) -> bool:
    """Whether anybody is in the register."""
    return bool(office.in_register())


class People(Office):
    """They come, buy, and are drawn into disputes."""

    @rule(bought=st.lists(st.sampled_from(BOOKED), max_size=2, unique=True))
    def somebody_comes(self, bought: list[str]) -> None:
        if len(self.in_register()) > 3:
            return
        person = self.new_person()
        path = f"/v1/customers/by-reference/webshop/shopper-{person.number}"
        interaction = {"kind": "purchase", "occurred_at": "2025-05-10T10:00:00Z"}
        sent = {"kind": "customer", **person.contact, "source": "customer_relationship", "interaction": interaction}
        answer = self.call("webshop", "PUT", path, sent)
        assert answer.status_code == 201, answer.text
        person.id = answer.json()["id"]
        for day in bought:
            number = f"{person.number}-{day}"
            path = f"/v1/customers/{person.id}/purchases/webshop/{number}"
            assert self.call("webshop", "PUT", path, self._order(person, number, day)).status_code == 201
            person.vouchers.append(date.fromisoformat(day))

    @staticmethod
    def _order(person: Any, number: str, day: str) -> dict[str, Any]:
        printed = {"name": person.name, "address": f"{person.token}katu 7, 33200 Tampere"}
        return {
            "purchased_on": day,
            "booked_on": day,
            "total": "10.00",
            "lines": [{"title": "Hoito", "unit_price": "10.00", "vat_rate": "24"}],
            "voucher": {"number": f"V-{number}", "record": "here", "material": "voucher", "buyer_as_printed": printed},
            "fulfilled_on": day,
            "payment": {"settled_on": day},
        }

    @precondition(has_people)
    @rule(index=SOMEBODY)
    def a_dispute_begins_or_ends(self, index: int) -> None:
        person = self.one(self.in_register(), index)
        if person is None:
            return
        path = f"/v1/customers/{person.id}/legal-holds"
        if person.hold is not None:
            assert self.call("dpo", "DELETE", f"{path}/{person.hold}").status_code == 204
            person.hold = None
            return
        hold = {"kind": "dispute", "claim": "The treatment is disputed.", "review_on": "2030-01-01"}
        answer = self.call("dpo", "POST", path, hold)
        assert answer.status_code == 201, answer.text
        person.hold = answer.json()["id"]


class Requests(Office):
    """Requests come in, of people in the register and of others."""

    @rule(right=st.sampled_from(["access", "erasure", "marketing_ban"]), ago=st.sampled_from([0, 30]))
    def somebody_unknown_asks(self, right: str, ago: int) -> None:
        person = self.new_person()
        self.receive(person, right, {"claimed_identity": person.contact}, ago)

    def receive(self, person: Any, right: str, who: dict[str, Any], ago: int) -> None:
        """The request is acknowledged with a number; a ban or a withdrawal has taken effect by then."""
        sent = {"right": right, "channel": "email", "received_at": self.hours_ago(ago), **who}
        sent["details"] = f"I am {person.name}."
        answer = self.call("admin", "POST", "/v1/subject-requests", sent)
        assert answer.status_code == 201, answer.text
        immediate = HABITS[right].immediate
        received_on = law.day_of(self.now - timedelta(hours=ago))
        state = "executing" if immediate else "received"
        self.cases.append(Case(answer.json()["case_number"], right, person, received_on, state, decided=immediate))
        person.banned |= right == "marketing_ban"

    @precondition(has_cases)
    @rule(which=WHICH)
    def it_is_taken_back(self, which: int) -> None:
        case = self.some_case(which, UNDECIDED)
        if case is None:
            return
        possible = case.state in UNDECIDED
        assert self.post(case, "withdrawal", {}).status_code == (200 if possible else 409)
        if possible:
            self.closes(case, "withdrawn")


class Clocks(Office):
    """Who asks, and how long the answer may take."""

    @precondition(has_cases)
    @rule(which=WHICH, reasoned=st.booleans(), after=st.sampled_from([0, 1, 3, 4, 5, 6]), at_once=st.booleans())
    def identity_is_doubted(self, which: int, reasoned: bool, after: int, at_once: bool) -> None:
        """Recorded today for today, or for a day soon after receipt."""
        case = self.some_case(which, UNDECIDED)
        if case is None:
            return
        self.doubt(case, reasoned=reasoned, on=self.today if at_once else case.received_on + after * law.DAY)

    def doubt(self, case: Case, *, reasoned: bool, on: date) -> None:
        """Ask who it is; only a reason makes the clock wait."""
        sent = {"step": "asked", "asked_for": "The number of an order.", "on": on.isoformat()}
        answer = self.post(case, "identity-checks", {**sent, **({"reason": "A shared address."} if reasoned else {})})
        expected = 409 if case.state not in UNDECIDED else 422 if on > self.today else 200
        assert answer.status_code == expected, answer.text
        if expected == 200:
            case.questions.append(Question(on, reasoned))
            case.state = "identity_pending"

    @precondition(has_cases)
    @rule(which=WHICH)
    def identity_becomes_known(self, which: int) -> None:
        case = self.some_case(which, UNDECIDED)
        if case is None:
            return
        answer = self.post(case, "identity-checks", {"step": "sufficient", **IDENTITY})
        assert answer.status_code == (200 if case.state in UNDECIDED else 409), answer.text
        if answer.status_code == 200:
            self.end_questions(case)
            case.state = "in_review"

    def end_questions(self, case: Case) -> None:
        """Nobody waits for an answer any more."""
        case.questions = [Question(q.asked_on, q.reasoned, q.ended_on or self.today) for q in case.questions]

    @precondition(has_cases)
    @rule(which=WHICH, ago=st.sampled_from([-1, 0, 0, 3, 20]))
    def more_time_is_taken(self, which: int, ago: int) -> None:
        case = self.some_case(which, UNDECIDED)
        if case is None:
            return
        sent_on = self.today - ago * law.DAY
        answer = self.post(case, "extension", {"reason": "Archives.", "notice_sent_on": sent_on.isoformat()})
        if case.state not in UNDECIDED or case.extended:
            expected = 409
        elif sent_on > self.today:
            expected = 422
        else:
            expected = 200 if law.may_extend(sent_on, case.received_on, case.questions, self.today) else 409
        assert answer.status_code == expected, answer.text
        case.extended |= expected == 200


class Decisions(Clocks):
    """A human decides, thinks again, and everybody is told."""

    @precondition(has_cases)
    @rule(which=WHICH, refused=st.booleans())
    def it_is_decided(self, which: int, refused: bool) -> None:
        case = self.some_case(which, UNDECIDED)
        if case is not None and case.person.id is not None:
            self.decide(case, refused=refused)

    def decide(self, case: Case, *, refused: bool) -> None:
        """The first decision stands, a second is refused with it."""
        habit = HABITS[case.right]
        if case.state in UNDECIDED and case.person.gone and not refused:
            return
        outcome = {"outcome": habit.granted}
        if refused:
            outcome = {"outcome": "refused", "refusal_ground": "conditions_not_met"}
        decision = {**outcome, "reasoning": "All is done.", "identity": IDENTITY}
        answer = self.post(case, "decision", decision)
        assert answer.status_code == (200 if case.state in UNDECIDED else 409), answer.text
        if answer.status_code != 200:
            return
        case.state, case.decided = ("executing" if refused else habit.after_grant), True
        self.end_questions(case)
        if case.state == "decided":
            self.must_be_carried_out_in_time(case, answer.json())
        assert self.post(case, "decision", decision).status_code == 409  # the second of two deciders

    def must_be_carried_out_in_time(self, case: Case, answer: dict[str, Any]) -> None:
        """The delay for second thoughts never reaches past the due date; what is late is carried out at once."""
        case.execute_after = datetime.fromisoformat(answer["decision"]["execute_after"])
        latest = max(self.now, law.end_of(case.due_on(self.today)))
        assert self.now <= case.execute_after <= latest, (case, answer["decision"])

    @precondition(has_cases)
    @rule(which=WHICH)
    def an_unknown_person_is_refused(self, which: int) -> None:
        unknown = [one for one in self.cases if one.person.id is None and one.state in UNDECIDED]
        case = self.one(unknown, which)
        if case is None:
            return
        refused = {"outcome": "refused", "refusal_ground": "identity_not_established", "reasoning": "Nobody answered."}
        identity = {"level": "none", "how": "No answer came."}
        answer = self.post(case, "decision", {**refused, "identity": identity})
        assert answer.status_code == 200, answer.text
        case.state, case.decided = "executing", True
        self.end_questions(case)

    @precondition(has_cases)
    @rule(which=WHICH)
    def the_decision_is_cancelled(self, which: int) -> None:
        case = self.some_case(which, {"decided"})
        if case is None:
            return
        answer = self.call("dpo", "DELETE", f"/v1/subject-requests/{case.number}/decision")
        assert answer.status_code == (200 if case.state == "decided" else 409), answer.text
        if answer.status_code == 200:
            case.state, case.decided, case.execute_after = "in_review", False, None

    @precondition(has_cases)
    @rule(which=WHICH)
    def everybody_has_answered(self, which: int) -> None:
        case = self.some_case(which, {"executing"})
        if case is not None and case.seen_closed is False:
            self.answer_all(case)

    def answer_all(self, case: Case) -> None:
        """Every recipient acknowledges, the letter leaves; only what is being carried out can be completed."""
        waiting = self.call("dpo", "GET", f"/v1/subject-requests/{case.number}").json()["open"]
        told = [name.removeprefix("recipient:") for name in waiting if name.startswith("recipient:")]
        sent = {"recipients": [{"addressee": name, "outcome": "acknowledged"} for name in told]}
        answer = self.post(case, "completion", {**sent, "letter_sent_on": self.today.isoformat()})
        assert answer.status_code == (200 if case.state == "executing" else 409), answer.text
        if answer.status_code == 200:
            assert answer.json()["state"] == "completed", answer.text
            self.closes(case, "completed")


class Beginnings(People, Requests, Decisions):
    """Requests that come, and what may happen to them on the same day: random steps alone seldom come that far."""

    @precondition(has_people)
    @rule(
        index=SOMEBODY,
        rights=st.lists(ASKED, min_size=1, max_size=2),
        ago=st.sampled_from([0, 20, 75, 400]),
        doubts=st.sampled_from(["none", "reasoned", "unreasoned"]),
        decided=st.sampled_from(["not yet", "granted", "refused"]),
    )
    def requests_come(self, index: int, rights: list[str], ago: int, doubts: str, decided: str) -> None:
        person = self.one(self.in_register(), index)
        for right in rights:
            self.receive(person, right, {"customer": {"id": person.id}}, ago)
            case = self.cases[-1]
            if doubts != "none" and case.state in UNDECIDED:
                self.doubt(case, reasoned=doubts == "reasoned", on=self.today)
            if decided != "not yet" and case.state in UNDECIDED:
                self.decide(case, refused=decided == "refused")

    @initialize(bought=st.lists(st.sampled_from(BOOKED), max_size=2, unique=True), right=ASKED)
    def the_first_comes_and_asks(self, bought: list[str], right: str) -> None:
        self.somebody_comes(bought)
        self.requests_come(0, [right], 20, "none", "not yet")


class Time(Beginnings):
    """It passes, and the service works by itself."""

    @precondition(has_cases)
    @rule(days=st.sampled_from([1, 3, 10]))
    def nobody_does_anything(self, days: int) -> None:
        """The clocks run, or stand still if they may."""
        self.call.world.later(days=days)

    @rule(hours=st.sampled_from([1, 13, 24, 75, 400, 800]))
    def time_passes(self, hours: int) -> None:
        self.call.world.later(hours=hours)

    @rule()
    def due_work_is_done(self) -> None:
        """As the background does, sweep included when a day has gone by since the last."""
        self.call.run_due()
        self.take_in()

    @precondition(has_people)
    @rule(index=SOMEBODY, sweep=st.booleans())
    def somebody_is_erased_in_one_go(self, index: int, sweep: bool) -> None:
        """A common life: nothing else is open, so that all of it goes; random steps seldom come that far."""
        person = self.one(self.in_register(), index)
        for case in self.cases_of(person):
            if case.state in UNDECIDED:
                assert self.post(case, "withdrawal", {}).status_code == 200
                self.closes(case, "withdrawn")
            elif case.state == "executing":
                self.answer_all(case)
        if any(case.state == "decided" for case in self.cases_of(person)):
            return
        self.receive(person, "erasure", {"customer": {"id": person.id}}, 1)
        self.decide(self.cases[-1], refused=False)
        self.call.world.later(hours=25)
        self.due_work_is_done()
        if sweep:
            self.it_is_swept()

    @rule()
    def it_is_swept(self) -> None:
        self.call.runner.run(self.call.world.sweep())
        self.swept_on = self.today
        self.see_who_is_gone(self.people)

    def take_in(self) -> None:
        """What must have been carried out by now."""
        executed = []
        for case in self.cases:
            if case.state == "decided" and case.execute_after is not None and case.execute_after <= self.now:
                case.state, case.person.erasure_executed = "executing", True
                executed.append(case.person)
        self.see_who_is_gone(executed)
