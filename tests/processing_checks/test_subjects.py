"""Whom a check is about: ids, references and addresses, one or a thousand, known or not."""

import pytest

from tests.consents.calls import given, register, statements, withdrawn
from tests.consents.test_batch import many
from tests.processing_checks.asks import CHECKS, answer, asked, reasons
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio
NOBODY = "01890000-0000-7000-8000-000000000000"


async def test_a_thousand_people_in_one_call(call: Caller, world: World, mailing: None) -> None:
    """Answers in the order asked, few statements, one audit row that names everyone."""
    people = await many(call, 999)
    items = [given(who, f"e-{n}") for n, who in enumerate(people) if n % 2]
    await call("booking", "POST", "/v1/consents/batch", {"items": items}, expect=200)
    with statements() as sent:
        told = await call("booking", "POST", CHECKS, asked("newsletter", *people, NOBODY, channel="email"), expect=200)
    results = told["results"]

    assert [result["index"] for result in results] == list(range(1000))
    assert [result["allowed"] for result in results] == [n % 2 == 1 for n in range(999)] + [False]
    assert results[-1]["reasons"][0]["code"] == "unknown_subject"
    assert len(sent) < 20
    audit = await world.rows("SELECT id FROM audit_events WHERE action = 'check'")
    assert len(audit) == 1
    named = await world.rows("SELECT audit_key FROM audit_subjects WHERE event_id = :id", id=audit[0][0])
    assert len(named) == 999


@pytest.mark.parametrize("past", [False, True])
async def test_the_number_of_statements_is_independent_of_the_history(
    call: Caller, world: World, mailing: None, past: bool
) -> None:
    """A person with two hundred events costs as many round trips as one with none."""
    quiet, busy = await register(call), await register(call, "eino")
    items = [
        (given if n % 2 else withdrawn)(busy, f"e-{n}", occurred_at=f"2026-11-22T{n // 60:02}:{n % 60:02}:00Z")
        for n in range(200)
    ]
    await call("booking", "POST", "/v1/consents/batch", {"items": items}, expect=200)
    world.later(hours=1)
    at = {"at": world.now.isoformat()} if past else {}
    counts = []
    for who in (quiet, busy):
        with statements() as sent:
            await answer(call, "newsletter", who, channel="email", **at)
        counts.append(len(sent))

    assert counts[0] == counts[1]
    assert counts[0] <= 20


@pytest.mark.parametrize(
    "subject",
    [{"system": "booking", "id": "aino"}, {"email": "AINO@example.fi"}, {"phone": "+358 40 123 4567"}],
    ids=str,
)
async def test_by_reference_or_address(call: Caller, mailing: None, subject: dict[str, str]) -> None:
    """However the person is named, the answer is theirs; an address does not reveal the id behind it."""
    who = await register(call, phone="040 123 4567")
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    told = await answer(call, "newsletter", subject, channel="email")
    assert told["allowed"] is True
    assert told["customer_id"] == (who if "system" in subject else None)


async def test_behind_a_shared_address_everybody_must_agree(call: Caller, mailing: None) -> None:
    """A message to a shared mailbox reaches all of them."""
    aino = await register(call)
    eino = await register(call, "eino", email="aino@example.fi")
    await call("booking", "POST", "/v1/consents", given(aino), expect=201)
    shared = {"email": "aino@example.fi"}
    assert await reasons(call, "newsletter", shared, channel="email") == ["denied", "no_consent"]
    await call("booking", "POST", "/v1/consents", given(eino, "g-2"), expect=201)
    assert (await reasons(call, "newsletter", shared, channel="email"))[0] == "allowed"


@pytest.mark.parametrize(
    "subject",
    [{"id": NOBODY}, {"system": "booking", "id": "nobody"}, {"email": "nobody@example.fi"}, {"phone": "00000"}],
    ids=str,
)
async def test_unknown_subjects_are_denied_with_a_reason_of_their_own(call: Caller, subject: dict[str, str]) -> None:
    """Not an error: the others in the call still get their answers."""
    assert await reasons(call, "customer_relationship", subject) == ["denied", "unknown_subject"]


async def test_an_integration_does_not_learn_of_others_people(call: Caller) -> None:
    """Somebody else's customer is an unknown subject; a mailer without systems may ask about anybody."""
    await register(call)
    who = await register(call, "eino")
    for subject in ({"id": who}, {"system": "booking", "id": "eino"}, {"email": "eino@example.fi"}):
        assert await reasons(call, "customer_relationship", subject, "webshop") == ["denied", "unknown_subject"]
        for role in ("booking", "mailer", "admin"):
            assert await reasons(call, "customer_relationship", subject, role) == ["allowed", "legal_basis"]


async def test_nobody_unknown_to_the_caller_is_named_in_the_audit(call: Caller, world: World) -> None:
    """One row says that a check was made; whoever was not consulted is not in it."""
    who = await register(call)
    await answer(call, "customer_relationship", who, "webshop")
    rows = await world.rows("SELECT id, subject_key FROM audit_events WHERE action = 'check'")
    assert [row[1] for row in rows] == [None]
    assert await world.rows("SELECT * FROM audit_subjects WHERE event_id = :id", id=rows[0][0]) == []
