"""The export on both databases: whom the check and the gate allow, logged before it leaves, nobody who has left."""

from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete

from app.consents.tables import consent_states
from app.mailchimp import choosing, exporting
from app.mailchimp.exporting import export
from tests.mailchimp.stage import NEWS, ON_SQLITE, Stage
from tests.processors.calls import DPF, transfer
from tests.vendors.mailchimp_state import hash_of

pytestmark = pytest.mark.anyio


async def run(stage: Stage) -> dict[str, int]:
    """One export; what became of people in the newsletter's audience."""
    done = await export(stage.world.services, stage.world.registers, stage.accounts, stage.outside)
    return dict(done[NEWS])


async def may_transfer(stage: Stage) -> None:
    await stage.call("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF), expect=201)


async def disclosed(stage: Stage) -> list[tuple[str, str]]:
    rows = await stage.world.rows("SELECT outcome, fields FROM disclosures ORDER BY id")
    return [(row[0], str(row[1])) for row in rows]


def status(stage: Stage, email: str) -> str | None:
    member = stage.account.member(NEWS, email)
    return None if member is None else member.status


async def test_only_the_allowed_leave_and_only_once(stage: Stage) -> None:
    """Without a transfer nothing leaves. Then who consented: with the fields allowed, logged, and not twice."""
    for n in range(3):
        await stage.person(f"p{n}@example.fi")
    await stage.person("noconsent@example.fi", None)
    await stage.person("left@example.fi")
    await stage.call("mailer", "POST", "/v1/consents", withdrawal("left@example.fi"), expect=201)
    assert await run(stage) == {"denied:transfer_refused": 3}
    assert await disclosed(stage) == []
    await may_transfer(stage)
    stage.account.add(NEWS, "p0@example.fi", "unsubscribed")
    stage.account.forgotten[NEWS].add(hash_of("p1@example.fi"))
    with mock.patch.object(choosing, "AT_ONCE", 2):
        assert await run(stage) == {"unsubscribed": 1, "forgotten": 1, "subscribed": 1}
    assert [status(stage, f"p{n}@example.fi") for n in range(3)] == ["unsubscribed", None, "subscribed"]
    assert (status(stage, "noconsent@example.fi"), status(stage, "left@example.fi")) == (None, None)
    member = stage.account.member(NEWS, "p2@example.fi")
    assert member is not None
    assert member.merge_fields == {"FNAME": "Eila", "LNAME": "Esimerkki"}
    assert [outcome for outcome, _ in await disclosed(stage)] == ["disclosed"] * 3
    assert all("email" in fields and "name" in fields and "phone" not in fields for _, fields in await disclosed(stage))
    puts = [(method, body) for method, _, _, body in stage.account.asked if method == "PUT"]
    assert all(set(body) == {"email_address", "status_if_new", "merge_fields"} for _, body in puts)
    assert await run(stage) == {}
    assert len(await disclosed(stage)) == 3
    # A record that has changed is carried again.
    made = await stage.call("admin", "POST", "/v1/customers/search", {"email": "p2@example.fi"}, expect=200)
    path = f"/v1/customers/{made['items'][0]['id']}"
    await stage.call("admin", "PATCH", path, {"email": "new2@example.fi"}, expect=200, If_Match="*")
    assert await run(stage) == {"subscribed": 1}
    assert (status(stage, "p2@example.fi"), status(stage, "new2@example.fi")) == (None, "subscribed")
    assert stage.account.member(NEWS, member.contact_id) is member


def withdrawal(email: str) -> dict[str, Any]:
    """As an unsubscribe link reports it."""
    return {
        "event_id": f"w-{email.partition('@')[0]}", "customer": {"email": email}, "purpose": "newsletter",
        "channels": ["email"], "action": "withdrawn", "collected_via": "unsubscribe_link",
        "occurred_at": "2026-11-23T08:00:00Z",
    }  # fmt: skip


@ON_SQLITE
async def test_who_may_no_longer_stay_goes_out(stage: Stage) -> None:
    """Withdrawn: unsubscribed for good. Restricted: left to the restriction. Moved out of the country: nothing."""
    await may_transfer(stage)
    ids = {name: await stage.person(f"{name}@example.fi") for name in ("left", "held", "back")}
    assert await run(stage) == {"subscribed": 3}
    await stage.call("mailer", "POST", "/v1/consents", withdrawal("left@example.fi"), expect=201)
    asked = {
        "right": "restriction", "restriction_ground": "18(1)(b)", "customer": {"id": ids["held"]},
        "channel": "email", "received_at": "2026-11-23T08:00:00Z",
    }  # fmt: skip
    await stage.call("admin", "POST", "/v1/subject-requests", asked, expect=201)
    assert await run(stage) == {"stopped:unsubscribe": 1}
    assert [status(stage, f"{name}@example.fi") for name in ids] == ["unsubscribed", "subscribed", "subscribed"]
    # A ground that has ended without an act of theirs archives, and takes back when it holds again.
    await stage.world.db.write(_without_consent, UUID(ids["back"]))
    assert await run(stage) == {"stopped:archive": 1}
    assert status(stage, "back@example.fi") == "archived"
    assert await run(stage) == {}
    await stage.consents("back", "newsletter", "2026-11-23T08:30:00Z")
    assert await run(stage) == {"subscribed": 1}
    assert status(stage, "back@example.fi") == "subscribed"
    # A new consent, confirmed by the person, lifts the suppression; Mailchimp's door stays closed to machines.
    confirmed = {"double_opt_in_confirmed_at": "2026-11-23T08:59:00Z"}
    await stage.consents("left", "newsletter", "2026-11-23T08:58:00Z", **confirmed)
    assert await stage.reasons("left@example.fi") == ["consent_given"]
    assert await run(stage) == {}
    assert status(stage, "left@example.fi") == "unsubscribed"


def _without_consent(connection: Connection, customer_id: UUID) -> None:
    connection.execute(delete(consent_states).where(consent_states.c.customer_id == customer_id))


async def test_an_outage_is_gone_on_from_and_a_race_is_lost_by_us(stage: Stage) -> None:
    """Half answers, an outage in the middle, a withdrawal and an erasure while their data were on the way."""
    await may_transfer(stage)
    ids = {name: await stage.person(f"{name}@example.fi") for name in ("a", "b", "c")}
    stage.troubles.outage = 1
    first = await run(stage)
    assert first.pop("interrupted:http_503") == 1
    assert first == {"subscribed": 2}
    assert await run(stage) == {"subscribed": 1}
    carry = exporting._Run._carry

    async def beaten(self: Any, leaving: Any) -> Any:
        """The person's own act is committed before the call arrives, and finds nobody there to stop."""
        if leaving.email == "d@example.fi":
            await stage.call("mailer", "POST", "/v1/consents", withdrawal("d@example.fi"), expect=201)
        elif leaving.email == "e@example.fi":
            await erased(stage, ids["e"])
        return await carry(self, leaving)

    ids |= {name: await stage.person(f"{name}@example.fi") for name in ("d", "e")}
    with mock.patch.object(exporting._Run, "_carry", beaten):
        done = await run(stage)
    assert done == {"subscribed": 2, "stopped:unsubscribe": 1, "stopped:erase": 1}
    assert (status(stage, "d@example.fi"), status(stage, "e@example.fi")) == ("unsubscribed", None)
    left = await stage.world.rows("SELECT count(*) FROM audience_members WHERE state = 'sent'")
    assert [tuple(row) for row in left] == [(3,)]


async def erased(stage: Stage, customer_id: str) -> None:
    """An erasure, decided and carried out at once."""
    asked = {
        "right": "erasure", "customer": {"id": customer_id}, "channel": "email", "received_at": "2026-11-23T08:00:00Z"
    }  # fmt: skip
    case = await stage.call("admin", "POST", "/v1/subject-requests", asked, expect=201)
    path = f"/v1/subject-requests/{case['id']}"
    identity = {"level": "substantial", "how": "called back"}
    decision = {"outcome": "as_assessed", "reasoning": "Nothing stands against it.", "identity": identity}
    await stage.call("dpo", "POST", f"{path}/decision", decision, expect=200, If_Match="*")
    await stage.world.run_due()
