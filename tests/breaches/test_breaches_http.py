"""The breach register over HTTP: from report to closing, on both databases (Art. 33, 34)."""

from typing import Any

import pytest

from tests.breaches.calls import CONTENT, HIGH, LESSONS, NONE, RISK, Register, breach, notification
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_a_breach_from_report_to_closing(world: World, register: Register, call: Caller) -> None:
    """Reported by the desk, assessed, told in two phases, assessed anew, closed; the trail holds all of it."""
    made = await register.reports("admin")
    number = made["number"]
    assert (number, made["state"], made["authority"], made["persons"]) == (
        "B-2026-0001",
        "open",
        "notify",
        "assess_first",
    )
    clock = made["clock"]
    assert (clock["due_at"], clock["target_at"]) == ("2026-11-23T14:00:00Z", "2026-11-23T13:30:00Z")
    assert (clock["hours"], clock["hours_left"], clock["runs"], clock["overdue"]) == (72, 5, True, False)
    assert made["open"] == ["notification", "assessment"]

    await register.posts(number, "assessments", RISK)
    partly = {**CONTENT, "measures": None}
    refused = await register.posts(number, "notifications", notification(content=partly), expect=422)
    assert (refused["code"], refused["reason"]) == ("notification-refused", "part_missing")
    told = await register.posts(number, "notifications", notification(content=partly, later_because="Not decided yet."))
    assert (told["authority"], told["missing"], told["open"]) == ("notified", ["33(3)(d)"], ["content"])
    assert (await register.posts(number, "closing", LESSONS, expect=409))["open"] == ["content"]

    world.later(days=2)
    rest = {"sent_at": world.now.isoformat(), "content": {"measures": CONTENT["measures"]}}
    whole = await register.posts(number, "notifications", rest)
    assert (whole["authority"], whole["missing"], whole["open"]) == ("notified", [], [])
    again = await register.posts(number, "assessments", NONE)
    assert [one["outcome"] for one in again["assessments"]] == ["risk", "none"]
    closed = await register.posts(number, "closing", LESSONS, expect=200)
    assert (closed["state"], closed["lessons"], closed["clock"]["runs"]) == ("closed", LESSONS["lessons"], False)
    kinds = [event["kind"] for event in closed["timeline"]]
    assert kinds == ["reported", "assessed", "notified", "notified_further", "assessed", "closed"]
    for what, body in (("assessments", RISK), ("notifications", notification()), ("closing", LESSONS)):
        assert (await register.posts(number, what, body, expect=409))["code"] == "breach-closed"
    opened = await register.posts(number, "reopening", {"reason": "More letters turned up."}, expect=200)
    assert (opened["state"], opened["closed_at"], opened["timeline"][-1]["kind"]) == ("open", None, "reopened")
    audited = await world.rows("SELECT action FROM audit_events WHERE entity = 'breach' AND outcome = 'done'")
    assert {row.action for row in audited} == {"report", "assess", "notify", "close", "reopen"}


async def test_late_needs_reasons_and_no_risk_needs_no_notification(world: World, register: Register) -> None:
    """At the very end of the period the reasons become due; a breach without risk is recorded and closed."""
    number = (await register.reports())["number"]
    world.later(hours=5)
    overdue = await register.reads(number)
    assert (overdue["clock"]["hours_left"], overdue["clock"]["overdue"]) == (0, True)
    late = notification("2026-11-23T16:00:00+02:00")
    refused = await register.posts(number, "notifications", late, expect=422)
    assert refused["reason"] == "late_without_reasons"
    told = await register.posts(number, "notifications", {**late, "delay_reasons": "The mail server was down."})
    assert (told["authority"], told["clock"]["runs"], told["clock"]["overdue"]) == ("notified_late", False, False)

    harmless = (await register.reports())["number"]
    assessed = await register.posts(harmless, "assessments", NONE)
    assert (assessed["authority"], assessed["persons"], assessed["open"]) == ("record_only", "nobody", [])
    assert not assessed["clock"]["runs"]
    graver = await register.posts(harmless, "assessments", RISK)
    assert (graver["authority"], graver["clock"]["runs"]) == ("notify", True)
    contradicts = {**NONE, "likelihood": "likely"}
    assert (await register.posts(harmless, "assessments", contradicts, expect=422))["reason"] == "below_own_findings"


async def test_what_is_found_out_is_added(world: World, register: Register, call: Caller) -> None:
    """By If-Match; the clock follows the instant of awareness; the timeline keeps former facts, never former texts."""
    made = await register.reports()
    path = f"/v1/breaches/{made['number']}"
    earlier = {"aware_at": "2026-11-19T15:30:00+02:00", "what_happened": "Letters were mixed up.", "people_about": 12}
    assert (await call("dpo", "PATCH", path, earlier)).status_code == 428
    assert (await call("dpo", "PATCH", path, earlier, If_Match='"99"')).status_code == 412
    tag = (await call("dpo", "GET", path)).headers["etag"]
    changed = await call("dpo", "PATCH", path, earlier, expect=200, If_Match=tag)
    assert (changed["clock"]["due_at"], changed["people_about"]) == ("2026-11-22T14:00:00Z", 12)
    assert changed["clock"]["overdue"]
    details = changed["timeline"][-1]["details"]
    assert details["members"] == ["aware_at", "people_about", "what_happened"]
    assert details["former"] == {"aware_at": "2026-11-20T13:30:00+00:00", "people_about": 10}
    by_mailchimp = {"processor": "Mailchimp (USA)", "processor_told_at": "2026-11-18T10:00:00Z"}
    refused = await call("dpo", "PATCH", path, by_mailchimp, expect=422, If_Match="*")
    assert refused["errors"][0]["pointer"] == "#/aware_at"  # it was told before the instant that it gives
    named = await call("dpo", "PATCH", path, {**by_mailchimp, "aware_at": "2026-11-18T10:00:00Z"}, If_Match="*")
    assert named.json()["processor"] == "mailchimp"
    with_rows = await world.rows("SELECT details FROM breach_events WHERE kind = 'changed'")
    assert not [row for row in with_rows if "envelopes" in str(row.details)]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"aware_at": "2026-11-23T12:00:00Z"}, "#/aware_at"),
    ({"occurred_at": "2026-11-23T12:00:00Z"}, "#/occurred_at"),
    ({"data_categories": ["shoe_size"]}, "#/data_categories/0"),
    ({"processor": "Nobody Ltd"}, "#/processor"),
    ({"case_number": "2026-99999"}, "#/case_number"),
    ({"natures": []}, "#/natures"),
    ({"what_happened": "Of 131052-308T all was sent."}, "#/what_happened"),
    ({"people_about": -1}, "#/people_about"),
]


async def test_bad_input_changes_nothing(world: World, call: Caller) -> None:
    """A clear problem that names the member; identity codes are refused in every text."""
    for members, pointer in BAD:
        refused = await call("admin", "POST", "/v1/breaches", breach(**members), expect=422)
        assert [error["pointer"] for error in refused["errors"]] == [pointer]
        assert not await world.rows("SELECT 1 FROM breaches"), pointer


async def test_the_list_runs_by_the_clock(world: World, register: Register, call: Caller) -> None:
    """Open and closed, by the end of the period, page after page; what an admin reports an admin does not list."""
    second = await register.reports("admin", aware_at="2026-11-22T10:00:00Z")
    first = await register.reports("accountant")
    closed = await register.reports()
    await register.posts(closed["number"], "assessments", NONE)
    await register.posts(closed["id"], "closing", LESSONS, expect=200)

    page = await call("dpo", "GET", "/v1/breaches?open=true&limit=1", expect=200)
    rest = await call("dpo", "GET", f"/v1/breaches?open=true&limit=1&cursor={page['next']}", expect=200)
    assert [row["id"] for row in page["items"] + rest["items"]] == [first["id"], second["id"]]
    assert rest["next"] is None
    urgent = await call("owner", "GET", "/v1/breaches?open=true&due_before=2026-11-24T00:00:00Z", expect=200)
    assert [(row["number"], row["hours_left"]) for row in urgent["items"]] == [(first["number"], 5)]
    done = await call("dpo", "GET", "/v1/breaches?open=false", expect=200)
    assert [(row["state"], row["clock_runs"]) for row in done["items"]] == [("closed", False)]
    assert len((await call("dpo", "GET", "/v1/breaches", expect=200))["items"]) == 3
    assert (await call("admin", "GET", "/v1/breaches")).status_code == 403


async def test_a_retried_report_is_one_breach(world: World, call: Caller, register: Register) -> None:
    """Idempotency-Key: the same breach, the same number; so with assessments."""
    made = [await call("admin", "POST", "/v1/breaches", breach(), expect=201, Idempotency_Key="k-1") for _ in "12"]
    assert made[0]["id"] == made[1]["id"]
    path = f"/v1/breaches/{made[0]['id']}/assessments"
    both = [await call("dpo", "POST", path, HIGH, expect=201, Idempotency_Key="k-2") for _ in "12"]
    assert [len(one["assessments"]) for one in both] == [1, 1]
