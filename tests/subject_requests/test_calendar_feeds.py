"""Calendars of deadlines: what a calendar program reads, who may, and what it never says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from app.auth.failures import Failures
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PERSON = {"name": "Eino Esimerkki", "email": "eino@example.com"}


async def feed(call: Caller, role: str = "dpo", **members: Any) -> dict[str, Any]:
    made: dict[str, Any] = await call(role, "POST", "/v1/calendar-feeds", members, expect=201)
    return made


def path_of(made: dict[str, Any]) -> str:
    return httpx.URL(made["url"]).path


async def events(api: httpx.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    """The events that the file holds, by case number, read as a calendar program would."""
    answer = await api.get(path_of(made))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    file: Any = Calendar.from_ical(answer.content)
    assert (file["version"], str(file["prodid"])) == ("2.0", "-//Seloste//Deadlines//EN")
    assert not file.errors
    return {str(event["summary"]).partition(",")[0]: event for event in file.events}


async def test_open_deadlines_are_all_day_events(
    desk: Desk, call: Caller, api: httpx.AsyncClient, world: World
) -> None:
    """On the due date, with reminders; the same UID and a higher sequence when it moves; closed ones vanish."""
    case = await desk.asks("access", claimed_identity=PERSON, details="I am Eino Esimerkki.")
    other = await desk.asks("erasure", claimed_identity=PERSON)
    made = await feed(call)
    first = await events(api, made)
    told = {"reason": "Many records.", "notice_sent_on": "2026-11-23"}
    await call("dpo", "POST", f"/v1/subject-requests/{case['id']}/extension", told, expect=200)
    await call("admin", "POST", f"/v1/subject-requests/{other['id']}/withdrawal", {}, expect=200)
    second = await events(api, made)

    number = case["case_number"]
    before, after = first[number], second[number]
    assert (set(first), set(second)) == ({number, other["case_number"]}, {number})
    assert (before.start, before.end - before.start) == (date(2026, 12, 22), timedelta(days=1))
    assert after.start == date(2027, 2, 22)
    assert str(before["summary"]) == f"{number}, tarkastuspyyntö: 29 pv jäljellä"
    assert (before["uid"], str(before["uid"])) == (after["uid"], case["id"])
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt == datetime(2026, 11, 23, 9, tzinfo=UTC)
    triggers = [alarm["trigger"].dt for alarm in before.walk("VALARM")]
    assert triggers == [timedelta(days=-7, hours=9), timedelta(days=-1, hours=9)]


async def test_it_never_says_who_asked(desk: Desk, call: Caller, api: httpx.AsyncClient) -> None:
    """Case number, right and dates; no name, address or word of the person, and not their id."""
    person = await desk.person()
    await desk.asks("erasure", person, details="I am Aino, forget me.", representative=None)
    file = (await api.get(path_of(await feed(call)))).text.replace("\r\n ", "")

    for secret in ("Aino", "aino1", "Koetie", "forget", person, "100 0001"):
        assert secret not in file


async def test_days_that_are_left_follow_the_clock(
    desk: Desk, call: Caller, api: httpx.AsyncClient, world: World
) -> None:
    """A new day makes a new file; on the due date it is due today, after it overdue; a pause moves the event."""
    case = await desk.asks("access", claimed_identity=PERSON)
    number, made = case["case_number"], await feed(call)
    asked = {"step": "asked", "reason": "Two people of that name.", "asked_for": "The order number."}
    said = []
    for days in (0, 29, 1):
        world.later(days=days)
        said.append(str((await events(api, made))[number]["summary"]).rpartition(": ")[2])
    world.now -= timedelta(days=30)
    await call("admin", "POST", f"/v1/subject-requests/{number}/identity-checks", asked, expect=200)
    world.later(days=10)
    paused = (await events(api, made))[number]

    assert said == ["29 pv jäljellä", "määräpäivä tänään", "1 pv myöhässä"]
    assert paused.start == date(2027, 1, 4)  # ten days, past New Year's Day and the weekend
    assert "keskeytynyt" in str(paused["description"])


async def test_a_program_that_has_the_file_is_told_so(desk: Desk, call: Caller, api: httpx.AsyncClient) -> None:
    """304 for its ETag, also among others and weak; a whole file for another one."""
    await desk.asks("access", claimed_identity=PERSON)
    path = path_of(await feed(call))
    etag = (await api.get(path)).headers["etag"]
    same = [await api.get(path, headers={"If-None-Match": told}) for told in (etag, f'"x", W/{etag}', "*")]
    other = await api.get(path, headers={"If-None-Match": '"x"'})

    assert [(answer.status_code, answer.content) for answer in same] == [(304, b"")] * 3
    assert same[0].headers["etag"] == etag
    assert same[0].headers["cache-control"] == "private, no-cache"
    assert other.status_code == 200


async def test_a_calendar_of_one_person(desk: Desk, call: Caller, api: httpx.AsyncClient) -> None:
    """What they are in charge of and what they substitute in."""
    cases = [await desk.asks("access", claimed_identity=PERSON) for _ in range(3)]
    for case, sent in zip(cases, ({"person_in_charge": "Ada"}, {"substitute": "Ada"}, {}), strict=True):
        path = f"/v1/subject-requests/{case['id']}"
        await call("admin", "PATCH", path, sent, expect=200, If_Match="*")
    hers = await events(api, await feed(call, person="Ada"))

    assert set(hers) == {cases[0]["case_number"], cases[1]["case_number"]}


async def test_an_address_is_shown_once_and_withdrawn_for_good(
    call: Caller, api: httpx.AsyncClient, world: World
) -> None:
    """Only a hash is stored; a repeated key shows no address; one's own are listed, and to the owner everybody's."""
    made = await call("dpo", "POST", "/v1/calendar-feeds", {}, expect=201, Idempotency_Key="feed-1")
    again = await call("dpo", "POST", "/v1/calendar-feeds", {}, expect=201, Idempotency_Key="feed-1")
    admins = await feed(call, "admin")
    lists = {role: await call(role, "GET", "/v1/calendar-feeds", expect=200) for role in ("dpo", "admin", "owner")}
    not_theirs = await call("admin", "DELETE", f"/v1/calendar-feeds/{made['id']}")
    before = await api.get(path_of(made))
    await call("dpo", "DELETE", f"/v1/calendar-feeds/{made['id']}", expect=204)
    after = await api.get(path_of(made))
    token = path_of(made).rpartition("/")[2].removesuffix(".ics")

    assert (again["id"], again["url"]) == (made["id"], None)
    assert [len(lists[role]["items"]) for role in ("dpo", "admin", "owner")] == [1, 1, 2]
    assert not_theirs.status_code == 404
    assert (before.status_code, after.status_code, after.json()["code"]) == (200, 404, "calendar-feed-not-found")
    assert token not in str(await world.rows("SELECT * FROM calendar_feeds"))
    assert (await api.get(path_of(admins))).status_code == 200


async def test_who_cannot_sign_in_any_more_has_no_calendar(call: Caller, api: httpx.AsyncClient, world: World) -> None:
    """Withdrawing an API client ends its calendars with it."""
    made = await feed(call)
    assert (await api.get(path_of(made))).status_code == 200
    await call("owner", "DELETE", f"/v1/api-clients/{made['client_id']}", expect=204)
    assert (await api.get(path_of(made))).status_code == 404


async def test_guessing_is_slowed_down(call: Caller, api: httpx.AsyncClient, world: World) -> None:
    """Wrong addresses count against whoever asks, as those of invitations do; then even a good one must wait."""
    world.app.state.link_failures = Failures(3)
    path = path_of(await feed(call))
    guesses = [(await api.get(f"/calendars/{'x' * 30}{n}.ics")).status_code for n in range(4)]
    good = await api.get(path)

    assert guesses == [404, 404, 404, 429]
    assert (good.status_code, good.json()["code"]) == (429, "too-many-failures")
    assert int(good.headers["retry-after"]) > 0
