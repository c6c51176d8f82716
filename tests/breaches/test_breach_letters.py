"""Letters to the people affected: one each in their language, printed with the name, recorded as sent; and notices."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.breaches.calls import CONTENT, HIGH, LESSONS, Register, notification
from tests.subject_requests.people import Desk, customer
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio

SWEDISH = {"language": "sv", "content": {**CONTENT, "nature": "Brev hamnade i fel kuvert."}}
ENGLISH = {"language": "en", "content": CONTENT, "advice": "Beware of calls from strangers."}


async def keys_of(call: Caller, number: str) -> dict[str | None, dict[str, Any]]:
    """Everybody listed, by customer."""
    listed = (await call("dpo", "GET", f"/v1/breaches/{number}/people", expect=200))["items"]
    return {one["customer_id"]: one for one in listed}


async def shown(api: httpx.AsyncClient, path: str) -> httpx.Response:
    """What the officer sees there."""
    answer = await api.get(path, headers={"Authorization": f"Bearer {TOKENS['dpo']}"})
    assert answer.status_code == 200, answer.text
    return answer


async def affected(desk: Desk, register: Register, call: Caller) -> tuple[str, list[str], list[str]]:
    """A grave breach, two people affected, and their keys with that of somebody who is not in the register."""
    swede = await desk.person(1, language="sv")
    briton = await desk.person(2, name="Letters Esimerkki", language="en")  # a name that is a word of the letter
    number = (await register.reports())["number"]
    await register.posts(number, "notifications", notification())
    await register.posts(number, "assessments", HIGH)
    everybody = {"customers": [{"id": swede}, {"id": briton}], "subject_keys": [str(uuid4())]}
    await register.posts(number, "people", everybody, expect=200)
    people = await keys_of(call, number)
    return number, [swede, briton], [people[who]["subject_key"] for who in (swede, briton, None)]


async def test_letters_are_issued_once_in_the_persons_language(
    world: World, desk: Desk, register: Register, call: Caller, api: httpx.AsyncClient
) -> None:
    """All or none, nameless but on the page, and once: by Idempotency-Key, and because the words are the same."""
    number, people, keys = await affected(desk, register, call)
    assert (await register.posts(number, "letters", {"subject_keys": keys}, expect=409))["code"] == "no-communication"
    for words in (SWEDISH, ENGLISH):
        await register.posts(number, "communications", words)
    unlisted = await register.posts(number, "letters", {"subject_keys": [keys[0], str(uuid4())]}, expect=422)
    assert unlisted["errors"] == [{"detail": "names somebody who is not listed", "pointer": "#/subject_keys/1"}]
    assert not await world.rows("SELECT 1 FROM letters")

    path, to = f"/v1/breaches/{number}/letters", {"subject_keys": keys}
    both = [await call("dpo", "POST", path, to, expect=201, Idempotency_Key="letters-1") for _ in "12"]
    assert both[0] == both[1]
    assert (both[0]["letters"], both[0]["without"]) == (["K-2026-000001", "K-2026-000002"], keys[2:])
    assert (await register.posts(number, "letters", to))["letters"] == []
    letters = [await call("dpo", "GET", f"/v1/letters/{one}", expect=200) for one in both[0]["letters"]]
    for letter, who, language in zip(letters, people, ("sv", "en"), strict=True):
        assert (letter["kind"], letter["case_number"], letter["request_id"]) == ("breach_notice", number, None)
        assert (letter["customer_id"], letter["language"], letter["state"]) == (who, language, "ready")
    assert "Brev hamnade i fel kuvert." in letters[0]["text"]
    assert "What you can do yourself\n\nBeware of calls" in letters[1]["text"]
    assert CONTENT["nature"] in letters[1]["text"]
    page = (await shown(api, f"/v1/letters/{letters[0]['number']}/page")).text
    assert "Aino Esimerkki1<br>Koetie 1<br>33200 Tampere" in page
    assert (await shown(api, f"/v1/letters/{letters[0]['number']}/document")).content.startswith(b"%PDF")

    rows = await world.rows(
        "SELECT s.event_id FROM audit_subjects s JOIN audit_events e ON e.id = s.event_id "
        "WHERE e.action = 'issue_letters'"
    )
    assert len(rows) == 2
    assert not [row for row in await world.rows("SELECT content FROM letters") if "Esimerkki" in str(row)]


async def test_a_letter_that_has_left_has_told_the_person(
    world: World, desk: Desk, register: Register, call: Caller
) -> None:
    """In the letter's words, through the breach and not as an answer to a request; then the breach can be closed."""
    number, people, keys = await affected(desk, register, call)
    for words in (SWEDISH, ENGLISH):
        await register.posts(number, "communications", words)
    letters = (await register.posts(number, "letters", {"subject_keys": keys}))["letters"]
    as_answer = {"sent_on": "2026-11-23", "means": "post"}
    refused = await call("dpo", "POST", f"/v1/letters/{letters[0]}/delivery", as_answer, expect=409)
    assert (refused["code"], refused["breach"]) == ("letter-of-breach", number)
    left = {"letters": letters, "at": world.now.isoformat(), "channel": "post"}
    world.later(hours=1)
    other = (await register.reports())["number"]
    foreign = await register.posts(other, "letters/deliveries", left, expect=422)
    assert foreign["errors"][0]["pointer"] == "#/letters/0"
    before = {**left, "at": "2026-11-23T08:00:00Z"}
    assert (await register.posts(number, "letters/deliveries", before, expect=422))["errors"][0]["pointer"] == "#/at"
    told = await register.posts(number, "letters/deliveries", left, expect=200)
    assert (told["people"]["told"], told["open"]) == (2, ["people_untold"])
    again = await register.posts(number, "letters/deliveries", left, expect=409)
    assert (again["code"], again["letter"]) == ("letter-delivered", "K-2026-000001")
    after = await keys_of(call, number)
    said = {notice["language"]: notice["id"] for notice in told["notices"] if notice["audience"] == "persons"}
    assert [(after[who]["state"], after[who]["channel"], after[who]["notice_id"]) for who in people] == [
        ("told", "post", said["sv"]),
        ("told", "post", said["en"]),
    ]
    assert (await call("dpo", "GET", f"/v1/letters/{letters[0]}", expect=200))["state"] == "delivered"
    gone = {
        "subject_keys": [keys[2]],
        "outcome": "unreachable",
        "at": left["at"],
        "reason": "No address is left.",
    }
    await register.posts(number, "people/outcomes", gone, expect=200)
    closed = await register.posts(number, "closing", LESSONS, expect=200)
    assert [event["kind"] for event in closed["timeline"][-5:]] == [
        *("communication_written", "letters_issued", "letters_sent", "people_unreachable", "closed"),
    ]
    assert (await register.posts(number, "letters", {"subject_keys": keys}, expect=409))["code"] == "breach-closed"


async def test_newer_words_are_another_letter_and_the_erased_get_none(
    world: World, desk: Desk, register: Register, call: Caller, api: httpx.AsyncClient
) -> None:
    """Whoever is erased before a letter leaves is marked by key; the reported dead get none either."""
    gone, dead = await desk.person(3), await desk.person(4)
    number = (await register.reports())["number"]
    await register.posts(number, "people", {"customers": [{"id": gone}, {"id": dead}]}, expect=200)
    people = await keys_of(call, number)
    keys = {"subject_keys": [people[gone]["subject_key"], people[dead]["subject_key"]]}
    death = {"reported_on": "2026-11-22", "reported_by_role": "relative", "evidence_seen": "Extract of the register."}
    await call("owner", "POST", f"/v1/customers/{dead}/death", death, expect=201)
    await register.posts(number, "communications", ENGLISH)
    first = await register.posts(number, "letters", keys)
    assert (len(first["letters"]), first["without"]) == (1, [people[dead]["subject_key"]])
    await register.posts(number, "communications", {**ENGLISH, "advice": None})
    second = await register.posts(number, "letters", keys)
    assert len(second["letters"]) == 1
    assert second["letters"] != first["letters"]
    newest = await call("dpo", "GET", f"/v1/letters/{second['letters'][0]}", expect=200)
    assert "do yourself" not in newest["text"]

    case = (await desk.asks("erasure", gone))["case_number"]
    await desk.decides(case)
    assert await world.run_due() == 1
    assert (await register.posts(number, "letters", keys))["letters"] == []
    page = (await shown(api, f"/v1/letters/{newest['number']}/page")).text
    assert customer(3)["name"] not in page
    left = {"letters": second["letters"], "at": world.now.isoformat(), "channel": "post"}
    told = await register.posts(number, "letters/deliveries", left, expect=200)
    assert (told["people"]["told"], told["timeline"][-1]["details"]) == (0, {"letters": 1, "people": 0})


async def test_notices_are_pages_and_documents(register: Register, call: Caller, api: httpx.AsyncClient) -> None:
    """To the authority with its address, in each language; to people without one, because nobody is named."""
    number = (await register.reports())["number"]
    path = f"/v1/breaches/{number}/notices"
    assert (await call("dpo", "GET", f"{path}/authority/document")).status_code == 409
    await register.posts(number, "notifications", notification())
    for language, title in (
        ("fi", "Ilmoitus henkilötietojen tietoturvaloukkauksesta"),
        ("sv", "Anmälan om en personuppgiftsincident"),
        ("en", "Notification of a personal data breach"),
    ):
        page = await shown(api, f"{path}/authority/page?language={language}")
        assert f"<h1>{title}</h1>" in page.text
        assert "<br>PL 800<br>00531 Helsinki</p>" in page.text
        assert "33" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    document = await shown(api, f"{path}/authority/document?language=sv")
    assert document.content.startswith(b"%PDF")
    assert document.headers["content-disposition"] == f'inline; filename="{number}-authority.pdf"'
    await register.posts(number, "communications", ENGLISH)
    people = await shown(api, f"{path}/persons/page?language=en")
    assert '<p class="recipient"></p>' in people.text
