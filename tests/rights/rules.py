"""What can happen before anybody decides, by topic; each rule says what must come of it before it looks."""

from datetime import date, timedelta
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.rights import law
from tests.rights.law import Question
from tests.rights.matters import ABOUT, WHICH, Matters, has_cases, matter_of
from tests.rights.office import HABITS, HOURS, UNDECIDED, Case, Office, Person, new_word

SOMEBODY = st.integers(0, 3)
IDENTITY = {"level": "substantial", "how": "Answered from the address held."}
UNKNOWN_ASK = ("access", "erasure", "marketing_ban", "rectification", "restriction", "objection")
BOOKED = ("2016-05-10", "2025-05-10")
"""Of the first the period ends with the year 2026, of the second with 2035."""


class People(Office):
    """They come, buy, and are drawn into disputes."""

    @rule(bought=st.lists(st.sampled_from(BOOKED), max_size=2, unique=True))
    def somebody_comes(self, bought: list[str]) -> None:
        if len(self.in_register()) > 3:
            return
        person = self.new_person()
        person.held[HOURS] = new_word()[1]
        person.words.add(person.held[HOURS].casefold())
        attributes = {HOURS.removeprefix("attributes."): person.held[HOURS]}
        answer = self._said_by_the_shop(person, attributes=attributes)
        assert answer.status_code == 201, answer.text
        person.id = answer.json()["id"]
        for day in bought:
            number = f"{person.number}-{day}"
            path = f"/v1/customers/{person.id}/purchases/webshop/{number}"
            assert self.call("webshop", "PUT", path, self._order(person, number, day)).status_code == 201
            person.vouchers.append(date.fromisoformat(day))

    def _said_by_the_shop(self, person: Person, **members: Any) -> httpx.Response:
        path = f"/v1/customers/by-reference/webshop/shopper-{person.number}"
        interaction = {"kind": "purchase", "occurred_at": "2025-05-10T10:00:00Z"}
        common = {"kind": "customer", "source": "customer_relationship", "interaction": interaction}
        return self.call("webshop", "PUT", path, {**common, **person.contact, **members})

    @rule(index=SOMEBODY)
    def the_shop_learns_a_name(self, index: int) -> None:
        """It is taken over, or waits beside the record while that is contested or awaits erasure."""
        person = self.one(self.in_register(), index)
        if person is None:
            return
        word = new_word()[1]
        person.words.add(word.casefold())
        answer = self._said_by_the_shop(person, name=f"{word} Esimerkki")
        assert answer.status_code == 200, answer.text
        if not self.holds_values(person):
            person.held["name"] = f"{word} Esimerkki"

    @staticmethod
    def _order(person: Person, number: str, day: str) -> dict[str, Any]:
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


class Requests(Matters):
    """Requests come in, of people in the register and of others."""

    @rule(right=st.sampled_from(UNKNOWN_ASK), ago=st.sampled_from([0, 30]), about=ABOUT)
    def somebody_unknown_asks(self, right: str, ago: int, about: int) -> None:
        person = self.new_person()
        self.receive(person, right, {"claimed_identity": person.contact}, ago, about)

    def receive(self, person: Person, right: str, who: dict[str, Any], ago: int, about: int) -> None:
        """The request is acknowledged with a number; a ban, a withdrawal or a restriction is in force by then."""
        matter = matter_of(right, about)
        sent = {"right": right, "channel": "email", "received_at": self.hours_ago(ago), **who, **matter.sent}
        sent["details"] = f"I am {person.name}."
        answer = self.call("admin", "POST", "/v1/subject-requests", sent)
        assert answer.status_code == 201, answer.text
        immediate = HABITS[right].immediate
        received_on = law.day_of(self.now - timedelta(hours=ago))
        state = "executing" if immediate else "received"
        number = answer.json()["case_number"]
        self.cases.append(Case(number, right, person, received_on, state, matter, decided=immediate))
        self.begins(self.cases[-1])
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


class Clocks(Matters):
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
