"""Letters of real requests: issued with what they tell of, whole, nameless, never changed, joined at delivery."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tests.subject_requests.people import Desk
from tests.upkeep.files import NAME, PERSON, VALUES, forms
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio

MAIL = "Zebulonia.Quirk@example.fi"
AIM = {"kind": "stated_aim", "on": "2026-05-01", "what": "Wrote that it ends when a discount is given."}
ABUSE = {"facts": [AIM], "intention": "The aim is a discount, not to learn about the processing."}


@pytest.fixture
def desk(call: Caller) -> Desk:
    return Desk(call)


async def letters_of(call: Caller, case: str) -> dict[str, dict[str, Any]]:
    """The letters of a case by kind, whole."""
    listed = await call("dpo", "GET", f"/v1/subject-requests/{case}/letters", expect=200)
    whole = [await call("dpo", "GET", f"/v1/letters/{one['number']}", expect=200) for one in listed["items"]]
    return {one["kind"]: one for one in whole}


async def page_of(api: httpx.AsyncClient, number: str, what: str = "page") -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKENS['dpo']}"}
    return await api.get(f"/v1/letters/{number}/{what}", headers=headers)


async def erased(call: Caller, world: World, desk: Desk, language: str = "sv") -> tuple[str, str]:
    """Somebody with a voucher, a consent and a past order is erased; the person and the case."""
    person = await desk.person(7, **PERSON, language=language)
    await desk.buys(person, "2025-05-10", "V-7")
    elsewhere = {"number": "V-8", "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"}
    await desk.buys(person, "2025-06-10", "V-8", voucher=elsewhere)
    given = {"event_id": "e-7", "customer": {"id": person}, "purpose": "newsletter", "channels": ["email"]}
    given |= {"action": "given", "wording": {"id": "newsletter", "version": 1, "language": "fi"}}
    given |= {"collected_via": "checkout", "occurred_at": "2026-05-10T10:00:00Z"}
    await call("webshop", "POST", "/v1/consents", given, expect=201)
    case = (await desk.asks("erasure", person, details=f"I am {NAME}."))["case_number"]
    await desk.decides(case)
    world.later(minutes=1)
    assert await world.run_due() == 1
    return person, case


async def test_an_erasure_from_receipt_to_the_letter_in_the_persons_hand(
    world: World, call: Caller, desk: Desk, api: httpx.AsyncClient
) -> None:
    """Acknowledged, answered in the person's language with what went and stays, joined from the envelope, closed."""
    _, case = await erased(call, world, desk)
    letters = await letters_of(call, case)
    answer = letters["partial"]
    stays = {(one["kind"], one["because"]): one for one in answer["content"]["facts"]["stays"]}
    page = await page_of(api, answer["number"])
    pdf = await page_of(api, answer["number"], "document")

    assert list(letters) == ["acknowledgement", "partial"]
    assert [one["number"] for one in letters.values()] == ["K-2026-000001", "K-2026-000002"]
    assert (answer["language"], answer["state"], answer["title"]) == (
        "sv",
        "ready",
        "Vi har raderat en del av dina uppgifter",
    )
    assert stays[("voucher", "accounting")]["reference"] == "V-7"
    assert stays[("voucher", "accounting")]["until"] == "2035-12-31"
    assert (stays[("voucher", "elsewhere")]["kept_by"], stays[("voucher", "elsewhere")]["section"]) == (
        "MyCashflow",
        "2:10 §",
    )
    assert {("suppression", "ban"), ("consent_evidence", "consent_proof")} <= set(stays)
    assert all(part in answer["text"] for part in ("artikel 77", "artikel 79", "tietosuoja.fi", "Bokföringslagen"))
    assert NAME in page.text
    assert "Xylofonipolku 77 b" in page.text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert (pdf.headers["content-type"], pdf.headers["cache-control"]) == ("application/pdf", "no-store")
    assert pdf.content == (await page_of(api, answer["number"], "document")).content

    names = [e["addressee"] for e in (await desk.reads(case))["envelopes"] if e["addressee"] != "letter"]
    told = {"recipients": [{"addressee": name, "outcome": "acknowledged"} for name in names]}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/completion", told, expect=200)
    path = f"/v1/letters/{answer['number']}/delivery"
    early = await call("dpo", "POST", path, {"sent_on": "2026-11-01", "means": "post"})
    sent = await call("dpo", "POST", path, {"sent_on": "2026-11-23", "means": "post"}, expect=200)
    twice = await call("dpo", "POST", path, {"sent_on": "2026-11-23", "means": "post"})
    done = await desk.reads(case)
    after = await page_of(api, answer["number"])

    assert (early.json()["code"], twice.json()["code"]) == ("request-invalid", "letter-delivered")
    assert (sent["state"], done["state"], done["letter_sent_on"]) == ("delivered", "completed", "2026-11-23")
    assert {e["outcome"] for e in done["envelopes"]} == {"acknowledged"}
    assert [e["kind"] for e in done["timeline"]].count("letter_issued") == 2
    assert after.status_code == 200
    assert NAME not in after.text  # the envelope's key is destroyed: nothing can be joined any more
    assert "Vi har raderat" in after.text


async def test_no_letter_holds_a_personal_value(world: World, call: Caller, desk: Desk) -> None:
    """Whatever a human writes into reasons: name, e-mail, phone and street do not stand in the table."""
    person = await desk.person(7, **PERSON)
    words = f"{NAME} ({MAIL.lower()}, +358 40 777 31415, 0407773 1415, Xylofonipolku  77 b): Zebulonian tilaus on auki."
    case = (await desk.asks("access", person))["case_number"]
    asked = {"step": "asked", "reason": words, "asked_for": words}
    await call("admin", "POST", f"/v1/subject-requests/{case}/identity-checks", asked, expect=200)
    told = {"reason": words, "notice_sent_on": "2026-11-23"}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/extension", told, expect=200)
    await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met", reasoning=words)
    claimed = {"name": NAME, "email": MAIL, "phone": PERSON["phone"]}
    ban = await desk.asks("marketing_ban", claimed_identity=claimed)
    kinds = [*await letters_of(call, case), *await letters_of(call, ban["case_number"])]
    rows = await world.rows("SELECT * FROM letters")
    stored = json.dumps([list(row) for row in rows], default=str, ensure_ascii=False).encode()

    assert kinds == [
        *("acknowledgement", "identity_request", "extension", "refused"),
        *("acknowledgement", "marketing_ban_confirmed"),
    ]
    assert [form for form in forms(VALUES) if form in stored] == []
    assert "tilaus on auki" in stored.decode()


async def test_the_database_lets_no_letter_change(world: World, call: Caller, desk: Desk) -> None:
    """Neither what was issued nor when it left; they go with the file of the closed request, and only then."""
    case = (await desk.asks("marketing_ban", await desk.person()))["case_number"]
    number = (await letters_of(call, case))["acknowledgement"]["number"]
    await call("dpo", "POST", f"/v1/letters/{number}/delivery", {"sent_on": "2026-11-23", "means": "email"}, expect=200)
    attempts = [
        *("UPDATE letters SET language = 'en'", "DELETE FROM letters", "UPDATE letter_deliveries SET means = 'x'"),
        "DELETE FROM letter_deliveries",
        "INSERT OR REPLACE INTO letters SELECT * FROM letters"
        if world.dialect == "sqlite"
        else "TRUNCATE letters, letter_deliveries",
    ]
    for attempt in attempts:

        def run(connection: Connection, sql: str = attempt) -> None:
            connection.execute(text(sql))

        with pytest.raises(DBAPIError, match="may not be changed"):
            await world.db.write(run)

    recipients = [e["addressee"] for e in (await desk.reads(case))["envelopes"] if e["addressee"] != "letter"]
    told = {"recipients": [{"addressee": name, "outcome": "acknowledged"} for name in recipients]}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/completion", told, expect=200)
    done = await call("dpo", "POST", f"/v1/subject-requests/{case}/completion", {"letter_sent_on": "2026-11-23"})
    confirmed = (await letters_of(call, case))["marketing_ban_confirmed"]
    world.later(days=3 * 366)
    await world.sweep()

    assert (done.json()["state"], confirmed["delivery"]["means"]) == ("completed", "other")
    assert await world.rows("SELECT 1 FROM letters") == []
    assert await world.rows("SELECT 1 FROM letter_deliveries") == []


async def test_letters_that_humans_issue(call: Caller, desk: Desk, world: World, api: httpx.AsyncClient) -> None:
    """A fee needs reasons, evidence and an amount; the same key issues one letter; persons only; reads leave a row."""
    person = await desk.person(3, language="en")
    case = (await desk.asks("access", person))["case_number"]
    path = f"/v1/subject-requests/{case}/letters"
    bare = {"kind": "fee_or_excessive", "ground": "excessive", "charge": "fee"}
    unfound = await call("dpo", "POST", path, {**bare, "charge": "refused"})
    fee = {**ABUSE, "finding": "excessive", "amount": "25.00", "currency": "EUR", "costs": "An hour of work."}
    await call("dpo", "POST", f"/v1/subject-requests/{case}/fee", fee, expect=200)
    refused = await call("dpo", "POST", path, bare)
    whole = {**bare, "amount": "25.00", "reasons": ["The same again."], "evidence": ["Mail of 1 May."]}
    first = await call("dpo", "POST", path, whole, expect=201, Idempotency_Key="f-1")
    again = await call("dpo", "POST", path, whole, expect=201, Idempotency_Key="f-1")
    cover = await call("dpo", "POST", path, {"kind": "access_cover", "enclosures": ["Data"]}, expect=201)
    none_yet = await call("dpo", "POST", path, {"kind": "outcome"})
    page = await page_of(api, cover["number"])
    trail = await world.rows("SELECT action FROM audit_events WHERE entity = 'letter' ORDER BY id")

    assert unfound.json()["code"] == "state-forbids"
    assert refused.json()["code"] == "letter-incomplete"
    assert {error["pointer"] for error in refused.json()["errors"]} == {"#/evidence", "#/reasons", "#/charge"}
    assert first["number"] == again["number"] == "K-2026-000002"
    assert (first["language"], first["content"]["facts"]["approver"]) == ("en", "dpo")
    assert none_yet.json()["code"] == "state-forbids"
    assert (await call("admin", "POST", path, whole)).status_code == 403
    assert (await call("webshop", "GET", path)).status_code == 403
    assert (await call("dpo", "GET", "/v1/letters/K-2026-009999")).status_code == 404
    assert "Aino Esimerkki3" in page.text
    assert [row.action for row in trail] == ["issue_letter", "read", "issue_letter", "print"]


async def test_the_answer_follows_the_decision(call: Caller, desk: Desk, world: World) -> None:
    """Refused, refused as abuse, granted, everything held up, everything erased: each has its letter and no other."""
    refused = (await desk.asks("erasure", await desk.person(1)))["case_number"]
    await desk.decides(refused, outcome="refused", refusal_ground="identity_not_established")
    abuse = (await desk.asks("erasure", await desk.person(2)))["case_number"]
    await desk.decides(abuse, outcome="refused", refusal_ground="excessive", abuse=ABUSE)
    ground = {"restriction_ground": "18(1)(c)"}
    granted = (await desk.asks("restriction", await desk.person(3), **ground))["case_number"]
    await desk.decides(granted, outcome="granted")
    held = await desk.person(4)
    hold = {"kind": "dispute", "claim": "Reclamation of an order", "review_on": "2027-05-01"}
    await call("dpo", "POST", f"/v1/customers/{held}/legal-holds", hold, expect=201)
    disputed = (await desk.asks("erasure", held))["case_number"]
    whole = (await desk.asks("erasure", await desk.person(5)))["case_number"]
    for case in (disputed, whole):
        await desk.decides(case)
    world.later(minutes=1)
    await world.run_due()
    answers = {
        case: await call("dpo", "GET", f"/v1/subject-requests/{case}/letter", expect=200)
        for case in (refused, abuse, granted, disputed, whole)
    }
    access = (await desk.asks("access", await desk.person(6)))["case_number"]
    await desk.decides(access, outcome="granted")

    assert [one["kind"] for one in answers.values()] == [
        *("refused", "fee_or_excessive", "restriction_set", "refused", "fulfilled"),
    ]
    assert "riidan tai oikeudellisen vaateen" in answers[disputed]["text"]
    assert answers[abuse]["content"]["facts"]["approver"] == "dpo"
    assert answers[abuse]["content"]["facts"]["evidence"] == [f"2026-05-01: {AIM['what']}"]
    for case in (refused, abuse, disputed):
        assert answers[case]["content"]["complaint"]["url"].startswith("https://tietosuoja.fi")
        assert "tuomioistuimeen (79 artikla)" in answers[case]["text"]
    assert (await call("dpo", "GET", f"/v1/subject-requests/{access}/letter")).status_code == 404
    counts = await world.rows("SELECT kind, count(*) AS n FROM letters GROUP BY kind ORDER BY kind")
    assert [tuple(row) for row in counts] == [
        *(("acknowledgement", 6), ("fee_or_excessive", 1), ("fulfilled", 1), ("refused", 2), ("restriction_set", 1)),
    ]


async def test_a_sweep_writes_to_nobody_who_has_not_asked(call: Caller, desk: Desk, world: World) -> None:
    """What reaches its date goes without a letter, of erased people and of living ones."""
    await desk.buys(await desk.person(1), "2014-05-10", "V-1")
    await erased(call, world, desk)
    before = await world.rows("SELECT count(*) AS n FROM letters")
    world.now = world.now.replace(year=2036)
    await world.sweep()

    assert await world.rows("SELECT count(*) AS n FROM letters") == before
