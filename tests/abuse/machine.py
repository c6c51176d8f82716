"""Random sequences of calls over HTTP, with the register of `tests.abuse.model` beside them.

Callers, addresses and times are few, so that what one does meets what another did: two people share an address, a
withdrawal overtakes its consent, an upsert comes back after an erasure, a retry repeats what has long been overtaken.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.customers.repository_lists import MARGIN
from tests.abuse.model import BOOKING_DATA, NEWSLETTER, Event, Person, Register, hours
from tests.http.contract import silent
from tests.processors.calls import DPF, transfer
from tests.worlds import TOKENS, Template, World

REFERENCES = st.sampled_from(["r0", "r1", "r2"])
EMAILS = st.sampled_from(["a", "b", "c"])
NAMED_BY = st.sampled_from(["reference", "reference", "id", "email"])
AGO = st.sampled_from([0, 1, 1, 2, 30])
"""Hours since something happened; equal ones meet."""
PURPOSES = st.sampled_from([NEWSLETTER, NEWSLETTER, BOOKING_DATA])
ARRIVALS = st.tuples(REFERENCES, st.one_of(st.none(), st.just(""), EMAILS), AGO)
CONSENTS = st.tuples(NAMED_BY, REFERENCES, EMAILS, PURPOSES, st.booleans(), st.booleans(), AGO)
RECORDED = {200, 201}
_examples = count()


class Driver:
    """Calls the service from code that is not asynchronous."""

    def __init__(self, runner: asyncio.Runner, world: World, api: httpx.AsyncClient) -> None:
        self.runner = runner
        self.world = world
        self.api = api
        self.calls = 0
        self.people: dict[str, Person] = {}
        self.fed: defaultdict[str, list[str]] = defaultdict(list)
        self.since = ""

    def __call__(self, role: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {TOKENS[role]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.calls += 1
        answer = self.runner.run(self.api.request(method, path, json=body, headers=sent))
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def check_feed(self) -> None:
        """The feed has told the webshop all that happened to its people, in order, and of the erased only that."""
        if self.world.dialect == "postgresql":
            time.sleep(MARGIN + 0.5)  # the feed stops short of what could still be committed
        while items := (page := self("webshop", "GET", f"/v1/changes?limit=200{self.since}").json())["items"]:
            self.since = f"&since={page['next']}"
            for item in items:
                self.fed[item["customer_id"]].append(item["kind"])
        assert {i: self.fed[i] for i in self.people} == {i: person.told for i, person in self.people.items()}

    def run_due(self) -> None:
        """Carry out what is due, as the background does."""
        self.runner.run(self.world.run_due())


@contextmanager
def driven(app: FastAPI, template: Template, folder: Path) -> Iterator[Driver]:
    """A driver on a database of its own, in which mail may go to the mail service."""
    with asyncio.Runner() as runner, silent():
        url = template.fresh(folder)

        async def begin() -> tuple[World, httpx.AsyncClient]:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return World(app, template, url), httpx.AsyncClient(transport=transport, base_url="http://seloste.test")

        world, api = runner.run(begin())
        driver = Driver(runner, world, api)
        answer = driver("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF))
        assert answer.status_code == 201, answer.text
        yield driver
        runner.run(api.aclose())
        runner.run(world.db.close())


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


class Machine(RuleBasedStateMachine):
    """The register of one company, from the first customer on."""

    call: Driver

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"x{next(_examples)}"
        self.model = Register()
        self.sent: list[dict[str, Any]] = []
        self.keys: dict[int, tuple[dict[str, Any], str]] = {}
        self.epoch = self.now

    @property
    def now(self) -> datetime:
        return self.call.world.now

    def reference(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def email(self, name: str) -> str:
        return f"{self.prefix}-{name}@example.fi"

    # What callers send.

    def person(self, arrival: tuple[str, str | None, int]) -> tuple[str, dict[str, Any], datetime]:
        """Reference, payload and time of an arrival; None sends no address, an empty text none any more."""
        name, email, ago = arrival
        at = self.now - hours(ago)
        body: dict[str, Any] = {
            "name": "Aino Esimerkki",
            "source": "customer_relationship",
            "interaction": {"kind": "purchase", "occurred_at": at.isoformat()},
        }
        if email is not None:
            body["email"] = self.email(email) if email else None
        return self.reference(name), body, at

    def expected_arrival(self, reference: str, body: dict[str, Any], at: datetime) -> int:
        if self.model.behind(reference) is not None:
            return 200
        return 410 if self.model.is_old(reference, body.get("email"), at) else 201

    @rule(arrival=ARRIVALS)
    def upsert(self, arrival: tuple[str, str | None, int]) -> None:
        reference, body, at = self.person(arrival)
        expected = self.expected_arrival(reference, body, at)
        answer = self.call("webshop", "PUT", f"/v1/customers/by-reference/webshop/{reference}", body)
        assert answer.status_code == expected, answer.text
        if expected in RECORDED:
            self.model.arrive(answer.json()["id"], reference, body)

    @rule(arrivals=st.lists(ARRIVALS, min_size=2, max_size=4))
    def upsert_batch(self, arrivals: list[tuple[str, str | None, int]]) -> None:
        sent = [self.person(arrival) for arrival in arrivals]
        items = [{"reference": {"system": "webshop", "id": r}, **body} for r, body, _ in sent]
        results = self.call("webshop", "POST", "/v1/customers/batch", {"items": items}).json()["results"]
        for (reference, body, at), result in zip(sent, results, strict=True):
            assert result["status"] == self.expected_arrival(reference, body, at), result
            if result["status"] in RECORDED:
                self.model.arrive(result["id"], reference, body)

    @rule(arrival=ARRIVALS, key=st.integers(0, 2))
    def register_once(self, arrival: tuple[str, str | None, int], key: int) -> None:
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

    def consent(self, sent: tuple[str, str, str, str, bool, bool, int]) -> dict[str, Any]:
        """A consent event with a name of its own."""
        named_by, name, email, purpose, withdrawn, confirmed, ago = sent
        at = (self.now - hours(ago)).isoformat()
        body: dict[str, Any] = {
            "event_id": f"{self.prefix}-e{len(self.sent)}-{self.model.next_arrival()}",
            "customer": self.named(named_by, name, email),
            "purpose": purpose,
            "channels": ["email"] if purpose == NEWSLETTER else [],
            "action": "withdrawn" if withdrawn else "given",
            "collected_via": "unsubscribe_link" if withdrawn else "double_opt_in" if confirmed else "web_form",
            "occurred_at": at,
        }
        if not withdrawn:
            body["wording"] = {"id": purpose, "version": 1}
            body["evidence"] = {"double_opt_in_confirmed_at": at} if confirmed else {}
        return body

    def named(self, named_by: str, name: str, email: str) -> dict[str, str]:
        """How a call names somebody; by id the last who had the reference, if anybody had."""
        reference = self.reference(name)
        had = [person.id for person in self.model.people.values() if person.reference == reference]
        if named_by == "id" and had:
            return {"id": had[-1]}
        return {"email": self.email(email)} if named_by == "email" else {"system": "webshop", "id": reference}

    def expected_consent(self, body: dict[str, Any]) -> tuple[int, list[Person]]:
        """The status, and whom the event concerns."""
        who, withdrawn = body["customer"], body["action"] == "withdrawn"
        if "email" in who:
            found = self.model.at(who["email"])
            if withdrawn:
                return 201, found
            return {0: 404, 1: 201}.get(len(found), 409), found
        person = self.model.people[who["id"]] if "system" not in who else self.model.behind(who["id"])
        if person is None:
            return 404, []
        return (410, []) if person.erased_at is not None else (201, [person])

    def take(self, body: dict[str, Any], people: list[Person]) -> list[Person]:
        """Take the event; who is to be told of it."""
        at = datetime.fromisoformat(body["occurred_at"])
        event = Event(at, body["action"] == "withdrawn", self.model.next_arrival())
        lifted_at = at if body["collected_via"] == "double_opt_in" else None
        self.model.take(people, body["purpose"], event, lifted_at)
        if "email" in body["customer"]:
            self.model.suppress(body["customer"]["email"], body["purpose"], event, lifted_at)
        self.sent.append(body)
        return people if event.withdrawn and body["purpose"] == NEWSLETTER else []

    @rule(sent=CONSENTS)
    def record_consent(self, sent: tuple[str, str, str, str, bool, bool, int]) -> None:
        body = self.consent(sent)
        expected, people = self.expected_consent(body)
        answer = self.call("webshop", "POST", "/v1/consents", body)
        assert answer.status_code == expected, answer.text
        if expected == 201:
            self.model.tell(self.take(body, people))

    @rule(several=st.lists(CONSENTS, min_size=2, max_size=5))
    def record_consents(self, several: list[tuple[str, str, str, str, bool, bool, int]]) -> None:
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
            "identity": {"level": "low", "how": "Known."},
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
