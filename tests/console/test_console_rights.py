"""The forms of the other rights: an objection is weighed, a restriction ends, letters go out, a notification again."""

import pytest
from sqlalchemy import update

from app.notifications.tables import notifications
from app.policy.notifications import Progress
from tests.console.browsing import DECIDED, Browser, check
from tests.subject_requests.people import Desk
from tests.subject_requests.test_rights_objection import person_of, plans, weighing
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_an_objection_is_weighed_purpose_by_purpose(browser: Browser, desk: Desk, world: World) -> None:
    """Each purpose has its fields and its dry run; a rejection without grounds is refused, and says what it lacks."""
    await plans(world)
    case = (await desk.asks("objection", await person_of(desk)))["case_number"]
    path = f"/console/requests/{case}"
    page = await browser.open(path)
    assert "Planning of opening hours" in page.text
    assert "further data" in page.text  # what the dry run is about
    purposes = [str(at["value"]) for at in page.named("input") if str(at.get("name")).endswith("-purpose")]
    tests = {
        "planning": weighing("planning", "upheld"),
        "legal_claims": weighing("legal_claims", "rejected", legal_claims="A claim about a course is open."),
    }
    assert set(purposes) == set(tests)
    sent = DECIDED | {"outcome": "partly_granted"}
    for number, purpose in enumerate(purposes):
        sent |= {f"balancing-{number}-{name}": value for name, value in tests[purpose].items()}
    unproved = sent | {f"balancing-{purposes.index('legal_claims')}-legal_claims": ""}
    check(await browser.send(f"{path}/decision", unproved, status=422), 422)
    await browser.send(f"{path}/decision", sent)
    matter = (await desk.reads(case))["matter"]
    assert {one["purpose"]: one["outcome"] for one in matter["balancing"]} == {
        "planning": "upheld",
        "legal_claims": "rejected",
    }
    await browser.open(path)


async def test_a_restriction_ends_after_its_letter(browser: Browser, desk: Desk, world: World) -> None:
    """Refused: what is still to do says so; the letter tells the person, then the restriction ends."""
    case = (await desk.asks("restriction", await desk.person(), restriction_ground="18(1)(c)"))["case_number"]
    path = f"/console/requests/{case}"
    await browser.open(path)
    await browser.send(f"{path}/decision", DECIDED | {"outcome": "refused", "refusal_ground": "conditions_not_met"})
    page = await browser.open(path)
    assert "the end of the restriction" in page.text
    letter = {"kind": "restriction_lifted", "lifted_on": "2026-11-24", "reasons": "The claim was settled."}
    await browser.send(f"{path}/letters", letter)
    assert "restriction ends" in (await browser.open(path)).text
    told = {"reason": "The claim was settled.", "told_on": "2026-11-24", "how": "letter"}
    check(await browser.send(f"{path}/restriction-lift", told, status=409), 409)
    await browser.send(f"{path}/restriction-lift", told | {"told_on": "2026-11-23"})
    page = await browser.open(f"{path}?done=lifted")
    assert "The restriction has ended." in page.text
    assert "the end of the restriction" not in page.text


async def test_a_notification_is_tried_again_and_an_answer_is_written_anew(
    browser: Browser, desk: Desk, call: Caller, world: World
) -> None:
    """What has failed says why and goes out again; the outcome's letter is issued once more while it is open."""
    person = await desk.person()
    await desk.buys(person, "2025-05-10")
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    told = [one["notification_id"] for one in (await desk.reads(case))["envelopes"] if one["notification_id"]]
    failed = update(notifications).values(state="failed", waiting="http_400", next_at=None)
    await world.db.write(lambda c: c.execute(failed))
    assert "the recipient's service answered 400" in (await browser.open("/console/notifications")).text
    path = f"/console/notifications/{told[0]}"
    assert "could not be sent" in (await browser.open(path)).text
    await browser.send(f"{path}/retry")
    read = await call("dpo", "GET", f"/v1/notifications/{told[0]}", expect=200)
    assert (read["state"], read["waiting"]) == (Progress.QUEUED, None)
    assert "goes out at once" in (await browser.open(f"{path}?done=retried")).text

    links = [link.get("href") for link in (await browser.open(f"/console/requests/{case}")).named("a")]
    assert f"/console/breaches/new?case={case}" in links  # whatever was erased wrongly
    before = len((await call("dpo", "GET", f"/v1/subject-requests/{case}/letters", expect=200))["items"])
    await browser.send(f"/console/requests/{case}/letters", {"kind": "outcome"})
    letters = (await call("dpo", "GET", f"/v1/subject-requests/{case}/letters", expect=200))["items"]
    assert [one["kind"] for one in letters[before:]] == ["partial"]
