"""Random sequences of calls over HTTP, with the register of `tests.abuse.model` beside them.

Callers, addresses and times are few, so that what one does meets what another did: two people share an address, a
withdrawal overtakes its consent, an upsert comes back after an erasure, a retry repeats what has long been overtaken.
"""

from datetime import datetime

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.abuse.company import Arrival, Company, Consent
from tests.abuse.driver import Driver
from tests.abuse.model import BOOKING_DATA, NEWSLETTER, Event, Person, hours

REFERENCES = st.sampled_from(["r0", "r1", "r2"])
EMAILS = st.sampled_from(["a", "b", "c"])
NAMED_BY = st.sampled_from(["reference", "reference", "id", "email"])
AGO = st.sampled_from([0, 1, 1, 2, 30])
"""Hours since something happened; equal ones meet."""
PURPOSES = st.sampled_from([NEWSLETTER, NEWSLETTER, BOOKING_DATA])
ARRIVALS = st.tuples(REFERENCES, st.one_of(st.none(), st.just(""), EMAILS), AGO)
CONSENTS = st.tuples(NAMED_BY, REFERENCES, EMAILS, PURPOSES, st.booleans(), st.booleans(), AGO)
RECORDED = {200, 201}


def explore(driver: Driver, examples: int, steps: int, start: int | None = None) -> None:
    """Run that many sequences of at most so many steps; raises at the first that the model does not expect.

    They are the same every time, and others for each `start`.
    """

    class Bound(Machine):
        call = driver

    run_state_machine_as_test(
        Bound if start is None else seed(start)(Bound),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=start is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    driver.check_feed()


class Machine(Company, RuleBasedStateMachine):
    """The register of one company, from the first customer on."""

    @rule(arrival=ARRIVALS)
    def upsert(self, arrival: Arrival) -> None:
        reference, body, at = self.person(arrival)
        expected = self.expected_arrival(reference, body, at)
        answer = self.call("webshop", "PUT", f"/v1/customers/by-reference/webshop/{reference}", body)
        assert answer.status_code == expected, answer.text
        if expected in RECORDED:
            self.model.arrive(answer.json()["id"], reference, body)

    @rule(arrivals=st.lists(ARRIVALS, min_size=2, max_size=4))
    def upsert_batch(self, arrivals: list[Arrival]) -> None:
        sent = [self.person(arrival) for arrival in arrivals]
        items = [{"reference": {"system": "webshop", "id": r}, **body} for r, body, _ in sent]
        results = self.call("webshop", "POST", "/v1/customers/batch", {"items": items}).json()["results"]
        for (reference, body, at), result in zip(sent, results, strict=True):
            assert result["status"] == self.expected_arrival(reference, body, at), result
            if result["status"] in RECORDED:
                self.model.arrive(result["id"], reference, body)

    @rule(arrival=ARRIVALS, key=st.integers(0, 2))
    def register_once(self, arrival: Arrival, key: int) -> None:
        """With a key of its own: the same call again is the same customer, another call is refused."""
        reference, body, at = self.person(arrival)
        body["references"] = [{"system": "webshop", "id": reference}]
        answer = self.call(
            "webshop", "POST", "/v1/customers", body, Idempotency_Key=f"{self.prefix}-{self.epoch:%d%H%M}-{key}"
        )
        made = self.keys.get(key)
        if made is not None:
            again = made[0] == body
            erased = self.model.people[made[1]].erased_at is not None
            assert answer.status_code == (422 if not again else 410 if erased else 201), answer.text
            assert not answer.is_success or answer.json()["id"] == made[1]
            return
        expected = {200: 409}.get(
            self.expected_arrival(reference, body, at), self.expected_arrival(reference, body, at)
        )
        assert answer.status_code == expected, answer.text
        if expected == 201:
            self.model.arrive(answer.json()["id"], reference, body)
            self.keys[key] = (body, answer.json()["id"])

    @rule(sent=CONSENTS)
    def record_consent(self, sent: Consent) -> None:
        body = self.consent(sent)
        expected, people = self.expected_consent(body)
        answer = self.call("webshop", "POST", "/v1/consents", body)
        assert answer.status_code == expected, answer.text
        if expected == 201:
            self.model.tell(self.take(body, people))

    @rule(several=st.lists(CONSENTS, min_size=2, max_size=5))
    def record_consents(self, several: list[Consent]) -> None:
        items = [self.consent(sent) for sent in several]
        results = self.call("webshop", "POST", "/v1/consents/batch", {"items": items}).json()["results"]
        left: dict[str, Person] = {}
        for body, result in zip(items, results, strict=True):
            expected, people = self.expected_consent(body)
            assert result["status"] == expected, result
            if expected == 201:
                left |= {person.id: person for person in self.take(body, people)}
        self.model.tell(left.values())

    @rule(data=st.data(), changed=st.booleans())
    def retry_consent(self, data: st.DataObject, changed: bool) -> None:
        """The same event again changes nothing, however late; the name of an event cannot be used for another."""
        if not self.sent:
            return
        body = data.draw(st.sampled_from(self.sent))
        again = {**body, "occurred_at": (self.now - hours(5)).isoformat()} if changed else body
        possible, _ = self.expected_consent(body)
        answer = self.call("webshop", "POST", "/v1/consents", again)
        assert answer.status_code in {409 if changed else 200, possible} - {201}, answer.text

    # What the company does with its people.

    @rule(name=REFERENCES)
    def ban_marketing(self, name: str) -> None:
        person = self.model.behind(self.reference(name))
        if self.request("marketing_ban", name, person) is not None and person is not None:
            self.model.ban(person, self.now)

    @rule(name=REFERENCES)
    def withdraw_everything(self, name: str) -> None:
        person = self.model.behind(self.reference(name))
        if self.request("consent_withdrawal", name, person) is not None and person is not None:
            event = Event(self.now, withdrawn=True, arrival=self.model.next_arrival())
            for purpose in (NEWSLETTER, BOOKING_DATA):
                self.model.take([person], purpose, event, None)
            self.model.tell([person, person])  # newsletter and marketing are withdrawn one after the other

    @rule(name=REFERENCES)
    def decide_erasure(self, name: str) -> None:
        person = self.model.behind(self.reference(name))
        if person is not None and person.case is not None:
            return
        case = self.request("erasure", name, person)
        if case is None or person is None:
            return
        decision = {
            "outcome": "as_assessed",
            "reasoning": "All is done.",
            "identity": {"level": "substantial", "how": "Known."},
        }
        answer = self.call("dpo", "POST", f"/v1/subject-requests/{case}/decision", decision)
        assert answer.status_code == 200, answer.text
        assert self.call("dpo", "POST", f"/v1/subject-requests/{case}/decision", decision).status_code == 409
        person.case = case
        person.told.append("restricted")

    def request(self, right: str, name: str, person: Person | None) -> str | None:
        """Receive a request; its case number, None when there is no such person."""
        customer = {"system": "webshop", "id": self.reference(name)}
        body = {"right": right, "customer": customer, "channel": "email", "received_at": self.now.isoformat()}
        answer = self.call("admin", "POST", "/v1/subject-requests", body)
        assert answer.status_code == (404 if person is None else 201), answer.text
        return str(answer.json()["case_number"]) if answer.is_success else None

    @rule(name=REFERENCES)
    def cancel_decision(self, name: str) -> None:
        person = self.model.behind(self.reference(name))
        if person is None or person.case is None:
            return
        assert self.call("dpo", "DELETE", f"/v1/subject-requests/{person.case}/decision").status_code == 200
        person.case = None
        person.told.append("unrestricted")

    @rule(name=REFERENCES, email=EMAILS, stale=st.booleans())
    def correct(self, name: str, email: str, stale: bool) -> None:
        person = self.model.behind(self.reference(name))
        if person is None:
            return
        tag = self.call("dpo", "GET", f"/v1/customers/{person.id}").headers["etag"]
        new = self.email(email)
        tag = '"999"' if stale else tag
        answer = self.call("admin", "PATCH", f"/v1/customers/{person.id}", {"email": new}, If_Match=tag)
        expected = 409 if person.case else 412 if stale else 200
        assert answer.status_code == expected, answer.text
        if expected == 200:
            person.told += ["rectified"] if person.email != new else []
            self.model.move(person, new)

    @rule(name=REFERENCES, again=st.booleans())
    def buy(self, name: str, again: bool) -> None:
        """An order long done, whose voucher another system keeps: it goes with the person."""
        person = self.model.behind(self.reference(name))
        if person is None or (again and not person.orders):
            return
        number = f"{person.id}-{person.orders if again else person.orders + 1}"
        order = {
            "purchased_on": "2024-03-01",
            "booked_on": "2024-03-01",
            "total": "10.00",
            "lines": [{"title": "Hoito", "unit_price": "10.00", "vat_rate": "24"}],
            "voucher": {"number": number, "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"},
            "fulfilled_on": "2024-03-01",
            "payment": {"settled_on": "2024-03-01"},
        }
        answer = self.call("webshop", "PUT", f"/v1/customers/{person.id}/purchases/webshop/{number}", order)
        assert answer.status_code == (200 if again else 201), answer.text
        person.orders += 0 if again else 1

    @rule(minutes=st.sampled_from([1, 30, 60]))
    def later(self, minutes: int) -> None:
        self.call.world.later(minutes=minutes)
        if self.now - self.epoch > hours(20):  # keys live for 24 hours
            self.keys, self.epoch = {}, self.now

    @rule()
    def execute(self) -> None:
        self.call.run_due()
        self.model.erase_due(self.now)

    # What must be true after each of these.

    @invariant()
    def checks_answer_as_the_model(self) -> None:
        people = list(self.model.people.values())
        for purpose, channel in ((NEWSLETTER, {"channel": "email"}), (BOOKING_DATA, {})) if people else ():
            body = {"purpose": purpose, "subjects": [{"id": person.id} for person in people], **channel}
            results = self.call("webshop", "POST", "/v1/processing-checks", body).json()["results"]
            assert [r["allowed"] for r in results] == [self.model.may(person, purpose) for person in people], results

    @invariant()
    def addresses_are_stopped_as_in_the_model(self) -> None:
        """Also those that nobody has any more, or that several people share."""
        emails = sorted(
            {email for email, _ in self.model.addresses} | {p.email for p in self.model.living() if p.email}
        )
        if emails:
            body = {"purpose": NEWSLETTER, "channel": "email", "subjects": [{"email": email} for email in emails]}
            results = self.call("webshop", "POST", "/v1/processing-checks", body).json()["results"]
            told = [{reason["code"] for reason in result["reasons"]} for result in results]
            stopped = [bool(codes & {"suppressed", "marketing_ban"}) for codes in told]
            assert stopped == [self.model.is_stopped(email) for email in emails], results

    @invariant()
    def people_read_as_the_model(self) -> None:
        for person in self.model.people.values():
            answer = self.call("webshop", "GET", f"/v1/customers/{person.id}")
            if person.erased_at is not None:
                assert (answer.status_code, answer.json()["code"]) == (410, "customer-erased"), answer.text
                assert answer.json()["erased_on"] == person.erased_at.date().isoformat()
                continue
            assert answer.json()["state"] == person.state, answer.text
            assert person.case is not None or answer.json()["email"] == person.email

    @invariant()
    def consents_stand_as_in_the_model(self) -> None:
        for person in self.model.living():
            answer = self.call("dpo", "GET", f"/v1/customers/{person.id}/consents").json()
            states = {
                state["purpose"]: (state["action"], datetime.fromisoformat(state["occurred_at"]))
                for state in answer["states"]
                if state["purpose"] in {NEWSLETTER, BOOKING_DATA}
            }
            assert states == {purpose: (e.action, e.occurred_at) for purpose, e in person.consents.items()}, answer

    def teardown(self) -> None:
        self.execute()  # what is still to be erased would be by the next sequence
        self.call.people |= self.model.people
