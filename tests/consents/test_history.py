"""State and history as they stand and as they stood; the record to hand out; the wordings shown."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.consents.calls import given, register, states, withdrawn
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
IRIS = Path(__file__).parents[2].parent / "shared" / "specs" / "dpv-2.3-iris.txt"
WORDING = {"id": "spring", "version": 1, "language": "fi", "purpose": "newsletter", "text": "Tilaan uutiskirjeen."}


async def test_as_of_shows_what_had_occurred_and_been_recorded(call: Caller, world: World) -> None:
    """An event counts from when it had both happened and arrived."""
    who = await register(call)
    start = world.now
    await call("booking", "POST", "/v1/consents", given(who, occurred_at="2026-11-01T10:00:00Z"), expect=201)
    world.later(hours=2)
    await call("booking", "POST", "/v1/consents", withdrawn(who, occurred_at="2026-11-23T10:00:00Z"), expect=201)
    world.later(hours=1)

    async def at(instant: str) -> dict[tuple[str, str | None], str]:
        return await states(call, who, as_of=instant)

    assert await at("2026-11-02T10:00:00Z") == {}, "it had happened, but nobody had told us"
    assert await at(start.strftime("%Y-%m-%dT%H:%M:%SZ")) == {("newsletter", "email"): "given"}
    assert await at("2026-11-23T10:30:00Z") == {("newsletter", "email"): "given"}
    assert await at("2026-11-23T11:00:00Z") == {("newsletter", "email"): "withdrawn"}
    assert await states(call, who) == {("newsletter", "email"): "withdrawn"}


async def test_as_of_shows_the_suppression_of_then(call: Caller, world: World) -> None:
    """`suppressed_since` belongs to the instant asked about."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who, occurred_at="2026-11-01T10:00:00Z"), expect=201)
    before = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    world.later(hours=1)
    await call("booking", "POST", "/v1/consents", withdrawn(who, occurred_at="2026-11-23T09:30:00Z"), expect=201)
    path = f"/v1/customers/{who}/consents"
    then = await call("admin", "GET", f"{path}?as_of={before}", expect=200)
    now = await call("admin", "GET", f"{path}?as_of={world.now.strftime('%Y-%m-%dT%H:%M:%SZ')}", expect=200)

    assert then["states"][0]["suppressed_since"] is None
    assert now["states"][0]["suppressed_since"] == "2026-11-23T09:30:00Z"


@pytest.mark.parametrize("as_of", ["2026-11-22T10:00:00", "yesterday", "2030-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
async def test_as_of_must_be_a_past_instant_with_a_zone(call: Caller, as_of: str) -> None:
    """422, and the value is not repeated."""
    who = await register(call)
    answer = await call("admin", "GET", f"/v1/customers/{who}/consents?as_of={as_of}")
    assert (answer.status_code, as_of in answer.text) == (422, False)


async def test_history_names_wording_and_language(call: Caller, world: World) -> None:
    """What the person saw can be proved (Art. 7(1)); reading it leaves one audit row."""
    who = await register(call)
    wording = {"id": "newsletter", "version": 1, "language": "sv"}
    sent = given(who, wording=wording, evidence={"control": "box"})
    await call("booking", "POST", "/v1/consents", sent, expect=201)
    read = await call("booking", "GET", f"/v1/customers/{who}/consents", expect=200)
    audit = await world.rows("SELECT 1 FROM audit_events WHERE entity = 'consent' AND action = 'read'")

    assert (read["states"][0]["wording"], read["history"][0]["wording"]) == (wording, wording)
    assert read["history"][0]["evidence"] == {"control": "box"}
    assert len(audit) == 1
    await call("webshop", "GET", f"/v1/customers/{who}/consents", expect=404)


async def test_a_wording_is_immutable(call: Caller) -> None:
    """The same again is harmless; another text, purpose or notice needs a new version."""
    made = await call("owner", "PUT", "/v1/wordings", WORDING, expect=200)
    again = await call("owner", "PUT", "/v1/wordings", WORDING, expect=200)
    assert made == again
    for changed in ({"text": "Muuta."}, {"purpose": "marketing"}, {"notice_version": "v2"}):
        refused = await call("owner", "PUT", "/v1/wordings", {**WORDING, **changed}, expect=409)
        assert refused["code"] == "wording-immutable"
    await call("owner", "PUT", "/v1/wordings", {**WORDING, "version": 2, "text": "Muuta."}, expect=200)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"purpose": "astrology"}, "purpose-unknown"),
        ({"purpose": "accounting"}, "not-a-consent-purpose"),
        ({"language": "de"}, "consent-invalid"),
        ({"version": 0}, "invalid"),
        ({"text": ""}, "invalid"),
    ],
)
async def test_a_wording_fits_the_definition(call: Caller, changed: Any, code: str) -> None:
    """Unknown purpose or language: 422."""
    assert (await call("owner", "PUT", "/v1/wordings", {**WORDING, **changed}, expect=422))["code"] == code


async def test_wordings_are_listed_in_pages(call: Caller) -> None:
    """Every version in every language, once."""
    seen, cursor = [], ""
    while cursor is not None:
        page = await call("admin", "GET", f"/v1/wordings?limit=4{cursor and '&cursor=' + cursor}", expect=200)
        seen += [(w["id"], w["version"], w["language"]) for w in page["items"]]
        cursor = page["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == 9


async def test_the_receipt_is_a_consent_record(call: Caller) -> None:
    """ISO/IEC TS 27560 in DPV: who, what for, on which wording, both acts, how to withdraw; no name, no address."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    await call("booking", "POST", "/v1/consents", withdrawn(who, occurred_at="2026-11-22T11:00:00Z"), expect=201)
    answer = await call("admin", "GET", f"/v1/customers/{who}/consents/newsletter/receipt")
    record = answer.json()

    assert answer.headers["content-type"].startswith("application/ld+json")
    assert record["@type"] == "dpv:ConsentRecord"
    assert [act["@type"] for act in record["dpv:hasConsentStatus"]] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    assert record["dpv:hasConsentStatus"][0]["dpv:hasNotice"]["dct:identifier"] == "newsletter/1/fi"
    assert record["dpv:hasProcess"][0]["dpv:hasPersonalData"] == [
        "pd:Name",
        "pd:PhysicalAddress",
        "pd:EmailAddress",
        "pd:TelephoneNumber",
    ]
    assert record["dpv:hasLegalBasis"] == "eu-gdpr:A6-1-a"
    assert "aino" not in answer.text.lower()
    for prefix in re.findall(r'"([a-z-]+):[A-Za-z]', json.dumps({k: v for k, v in record.items() if k != "@context"})):
        assert prefix in {*record["@context"], "urn", "mailto", "https"}
    await call("admin", "GET", f"/v1/customers/{who}/consents/marketing/receipt", expect=404)


@pytest.mark.skipif(not IRIS.exists(), reason="the list of DPV terms is not beside this repository")
async def test_every_term_of_the_receipt_exists(call: Caller) -> None:
    """Only terms of DPV 2.3 are used, for consents and for marketing on a legitimate interest."""
    who = await register(call)
    known = set(IRIS.read_text(encoding="utf-8").split())
    for purpose in ("newsletter", "booking_data", "telling_about_services"):
        channels = [] if purpose == "booking_data" else ["email"]
        event = withdrawn(who, f"w-{purpose}", purpose=purpose, channels=channels)
        await call("booking", "POST", "/v1/consents", event, expect=201)
        record = await call("admin", "GET", f"/v1/customers/{who}/consents/{purpose}/receipt", expect=200)
        spaces = record.pop("@context")
        used = {spaces[p] + t for p, t in re.findall(r'"(dpv|pd|loc|eu-gdpr):([\w-]+)"', json.dumps(record))}
        assert used
        assert used <= known
