"""A human decides, thinks again, and everybody is told."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.rights import law
from tests.rights.matters import CLAIM, WHICH, has_cases
from tests.rights.office import HABITS, UNDECIDED, Case
from tests.rights.rules import IDENTITY, Clocks

OUTCOMES = ("granted", "partly_granted", "refused")
DRAWN = st.integers(0, 26)
"""Of what is found of each value or purpose; three values have so many findings together."""


class Decisions(Clocks):
    """A human decides, thinks again, and everybody is told."""

    @precondition(has_cases)
    @rule(which=WHICH, refused=st.booleans(), drawn=DRAWN)
    def it_is_decided(self, which: int, refused: bool, drawn: int) -> None:
        case = self.some_case(which, UNDECIDED)
        if case is not None and case.person.id is not None:
            self.decide(case, refused=refused, drawn=drawn)

    def decide(self, case: Case, *, refused: bool, drawn: int) -> None:
        """The first decision stands, a second is refused with it; one that does not hold changes nothing."""
        undecided = case.state in UNDECIDED
        if undecided and case.person.gone and not refused:
            return
        outcome = "refused" if refused else HABITS[case.right].granted
        decision = decision_of({"outcome": outcome, **self.reasons(case, refused=refused, drawn=drawn)})
        lacking = self.lacks_something(case, refused=refused)
        if undecided:
            self.what_does_not_hold_is_refused(case, decision, drawn)
        answer = self.post(case, "decision", decision)
        assert answer.status_code == (409 if not undecided else 422 if lacking else 200), answer.text
        if answer.status_code != 200:
            return
        case.decided, case.refused = True, refused
        case.state = "executing" if refused else HABITS[case.right].after_grant
        self.end_questions(case)
        self.applies(case, decision, answer.json())
        if case.state == "decided":
            self.must_be_carried_out_in_time(case, answer.json())
        assert self.post(case, "decision", decision).status_code == 409  # the second of two deciders

    def what_does_not_hold_is_refused(self, case: Case, decision: dict[str, Any], drawn: int) -> None:
        """Of somebody unknown, irreversible without a reason, not what was found, rejected without grounds."""
        wrong = [{**decision, "identity": {"level": "none", "how": "Nobody answered."}}]
        if decision["outcome"] != "refused" and HABITS[case.right].irreversible:
            wrong.append({**decision, "identity": {"level": "low", "how": "Wrote from the address held."}})
        if case.matter.proposed or case.matter.objected:
            wrong += [decision_of({**decision, "outcome": one}) for one in OUTCOMES if one != decision["outcome"]]
        if any("legal_claims" in test for test in decision.get("balancing", ())):
            tests = [{**test, **dict.fromkeys(CLAIM, " ")} for test in decision["balancing"]]
            wrong.append({**decision, "balancing": tests})
        if decision.get("findings"):
            wrong.append({**decision, "findings": decision["findings"][1:]})
        answer = self.post(case, "decision", wrong[drawn % len(wrong)])
        assert answer.status_code == 422, (case, answer.text)

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
        case.state, case.decided, case.refused = "executing", True, True
        self.end_questions(case)
        self.forget(case.matter.words)

    @precondition(has_cases)
    @rule(which=WHICH)
    def the_decision_is_cancelled(self, which: int) -> None:
        case = self.some_case(which, {"decided"})
        if case is None:
            return
        answer = self.call("dpo", "DELETE", f"/v1/subject-requests/{case.number}/decision")
        assert answer.status_code == (200 if case.state == "decided" else 409), answer.text
        if answer.status_code == 200:
            case.state, case.decided, case.execute_after, case.upheld = "in_review", False, None, frozenset()

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
            assert answer.json()["state"] == ("executing" if case.must_be_lifted else "completed"), answer.text
            case.answered = True
            if not case.must_be_lifted:
                self.closes(case, "completed")


def decision_of(members: dict[str, Any]) -> dict[str, Any]:
    """A decision with what each needs: reasons, an identity, and the ground of a refusal if it is one."""
    ground = {"refusal_ground": "conditions_not_met"} if members["outcome"] == "refused" else {}
    members = {name: value for name, value in members.items() if name != "refusal_ground"}
    return {"reasoning": "All is done.", "identity": IDENTITY, **members, **ground}
