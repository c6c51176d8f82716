"""Two processes on one PostgreSQL: each race of docs/operations.md, "Several processes", with its outcome."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.torture import payloads
from tests.torture.checker import whole
from tests.torture.installation import Installation
from tests.torture.wire import Answer, Line
from tests.worlds import TOKENS

pytestmark = pytest.mark.anyio
DICE = random.Random(1)
Json = dict[str, Any]


class Two:
    """A client of both processes; `both` calls them at the same moment."""

    def __init__(self, of: Installation) -> None:
        self.of = of
        self.services = [of.service(), of.service()]
        self.lines = [Line(service.port) for service in self.services]

    async def ask(self, n: int, role: str, method: str, path: str, body: Any = None) -> Answer:
        return await self.lines[n].ask(method, path, {"Authorization": f"Bearer {TOKENS[role]}"}, body)

    async def both(self, *calls: tuple[str, str, str, Any]) -> tuple[Answer, ...]:
        return tuple(await asyncio.gather(*(self.ask(n, *call) for n, call in enumerate(calls))))

    async def person(self) -> Json:
        number = DICE.randrange(10**9)
        body = payloads.customer(number, DICE)
        made: Json = (await self.ask(0, "webshop", "PUT", f"/v1/customers/by-reference/webshop/{number}", body)).body
        return made

    async def case(self, right: str, person: Json) -> str:
        answer = await self.ask(0, "admin", "POST", "/v1/subject-requests", payloads.request(right, person["id"]))
        return f"/v1/subject-requests/{answer.body['id']}"


@pytest.fixture
async def two(on_postgres: Installation) -> AsyncIterator[Two]:
    made = Two(on_postgres)
    for service in made.services:
        service.start()
    for service in made.services:
        await service.ready()
    yield made
    for line in made.lines:
        await line.close()
    for service in made.services:
        service.end()


async def test_the_races_have_their_outcomes(two: Two) -> None:
    """One start of the processes for all of them, many rounds of each; at the end nothing is halved."""
    for _ in range(3):
        await two_upserts_of_one_reference(two)
        await two_decisions(two)
        await a_withdrawal_against_an_older_given_in_a_batch(two)
        await dealings_against_an_erasure(two)
    assert whole(await two.of.facts(ended=False)) == []


async def two_upserts_of_one_reference(two: Two) -> None:
    """One customer, both succeed, the later arrival's values stand."""
    path = f"/v1/customers/by-reference/webshop/{uuid4().hex}"
    sent = [payloads.customer(DICE.randrange(10**9), DICE) for _ in range(2)]
    answers = await two.both(*(("webshop", "PUT", path, body) for body in sent))

    assert sorted(answer.status for answer in answers) == [200, 201]
    assert len({answer.body["id"] for answer in answers}) == 1
    last = max(answers, key=lambda answer: int(answer.body["version"])).body
    read = (await two.ask(0, "webshop", "GET", f"/v1/customers/{last['id']}")).body
    assert (read["version"], read["phone"], read["name"]) == (2, last["phone"], last["name"])


async def two_decisions(two: Two) -> None:
    """The first wins, the second gets 409 with the first's decision."""
    case = await two.case("access", await two.person())
    sent = [{**payloads.DECISION, "outcome": "granted", "reasoning": f"Reasoning {n}."} for n in range(2)]
    answers = await two.both(*(("dpo", "POST", f"{case}/decision", body) for body in sent))

    assert sorted(answer.status for answer in answers) == [200, 409]
    won = next(n for n, answer in enumerate(answers) if answer.status == 200)
    assert answers[1 - won].body["decision"]["reasoning"] == f"Reasoning {won}."


async def a_withdrawal_against_an_older_given_in_a_batch(two: Two) -> None:
    """Withdrawn stands, whichever arrives first."""
    person = await two.person()
    common = {"customer": {"id": person["id"]}, "purpose": "newsletter", "channels": ["email"]}
    given = {
        **common, "event_id": uuid4().hex, "action": "given", "wording": {"id": "newsletter", "version": 1},
        "collected_via": "web_form", "occurred_at": payloads.LONG_AGO,
    }  # fmt: skip
    withdrawn = {
        **common, "event_id": uuid4().hex, "action": "withdrawn", "collected_via": "unsubscribe_link",
        "occurred_at": payloads.now(),
    }  # fmt: skip
    calls: list[tuple[str, str, str, Any]] = [
        ("webshop", "POST", "/v1/consents/batch", {"items": [given]}),
        ("webshop", "POST", "/v1/consents", withdrawn),
    ]
    if DICE.random() < 1 / 2:
        calls.reverse()
    answers = await two.both(*calls)

    assert sorted(answer.status for answer in answers) == [200, 201]
    read = (await two.ask(0, "admin", "GET", f"/v1/customers/{person['id']}/consents")).body
    assert [state["action"] for state in read["states"]] == ["withdrawn"]


async def dealings_against_an_erasure(two: Two) -> None:
    """Wholly before or wholly after: 2xx, then 410 for good, from both processes."""
    person = await two.person()
    path = f"/v1/customers/{person['id']}/purchases/webshop/"
    case = await two.case("erasure", person)
    assert (await two.ask(0, "dpo", "POST", f"{case}/decision", payloads.DECISION)).status == 200
    statuses: list[int] = []
    for n in range(4000):
        await asyncio.sleep(0.02 * (n > 50))  # who is called so often makes work in the background rest for seconds
        order, event = uuid4().hex, uuid4().hex
        bought = {**payloads.purchase(order, DICE), "fulfilled_on": "2024-05-11"}
        consent = payloads.consent(event, {"id": person["id"]}, DICE)
        answers = await two.both(("webshop", "PUT", path + order, bought), ("webshop", "POST", "/v1/consents", consent))
        statuses += [answer.status for answer in answers]
        if statuses[-2:] == [410, 410]:
            break
    assert set(statuses) <= {200, 201, 410}
    assert statuses[-2:] == [410, 410]


async def test_a_token_and_a_definition_are_over_in_every_process_at_once(two: Two) -> None:
    """What one process was told, the next statement of the other knows, although it remembers both for seconds."""
    person = await two.person()
    path = f"/v1/customers/{person['id']}"
    before = await two.both(*[("webshop", "GET", path, None)] * 2)
    register = (await two.ask(0, "owner", "GET", "/v1/register")).body
    clients = (await two.ask(0, "owner", "GET", "/v1/api-clients")).body["items"]
    shop = next(client for client in clients if client["name"] == "webshop")
    gone = await two.ask(0, "owner", "DELETE", f"/v1/api-clients/{shop['id']}")
    after = await two.both(*[("webshop", "GET", path, None)] * 2)

    assert [answer.status for answer in before] == [200, 200]
    assert register["version"] == 1
    assert gone.status < 300
    assert [answer.status for answer in after] == [401, 401]
