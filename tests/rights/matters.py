"""What requests are about: contested values (Art. 16), grounds of restriction (18), purposes objected to (21).

Every step says what must come of it before it looks; what a decision must say is worked out here from the article.
"""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.rights import law
from tests.rights.office import HOURS, UNDECIDED, Case, Matter, Office, Person, new_word

WHICH = st.integers(0, 23)
"""Of three, two look for a case in which the step is possible."""
ABOUT = st.integers(0, 15)
"""Drawn before it is known of which right the request is: each makes something of it."""
GROUNDS = ("18(1)(a)", "18(1)(b)", "18(1)(c)", "18(1)(d)")
OBJECTIONS: tuple[list[str], ...] = ([], ["planning"], ["telling_about_services"])
WEIGHABLE = frozenset({"planning", "legal_claims"})
"""What rests on Art. 6(1)(f) and is no marketing; without a purpose named an objection reaches all of it."""
FACT = "purchase:webshop/o-1"
WEIGHED = {"interest": "Fewer empty hours.", "necessity": "Counting tells less.", "situation": "Is followed about."}
CLAIM = {"legal_claims": "A claim about an unpaid course is open."}


def has_cases(office: Any) -> bool:
    """Whether there is a request to do something with."""
    return bool(office.cases)


def matter_of(right: str, about: int) -> Matter:
    """What somebody asks for."""
    match right:
        case "rectification":
            return contested(about)
        case "restriction" if about % 5:
            ground = GROUNDS[about % 5 - 1]
            return Matter({"restriction_ground": ground}, ground=ground)
        case "objection":
            named = OBJECTIONS[about % 3]
            return Matter({"purposes": named}, objected=WEIGHABLE & set(named or WEIGHABLE))
        case _:
            return Matter()


def contested(about: int) -> Matter:
    """Some of name, preferred hours and an order, or nothing yet; inaccurate or only incomplete."""
    said = {name: new_word()[1] for n, name in enumerate(("name", HOURS, FACT)) if about >> n & 1}
    if not said:
        return Matter()
    if "name" in said:
        said["name"] += " Esimerkki"
    values: dict[str, Any] = {"name": said["name"]} if "name" in said else {}
    if HOURS in said:
        values["attributes"] = {HOURS.removeprefix("attributes."): said[HOURS]}
    fact = {"about": "purchase", "system": "webshop", "id": "o-1", "statement": said.get(FACT)}
    sent = {"inaccurate": about >= 8, "values": values or None, "facts": [fact] if FACT in said else []}
    return Matter({"rectification": sent}, proposed=said, inaccurate=about >= 8)


class Matters(Office):
    """What becomes of it."""

    def begins(self, case: Case) -> None:
        """The person is known: what they obtain without anybody's decision is in force."""
        case.person.words |= case.matter.words
        if case.person.id is not None and case.matter.restricts and case.restricted_on is None:
            case.restricted_on = self.today

    @precondition(has_cases)
    @rule(which=WHICH, about=st.integers(1, 7), inaccurate=st.booleans())
    def values_are_proposed(self, which: int, about: int, inaccurate: bool) -> None:
        """They replace those that were proposed before; a restriction that has begun goes on until told."""
        case = self.some_case(which, UNDECIDED, "rectification")
        if case is None:
            return
        matter = contested(about + 8 * inaccurate)
        path = f"/v1/subject-requests/{case.number}/rectification"
        answer = self.call("admin", "PUT", path, matter.sent["rectification"])
        possible = case.right == "rectification" and case.state in UNDECIDED
        assert answer.status_code == (200 if possible else 409), answer.text
        if possible:
            self.forget(case.matter.words)
            case.matter = matter
            self.begins(case)

    @precondition(has_cases)
    @rule(which=WHICH, ground=st.sampled_from(GROUNDS))
    def the_ground_becomes_clear(self, which: int, ground: str) -> None:
        case = self.some_case(which, UNDECIDED, "restriction")
        if case is None:
            return
        answer = self.patch(case, {"restriction_ground": ground})
        expected = 409 if case.state not in UNDECIDED else 200 if case.right == "restriction" else 422
        assert answer.status_code == expected, answer.text
        if expected == 200 and ground != case.matter.ground:
            case.matter, case.restricted_on = Matter(ground=ground), None  # another restriction begins today
            self.begins(case)

    @precondition(has_cases)
    @rule(which=WHICH, index=st.integers(0, 3))
    def who_it_is_becomes_clear(self, which: int, index: int) -> None:
        """Somebody unknown is found in the register: what they asked for begins."""
        unknown = [one for one in self.cases if one.person.id is None and one.state in UNDECIDED]
        case, person = self.one(unknown, which), self.one(self.in_register(), index)
        if case is None or person is None:
            return
        answer = self.patch(case, {"customer": {"id": person.id}})
        assert answer.status_code == 200, answer.text
        case.claimed, case.person = case.person, person
        self.begins(case)

    @precondition(has_cases)
    @rule(which=WHICH, told=st.sampled_from([0, 0, 0, 1, -30]))
    def the_end_of_a_restriction_is_told(self, which: int, told: int) -> None:
        case = self.some(which, lambda one: one.restricted_on is not None)
        if case is not None:
            self.lift(case, told)

    def lift(self, case: Case, told: int = 0) -> None:
        """Lifted only when the matter is settled and the person told, since it began and not in the future."""
        told_on = self.today + timedelta(days=told)
        notice = {"reason": "It has been settled.", "told_on": told_on.isoformat(), "how": "letter"}
        answer = self.post(case, "restriction-lift", notice)
        if case.restricted_on is None:
            assert (answer.status_code, answer.json()["code"]) == (409, "not-restricted"), case
        elif case.settled and law.may_lift(case.restricted_on, told_on, self.today):
            assert answer.status_code == 200, (case, answer.text)
            case.restricted_on = None
            if case.state == "executing" and case.answered:
                self.closes(case, "completed")
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "restriction-not-told"), case

    def reasons(self, case: Case, *, refused: bool, drawn: int) -> dict[str, Any]:
        """What a decision on the case says: of each contested value what was found, of each purpose its test."""
        if case.right == "rectification" and case.matter.proposed:
            return self._findings(case, refused=refused, drawn=drawn)
        if case.right == "objection" and case.matter.objected:
            return self._balancing(case, refused=refused, drawn=drawn)
        return {}

    def _findings(self, case: Case, *, refused: bool, drawn: int) -> dict[str, Any]:
        kinds = ["as_held", "undecided"] if refused else ["as_proposed", "as_held", "undecided"]
        found = {name: kinds[drawn // 3**n % len(kinds)] for n, name in enumerate(case.matter.proposed)}
        if not refused and "as_proposed" not in found.values():
            found[next(iter(found))] = "as_proposed"
        accepted = sum(one == "as_proposed" for one in found.values())
        findings = [{"about": name, "finding": one, "evidence": "Seen."} for name, one in found.items()]
        return {"outcome": law.outcome(accepted, len(found)), "findings": findings}

    def _balancing(self, case: Case, *, refused: bool, drawn: int) -> dict[str, Any]:
        objected = sorted(case.matter.objected)
        upheld = set() if refused else {one for n, one in enumerate(objected) if drawn >> n & 1} or set(objected[:1])
        tests = [
            {
                **WEIGHED,
                "purpose": one,
                **({"outcome": "upheld"} if one in upheld else {"outcome": "rejected", **CLAIM}),
            }
            for one in objected
        ]
        return {"outcome": law.outcome(len(upheld), len(objected)), "balancing": tests}

    def lacks_something(self, case: Case, *, refused: bool) -> bool:
        """Whether nobody can decide it so: nothing is contested, no ground is known, nothing can be objected to."""
        match case.right:
            case "rectification":
                return not case.matter.proposed
            case "restriction":
                return case.matter.ground is None and not refused
            case _:
                return case.right == "objection" and not case.matter.objected and not refused

    def applies(self, case: Case, decision: dict[str, Any], answer: dict[str, Any]) -> None:
        """What is found right is changed at once, both versions are kept; what is upheld stops at once."""
        if case.right == "rectification":
            self._applies_findings(case, decision, answer)
        tests = decision.get("balancing", [])
        case.upheld = frozenset(one["purpose"] for one in tests if one["outcome"] == "upheld")
        said = {one["purpose"]: one["state"] for one in answer["matter"]["objections"]}
        wanted = {one: "upheld" if one in case.upheld else "rejected" for one in case.matter.objected}
        assert said == wanted, (case, said)

    def _applies_findings(self, case: Case, decision: dict[str, Any], answer: dict[str, Any]) -> None:
        found = {one["about"]: one["finding"] for one in decision["findings"]}
        kept = {one["about"]: (one["held"], one["proposed"], one["state"]) for one in answer["matter"]["rectification"]}
        expected = {}
        for name, proposed in case.matter.proposed.items():
            accepted = found[name] == "as_proposed"
            state = "noted" if not accepted else "supplemented" if name == FACT else "changed"
            expected[name] = (case.person.held.get(name), proposed, state)
        assert kept == expected, (case, kept)
        changed = {name for name, (_, _, state) in expected.items() if state == "changed"}
        case.person.held |= {name: case.matter.proposed[name] for name in changed}

    def carried_out(self, case: Case) -> None:
        """An upheld objection is: what was held for the purpose alone is erased unless something keeps it for now."""
        if "planning" in case.upheld:
            case.person.owed = True
            self.see_what_was_owed(case.person, but=case)

    def see_what_was_owed(self, person: Person, but: Case | None = None, *, swept: bool = True) -> None:
        """It is gone when nothing keeps it; a sweep of the service's own may have come when nothing did."""
        if not person.owed or person.gone:
            return
        shown = self.call("dpo", "GET", f"/v1/customers/{person.id}").json()
        if shown.get("attributes"):
            assert not swept or self._kept(person, but), f"{person} is still owed: {shown}"
            return
        person.owed = False
        word = person.held.pop(HOURS, None)
        if word is not None:
            self.forget([word.casefold()])

    def _kept(self, person: Person, but: Case | None) -> bool:
        others = [case for case in self.cases_of(person) if case is not but]
        needed = [one for one in others if one.state not in {"completed", "withdrawn"}]
        return person.hold is not None or bool(needed) or any(one.restricted_on is not None for one in others)
