"""State and history as they stand and as they stood; the record to hand out; the wordings shown."""

from typing import Any

import pytest
from rdflib import URIRef
from rdflib.namespace import DCTERMS, RDF

from app.notice.publishing import publish_due
from tests.consents.calls import given, register, states, withdrawn
from tests.terms import DPV, GDPR, IRIS, LOC, MISSING, PD, graph_of, unknown_terms
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
NOTICE = "http://127.0.0.1:8000/notice"
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


async def test_the_receipt_is_a_consent_record(call: Caller, world: World) -> None:
    """ISO/IEC TS 27560 in DPV, as rdflib reads it: each mandatory element (docs/notice.md), no name, no address."""
    assert await publish_due(world.services, world.registers) == 1
    who = await register(call)
    now = world.now.isoformat()
    await call("booking", "POST", "/v1/consents", given(who, occurred_at=now), expect=201)
    sent = withdrawn(who, occurred_at=now, notice_version=1, notice_language="sv")
    await call("booking", "POST", "/v1/consents", sent, expect=201)
    answer = await call("admin", "GET", f"/v1/customers/{who}/consents/newsletter/receipt")
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert "aino" not in answer.text.lower()
    await call("admin", "GET", f"/v1/customers/{who}/consents/marketing/receipt", expect=404)

    graph, subject = graph_of(answer.json()), URIRef(f"urn:uuid:{who}")
    (record,) = graph.subjects(RDF.type, DPV.ConsentRecord)
    (process,) = graph.objects(record, DPV.hasProcess)
    for node, term, value in (
        (record, DPV.hasDataSubject, subject),
        (record, DPV.hasLegalBasis, GDPR["A6-1-a"]),
        (record, DPV.hasJurisdiction, LOC.FI),
        (record, DPV.hasNotice, URIRef(f"{NOTICE}?version=1")),
        (record, DPV.hasNotice, URIRef(f"{NOTICE}?version=1&lang=sv")),
        (record, DPV.hasRight, GDPR["A7-3"]),
        (record, DPV.hasAuthority, URIRef("https://tietosuoja.fi/yhteystiedot")),
        (process, DPV.hasPurpose, DPV.DirectMarketing),
        (process, DPV.hasProcessing, DPV.Store),
        (process, DPV.hasPersonalData, PD.EmailAddress),
    ):
        assert (node, term, value) in graph
    (controller,) = graph.objects(record, DPV.hasDataController)
    assert {str(one).partition(":")[0] for one in graph.objects(controller, DPV.hasContact)} == {"mailto", "tel"}
    assert set(graph.objects(None, DPV.hasLocation)) == {LOC.FI, LOC.US}
    (kept,) = graph.subjects(RDF.type, DPV.StorageLocation)
    assert list(graph.objects(kept, DPV.hasLocation)) == [LOC.FI]
    acts = {kind: next(graph.subjects(RDF.type, kind)) for kind in (DPV.ConsentGiven, DPV.ConsentWithdrawn)}
    assert set(graph.objects(record, DPV.hasConsentStatus)) == set(acts.values())
    for act in acts.values():
        assert (act, DPV.isIndicatedBy, subject) in graph
        assert {DPV.isIndicatedAtTime, DPV.hasDuration, DPV.hasNotice} <= set(graph.predicates(act))
    assert (acts[DPV.ConsentGiven], DPV.hasNotice, URIRef(f"{NOTICE}?version=1")) in graph
    assert "newsletter/1/fi" in {str(one) for one in graph.objects(None, DCTERMS.identifier)}


@pytest.mark.skipif(not IRIS.exists(), reason=MISSING)
async def test_every_term_of_the_receipt_exists(call: Caller) -> None:
    """Only terms of DPV 2.3 are used, for consents and for marketing on a legitimate interest."""
    who = await register(call)
    for purpose in ("newsletter", "booking_data", "telling_about_services"):
        channels = [] if purpose == "booking_data" else ["email"]
        event = withdrawn(who, f"w-{purpose}", purpose=purpose, channels=channels)
        await call("booking", "POST", "/v1/consents", event, expect=201)
        record = await call("admin", "GET", f"/v1/customers/{who}/consents/{purpose}/receipt", expect=200)
        assert unknown_terms(graph_of(record)) == set()
        (notice,) = record["dpv:hasNotice"]
        assert notice["@id"] == NOTICE, "none is pinned, so the record says where the notice is"
