"""Rectification (Art. 16): proposed, restricted meanwhile, verified, applied or noted beside the record, told."""

from typing import Any

import pytest

from app.notifications import repository as notifications
from app.subject_requests import envelopes, repository
from app.upkeep.service import clear_files
from tests.processors.calls import disclosure
from tests.subject_requests.people import RECEIVED, Desk, customer, voucher
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

SEEN = "A marriage certificate was shown at the desk."
NEW = {"name": "Aino Uusinimi", "email": "aino.uusi@example.fi"}
LIFT = {"reason": "The data have been corrected.", "told_on": "2026-11-23", "how": "letter"}


def found(*findings: str) -> list[dict[str, str]]:
    """Findings as `about:finding`."""
    pairs = [one.rsplit("=", 1) for one in findings]
    return [{"about": about, "finding": finding, "evidence": SEEN} for about, finding in pairs]


async def sealed(world: World, case: str) -> dict[str, Any]:
    """What is sealed for each recipient, and for the letter."""

    def read(connection: Any) -> dict[str, Any]:
        row = repository.request(connection, case)
        assert row is not None
        keys = world.services.keys
        told = notifications.of_request(connection, row.id)
        recipients = {one.recipient: notifications.content_of(keys, one) for one in told}
        letters = {
            one.addressee: envelopes.opened(connection, keys, row.id)
            for one in envelopes.of_request(connection, row.id)
        }
        return recipients | letters

    return await world.db.read(read)


async def test_a_granted_rectification_changes_what_was_found_right(desk: Desk, call: Caller, world: World) -> None:
    """Restricted at once; the accepted value is applied as a correction, the other noted beside; vouchers stay."""
    person = await desk.person()
    await desk.buys(person, "2026-05-10", voucher=voucher("V-1"))
    await call("mailer", "POST", "/v1/disclosures", disclosure(customer={"id": person}))
    asked = await desk.asks("rectification", person, rectification={"values": NEW, "reason": "Married in May."})
    case = asked["case_number"]
    hidden = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", customer(name="Aino Muu"), expect=200)
    incomplete = await desk.decides(case, 422, outcome="granted", findings=found("name=as_proposed"))
    unfit = await desk.decides(case, 422, outcome="granted", findings=found("name=as_proposed", "email=undecided"))
    stale = await desk.decides(
        case,
        409,
        outcome="partly_granted",
        findings=found("name=as_proposed", "email=undecided"),
        customer_version=9,
    )
    decided = await desk.decides(
        case,
        outcome="partly_granted",
        findings=found("name=as_proposed", "email=undecided"),
        customer_version=1,
    )
    shown = await call("dpo", "GET", f"/v1/customers/{person}", expect=200)
    noted = await call("dpo", "GET", f"/v1/customers/{person}/rectifications", expect=200)
    feed = await world.rows("SELECT kind FROM customer_changes ORDER BY id")
    (printed,) = await world.rows("SELECT buyer_name FROM vouchers")

    assert hidden["state"] == "restricted"
    assert {incomplete["code"], unfit["code"]} == {"request-invalid"}
    assert stale["code"] == "record-changed"
    assert decided["state"] == "executing"
    assert {"letter", "recipient:mailchimp", "restriction_lift"} <= set(decided["open"])
    assert (shown["name"], shown["email"], shown["version"]) == ("Aino Uusinimi", "aino1@example.fi", 2)
    states = {one["about"]: (one["held"], one["proposed"], one["state"]) for one in noted["items"]}
    assert states == {
        "name": ("Aino Esimerkki1", "Aino Uusinimi", "changed"),
        "email": ("aino1@example.fi", "aino.uusi@example.fi", "noted"),
    }
    assert {one["settled_by"] for one in noted["items"]} == {"dpo"}
    assert [one.kind for one in feed] == ["restricted", "rectified"]
    assert printed.buyer_name == "Aino Esimerkki"
    told = await sealed(world, case)
    change = {"about": "name", "was": "Aino Esimerkki1", "is": "Aino Uusinimi"}
    by = {"references": ["webshop c-1"], "email": "aino1@example.fi"}  # by which Mailchimp knows her
    assert told["mailchimp"] == {**by, "changed": [change]}
    assert told["letter"] is None

    waiting = await call("dpo", "GET", f"/v1/customers/{person}/proposals", expect=200)
    assert [one["proposed"] for one in waiting["items"]] == [{"name": "Aino Muu"}]
    path = f"/v1/subject-requests/{case}"
    answers = [{"addressee": name, "outcome": "acknowledged"} for name in told if name != "letter"]
    ended = {"recipients": answers, "letter_sent_on": "2026-11-23"}
    half = await call("dpo", "POST", f"{path}/completion", ended, expect=200)
    assert (half["state"], half["open"]) == ("executing", ["restriction_lift"])
    await clear_files(world.services)
    lifted = await call("dpo", "POST", f"{path}/restriction-lift", LIFT, expect=200)
    assert await world.rows("SELECT 1 FROM erasure_traces WHERE gone_at IS NULL")  # of what the person wrote
    assert (lifted["matter"]["restrictions"][0]["told_on"], lifted["state"]) == ("2026-11-23", "completed")
    assert (await call("webshop", "GET", f"/v1/customers/{person}", expect=200))["name"] == "Aino Uusinimi"


async def test_values_are_those_of_a_correction(desk: Desk, call: Caller) -> None:
    """What no correction could hold is refused on receipt with its place; without values nothing can be granted."""
    person = await desk.person()
    sent = {"right": "rectification", "channel": "phone", "received_at": RECEIVED, "customer": {"id": person}}
    refused: tuple[dict[str, Any], ...] = (
        {"phone": "0"},
        {"name": None},
        {"attributes": {"birthday": "1.1.1990"}},
        {"references": []},
        {},
    )
    for values in refused:
        answer = await call("admin", "POST", "/v1/subject-requests", {**sent, "rectification": {"values": values}})
        assert answer.status_code == 422, values
    case = (await desk.asks("rectification", person))["case_number"]
    nothing = await desk.decides(case, 422, outcome="granted")
    path = f"/v1/subject-requests/{case}/rectification"
    fact = {"about": "purchase", "system": "webshop", "id": "o-1", "statement": "Two were ordered, not three."}
    told = await call("admin", "PUT", path, {"inaccurate": False, "facts": [fact]}, expect=200)
    free = await call("webshop", "GET", f"/v1/customers/{person}", expect=200)
    done = await desk.decides(case, outcome="granted", findings=found("purchase:webshop/o-1=as_proposed"))

    assert nothing["errors"][0]["pointer"] == "#/findings"
    assert [one["about"] for one in told["matter"]["rectification"]] == ["purchase:webshop/o-1"]
    assert free["state"] == "active"  # incomplete is not contested
    assert [one["state"] for one in done["matter"]["rectification"]] == ["supplemented"]
    assert done["open"][0] == "letter"


async def test_what_was_contested_goes_with_the_person(desk: Desk, call: Caller, world: World) -> None:
    """Linked later, refused, noted, and erased with both versions; taken back, nothing of it stays in the file."""
    person = await desk.person()
    asked = await desk.asks("rectification", claimed_identity={"name": "Aino"}, rectification={"values": NEW})
    case = asked["case_number"]
    path = f"/v1/subject-requests/{case}"
    before = asked["matter"]["rectification"][0]["held"]
    linked = await call("admin", "PATCH", path, {"customer": {"id": person}}, expect=200, If_Match="*")
    await desk.decides(
        case,
        outcome="refused",
        refusal_ground="conditions_not_met",
        findings=found("name=as_held", "email=as_held"),
    )
    await call("dpo", "POST", f"{path}/restriction-lift", LIFT, expect=200)
    await call("dpo", "POST", f"{path}/completion", {"letter_sent_on": "2026-11-23"}, expect=200)
    other = await desk.asks("rectification", person, rectification={"values": {"name": "Aino Kolmas"}})
    back = await call("admin", "POST", f"/v1/subject-requests/{other['case_number']}/withdrawal", {}, expect=200)
    rows = await world.rows("SELECT proposed FROM rectifications")
    await call("dpo", "POST", f"/v1/subject-requests/{other['case_number']}/restriction-lift", LIFT, expect=200)
    erasure = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(erasure)
    world.later(minutes=1)
    await world.run_due()

    assert before is None
    assert [one["held"] for one in linked["matter"]["rectification"]] == ["Aino Esimerkki1", "aino1@example.fi"]
    assert (back["matter"]["rectification"], back["open"]) == ([], ["restriction_lift"])
    assert len(rows) == 2
    assert await world.rows("SELECT 1 FROM rectifications") == []


async def test_proposals_are_accepted_or_dismissed_by_a_human(desk: Desk, call: Caller, world: World) -> None:
    """What arrived under restriction waits; accepting applies it with If-Match, and the suppression follows."""
    person = await desk.person()
    await desk.asks("marketing_ban", person)
    case = (await desk.asks("restriction", person, restriction_ground="18(1)(c)"))["case_number"]
    path = "/v1/customers/by-reference/webshop/c-1"
    for email in ("eka@example.fi", "toka@example.fi"):
        await call("webshop", "PUT", path, customer(email=email), expect=200)
    waiting = (await call("dpo", "GET", f"/v1/customers/{person}/proposals", expect=200))["items"]
    first, second = (f"/v1/customers/{person}/proposals/{one['id']}" for one in waiting)
    no_match = await call("dpo", "POST", f"{first}/acceptance")
    service = await call("admin", "POST", f"{first}/acceptance", If_Match='"1"')
    shop = await call("webshop", "DELETE", first)
    taken = await call("dpo", "POST", f"{first}/acceptance", expect=200, If_Match='"1"')
    await call("dpo", "DELETE", second, expect=204)
    again = await call("dpo", "DELETE", second)
    asked = {"purpose": "newsletter", "channel": "email", "subjects": [{"email": "eka@example.fi"}]}
    check = await call("mailer", "POST", "/v1/processing-checks", asked, expect=200)

    assert (no_match.status_code, service.status_code, shop.status_code, again.status_code) == (428, 409, 403, 404)
    assert (taken["email"], taken["version"]) == ("eka@example.fi", 2)
    assert {"marketing_ban", "restricted"} <= {reason["code"] for reason in check["results"][0]["reasons"]}
    assert (await call("dpo", "GET", f"/v1/customers/{person}/proposals", expect=200))["items"] == []
    assert case
