"""When a consent counts as given: the person's own act, informed and of age (Art. 4(11), 7, 8)."""

import json
from typing import Any

import pytest

from tests.consents.calls import erase, given, person, register, states
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio
CONSENTS = "/v1/consents"


@pytest.mark.parametrize(
    ("evidence", "code"), [({"preticked": True}, "pre-ticked"), ({"actor": "staff"}, "staff-given")]
)
async def test_a_box_that_somebody_else_ticked_is_refused(call: Caller, evidence: Any, code: str) -> None:
    """Pre-ticked (Planet49) and staff-given (Orange Romania): refused, and the way out is named."""
    who = await register(call)
    refused = await call("booking", "POST", CONSENTS, given(who, evidence=evidence), expect=422)

    assert refused["code"] == code
    assert "/v1/consents/invitations" in refused["title"]
    assert await states(call, who) == {}


@pytest.mark.parametrize("role", ["admin", "dpo", "owner"])
async def test_staff_cannot_give_but_may_record_a_withdrawal(call: Caller, role: str) -> None:
    """Whoever works here cannot consent for a customer; taking down that a customer withdraws is their duty."""
    who = await register(call)
    refused = await call(role, "POST", CONSENTS, given(who), expect=422)
    assert refused["code"] == "staff-given"
    event = given(who, action="withdrawn", collected_via="phone")
    del event["wording"]
    await call(role, "POST", CONSENTS, event, expect=201)


@pytest.mark.parametrize(
    ("evidence", "status"),
    [
        ({"stated_age": "below_minimum_age"}, 422),
        ({"stated_age": "below_minimum_age", "guardian_authorised": True, "actor": "guardian"}, 201),
        ({"stated_age": "minimum_age_reached"}, 201),
        ({"birth_date": "2020-01-01"}, 422),
    ],
)
async def test_children_need_their_guardian_and_never_tell_a_birth_date(
    call: Caller, evidence: Any, status: int
) -> None:
    """Below the definition's minimum age the guardian authorises (Art. 8(1)); a birth date is not taken at all."""
    who = await register(call)
    answer = await call("booking", "POST", CONSENTS, given(who, evidence=evidence))
    assert answer.status_code == status
    if answer.json().get("code") == "child-consent":
        assert answer.json()["minimum_age"] == 13


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"wording": {"id": "newsletter", "version": 2}}, "wording-unknown"),
        ({"wording": {"id": "newsletter", "version": 1, "language": "de"}}, "wording-unknown"),
        ({"wording": {"id": "marketing", "version": 1}}, "wording-unknown"),
        ({"wording": None}, "consent-invalid"),
        ({"purpose": "astrology"}, "purpose-unknown"),
        ({"purpose": "accounting", "channels": []}, "not-a-consent-purpose"),
        ({"purpose": "telling_about_services"}, "not-a-consent-purpose"),
        ({"channels": []}, "consent-invalid"),
        ({"channels": ["sms"]}, "consent-invalid"),
        ({"customer": {"phone": "040 123 4567"}}, "consent-invalid"),
        ({"evidence": {"double_opt_in_confirmed_at": "2026-11-24T10:00:00Z"}}, "consent-invalid"),
    ],
    ids=str,
)
async def test_what_does_not_fit_the_definition_is_refused(call: Caller, changed: Any, code: str) -> None:
    """Unknown purpose, wording, language or channel: 422 with its own code, and nothing is stored."""
    who = await register(call)
    refused = await call("booking", "POST", CONSENTS, {**given(who), **changed}, expect=422)

    assert refused["code"] == code
    assert await states(call, who) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"customer": {"id": "x"}},
        {"customer": {}},
        {"customer": {"email": "aino@example.fi", "phone": "040 123 4567"}},
        {"customer": {"system": "booking", "email": "aino@example.fi"}},
        {"customer": {"email": "not-an-address-secret"}},
        {"customer": {"email": "\ud800secret@example.fi"}},
        {"occurred_at": "2026-11-22T10:00:00"},
        {"occurred_at": "1066-10-14T10:00:00Z"},
        {"occurred_at": 1795000000},
        {"event_id": "secret secret"},
        {"action": "revoked-secret"},
        {"channels": ["fax-secret"]},
        {"collected_via": "secret"},
        {"evidence": {"ip_address": "192.0.2.1"}},
        {"evidence": {"preticked": "yes"}},
        {"secret": 1},
    ],
    ids=str,
)
async def test_bad_input_is_a_clear_problem_that_echoes_nothing(
    call: Caller, world: World, changed: dict[str, Any]
) -> None:
    """problem+json with the place, never the value; nothing is changed."""
    await register(call)
    body = {**given({"system": "booking", "id": "aino"}), **changed}
    answer = await call.api.post(
        CONSENTS,
        content=json.dumps(body),
        headers={"Authorization": f"Bearer {TOKENS['booking']}", "Content-Type": "application/json"},
    )

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert "secret" not in answer.text.replace('"#/secret"', "")
    assert await world.rows("SELECT id FROM consent_events") == []


async def test_one_address_of_several_people_cannot_give(call: Caller) -> None:
    """409 because nobody knows who consents; ids are named to persons only, who cannot give anyway."""
    aino = await register(call)
    eino = await register(call, "eino", email="AINO@example.fi")
    event = given({"email": "aino@example.fi"})
    refused = await call("booking", "POST", CONSENTS, event, expect=409)
    invitation = {"customer": event["customer"], "purpose": "newsletter", "channels": ["email"]}
    told = await call(
        "admin", "POST", "/v1/consents/invitations", {**invitation, "wording": event["wording"]}, expect=409
    )

    assert refused["code"] == "several-people"
    assert "customer_ids" not in refused
    assert set(told["customer_ids"]) == {aino, eino}


async def test_an_integration_gives_only_for_people_it_knows(call: Caller) -> None:
    """By id, reference or address: somebody else's customer is as unknown as nobody."""
    who = await register(call)
    named = [
        {"id": who},
        {"system": "booking", "id": "aino"},
        {"email": "aino@example.fi"},
        {"email": "nobody@example.fi"},
    ]
    answers = [await call("webshop", "POST", CONSENTS, given(customer, f"e-{n}")) for n, customer in enumerate(named)]

    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1


async def test_an_erased_person_answers_410(call: Caller, world: World) -> None:
    """Code and date, nothing else."""
    who = await register(call)
    await erase(call, world, who)
    gone = await call("booking", "POST", CONSENTS, given(who), expect=410)
    await call("booking", "POST", CONSENTS, given({"email": person()["email"]}), expect=404)

    assert set(gone) == {"type", "title", "status", "code", "erased_on"}
