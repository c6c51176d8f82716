"""The file of a request: everything that happened, kept after closing without what was erased, then gone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.subject_requests import schemas
from app.wire import In
from tests.subject_requests.people import DECISION, Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

ASKED = {"step": "asked", "reason": "The address is not the one held.", "asked_for": "The order number."}
KNOWN = {"step": "sufficient", "level": "substantial", "how": "Named the order."}
FILE = ("identity_checks", "decisions", "envelopes", "request_events", "subject_requests")
HETU = "The card says 131052-308T."
"""A valid personal identity code of nobody, as the authority prints it in its own examples."""


async def closed(desk: Desk, call: Caller, world: World) -> str:
    """An erasure from receipt to the last answer; the case number."""
    request = await desk.asks("erasure", await desk.person(), details="Please forget me, Aino Esimerkki1.")
    case: str = request["case_number"]
    path = f"/v1/subject-requests/{case}"
    await call("admin", "POST", f"{path}/identity-checks", ASKED, expect=200)
    await call("admin", "POST", f"{path}/identity-checks", KNOWN, expect=200)
    await desk.decides(case)
    world.later(minutes=1)
    assert await world.run_due() == 1
    told = [envelope["addressee"] for envelope in (await desk.reads(case))["envelopes"]]
    answers = [{"addressee": name, "outcome": "acknowledged"} for name in told if name != "letter"]
    done = {"recipients": answers, "letter_sent_on": "2026-11-23"}
    await call("dpo", "POST", f"{path}/completion", done, expect=200)
    return case


async def timeline(call: Caller, case: str, limit: int) -> list[dict[str, Any]]:
    """Page after page."""
    path, events = f"/v1/subject-requests/{case}/timeline?limit={limit}", []
    following: str | None = ""
    while following is not None:
        page = await call("admin", "GET", f"{path}&cursor={following}" if following else path, expect=200)
        events += page["items"]
        following = page["next"]
    return events


async def test_everything_that_happened_stays_without_what_was_erased(desk: Desk, call: Caller, world: World) -> None:
    """In order, whoever did it, in pages as in one; of the person's own words nothing."""
    case = await closed(desk, call, world)
    events = await timeline(call, case, 3)
    whole = await desk.reads(case)

    kinds = [event["kind"] for event in events]
    answered = [kind for kind in kinds if kind == "recipient_answered"]
    assert kinds == [
        *("received", "letter_issued", "identity_asked", "letter_issued", "identity_known", "reviewed", "decided"),
        *("executed", "letter_issued"),
        *answered,
        *("letter_sent", "completed"),
    ]
    assert events == whole["timeline"]
    assert (whole["state"], whole["details"], whole["claimed_identity"]) == ("completed", None, None)
    kept = [str(await world.rows(f"SELECT * FROM {table}")) for table in FILE]
    assert not any("Esimerkki" in rows or "aino1@" in rows for rows in kept)


async def test_the_file_is_deleted_when_its_period_ends(desk: Desk, call: Caller, world: World) -> None:
    """Three years after closing for Lumicos; a day before that all of it is there, a day after nothing."""
    case = await closed(desk, call, world)
    world.now = datetime(2029, 11, 22, 12, tzinfo=UTC)
    await world.sweep()
    there = await timeline(call, case, 200)
    world.later(days=2)
    swept = await world.sweep()
    path = f"/v1/subject-requests/{case}"

    assert len(there) >= 8
    assert swept.rows["request_files"] == 1
    for gone in (path, f"{path}/timeline"):
        assert (await call("admin", "GET", gone, expect=404))["code"] == "request-not-found"
    assert [await world.rows(f"SELECT * FROM {table}") for table in FILE] == [[]] * len(FILE)


async def test_the_file_stays_while_its_restriction_stands(desk: Desk, call: Caller, world: World) -> None:
    """Without its case nobody could lift it (Art. 18(3)): it goes with the first sweep after the lifting."""
    person = await desk.person(interaction={"kind": "purchase", "occurred_at": "2026-11-01T10:00:00Z"})
    case = (await desk.asks("restriction", person, restriction_ground="18(1)(c)"))["case_number"]
    waiting = (await desk.decides(case, outcome="granted"))["open"]
    path = f"/v1/subject-requests/{case}"
    told = [name.removeprefix("recipient:") for name in waiting if name.startswith("recipient:")]
    answers = [{"addressee": name, "outcome": "acknowledged"} for name in told]
    sent = {"letter_sent_on": "2026-11-23", "recipients": answers}
    done = await call("dpo", "POST", f"{path}/completion", sent, expect=200)
    world.now = datetime(2031, 1, 7, 12, tzinfo=UTC)
    before = (await world.sweep()).rows.get("request_files")
    lift = {"reason": "The claim has been settled.", "told_on": "2031-01-07", "how": "letter"}
    await call("dpo", "POST", f"{path}/restriction-lift", lift, expect=200)
    after = (await world.sweep()).rows.get("request_files")

    assert done["state"] == "completed"
    assert (before or 0, after) == (0, 1)
    await call("admin", "GET", path, expect=404)


RECEIVED = {
    "right": "access",
    "claimed_identity": {"name": "Eino"},
    "channel": "post",
    "received_at": "2026-03-02T10:00:00Z",
}
FREE_TEXT: list[tuple[type[In], dict[str, Any], str]] = [
    (schemas.RequestNew, RECEIVED, "details"),
    (schemas.IdentityCheckIn, ASKED, "reason"),
    (schemas.IdentityCheckIn, ASKED, "asked_for"),
    (schemas.IdentityCheckIn, KNOWN, "how"),
    (schemas.ExtensionIn, {"notice_sent_on": "2026-03-02"}, "reason"),
    (schemas.DecisionIn, DECISION, "reasoning"),
    (schemas.Identity, {"level": "high"}, "how"),
    (schemas.Representative, {"name": "Eino", "role": "guardian"}, "evidence_seen"),
    (schemas.WithdrawalIn, {}, "note"),
    (schemas.RecipientOutcome, {"addressee": "mailchimp", "outcome": "refused"}, "reason"),
]


@pytest.mark.parametrize(("model", "sent", "member"), FREE_TEXT)
def test_no_text_takes_what_an_identity_card_says(model: type[In], sent: dict[str, Any], member: str) -> None:
    """Evidence is described, never stored: an identity code is refused in every text of a request."""
    adapter = TypeAdapter(model)
    adapter.validate_python({**sent, member: "An identity card was shown and given back."})
    with pytest.raises(ValidationError, match="personal identity code"):
        adapter.validate_python({**sent, member: HETU})
