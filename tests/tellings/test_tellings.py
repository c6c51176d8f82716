"""Who has been told what over HTTP, and that a purpose which demands it waits for it."""

import pytest

from app.notice.publishing import publish_due
from tests.consents.calls import register
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

TELL = {"what": "purpose", "purpose": "newsletter", "channel": "email"}
NOBODY = {"system": "booking", "id": "nobody"}


async def demand(call: Caller, world: World, *, tell: str = "[purpose, right_to_object]") -> None:
    """Apply a definition by which people are first told of marketing that rests on legitimate interests."""
    document = (await call("owner", "GET", "/v1/register", expect=200))["document"]
    changed = document.replace("    soft_opt_in: true\n", f"    soft_opt_in: true\n    tell_first: {tell}\n", 1)
    await call("owner", "PUT", "/v1/register", {"document": changed}, expect=200, If_Match="*")
    await publish_due(world.services, world.registers)


async def reasons(call: Caller, who: str, **members: object) -> list[str]:
    """Why telling about services by post is denied."""
    asked = {"purpose": "telling_about_services", "channel": "post", "subjects": [{"id": who}], **members}
    (result,) = (await call("mailer", "POST", "/v1/processing-checks", asked, expect=200))["results"]
    return [one["text"] for one in result["reasons"] if one["code"] == "not_told"]


async def test_a_purpose_waits_until_the_person_has_been_told(call: Caller, world: World) -> None:
    """Of each thing that the definition demands, by name; at past instants as it was then."""
    who = await register(call)
    assert await reasons(call, who) == []
    world.later(hours=1)
    await demand(call, world)
    before = world.now.isoformat()
    assert await reasons(call, who) == [
        "The person has not been told of the purpose (Art. 13(3)).",
        "The person has not been told of the right to object (Art. 21(4)).",
    ]
    world.later(hours=1)
    await call("booking", "POST", "/v1/tellings", {**TELL, "customers": [{"id": who}]}, expect=200)
    assert len(await reasons(call, who)) == 2
    told = {**TELL, "purpose": "telling_about_services", "customers": [{"id": who}, NOBODY]}
    made = await call("booking", "POST", "/v1/tellings", told, expect=200)
    assert [one["status"] for one in made["results"]] == [201, 404]
    assert (made["recorded"], made["notice_version"]) == (1, 1)
    assert await reasons(call, who) == ["The person has not been told of the right to object (Art. 21(4))."]
    whole = {"what": "notice", "channel": "form", "customers": [{"id": who}]}
    await call("booking", "POST", "/v1/tellings", whole, expect=200)
    assert len(await reasons(call, who)) == 1
    await call("mailer", "POST", "/v1/tellings", {**told, "what": "right_to_object"}, expect=200)
    assert await reasons(call, who) == []
    assert len(await reasons(call, who, at=before)) == 2


async def test_the_first_telling_of_a_version_stands(call: Caller, world: World) -> None:
    """Sent again nothing changes; a later version is a telling of its own; the person's list says it, page by page."""
    await publish_due(world.services, world.registers)
    who = await register(call)
    batch = {**TELL, "customers": [{"system": "booking", "id": "aino"}], "told_at": "2026-11-20T10:00:00Z"}
    for status in (201, 200):
        made = await call("booking", "POST", "/v1/tellings", batch, expect=200)
        assert [one["status"] for one in made["results"]] == [status]
        world.later(minutes=1)
        batch["told_at"] = "2026-11-21T10:00:00Z"
    await call("owner", "PATCH", "/v1/processors/tehden", {"country": "FI"}, expect=200, If_Match="*")
    assert await publish_due(world.services, world.registers) == 2
    await call("booking", "POST", "/v1/tellings", batch, expect=200)
    first = await call("admin", "GET", f"/v1/customers/{who}/tellings?limit=1", expect=200)
    rest = await call("booking", "GET", f"/v1/customers/{who}/tellings?limit=1&cursor={first['next']}", expect=200)
    shown = [(one["notice_version"], one["told_at"][:10]) for one in (*first["items"], *rest["items"])]
    assert shown == [(1, "2026-11-20"), (2, "2026-11-21")]
    assert rest["next"] is None
    assert (await call("webshop", "GET", f"/v1/customers/{who}/tellings")).status_code == 404


async def test_what_cannot_be_so_is_refused(call: Caller) -> None:
    """The last: no notice has been published yet, so nobody can have been told by one."""
    who = await register(call)
    for members, pointer in (
        ({"purpose": None}, "#/purpose"),
        ({"what": "notice"}, "#/purpose"),
        ({"purpose": "astrology"}, "#/purpose"),
        ({"told_at": "2026-11-24T10:00:00Z"}, "#/told_at"),
        ({"notice_version": 9}, "#/notice_version"),
        ({}, "#/notice_version"),
    ):
        refused = await call("booking", "POST", "/v1/tellings", {**TELL, "customers": [{"id": who}], **members})
        assert (refused.status_code, refused.json()["code"]) == (422, "telling-invalid")
        assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


async def test_a_restricted_person_is_told_and_an_erased_one_forgotten(call: Caller, world: World) -> None:
    """Being told is their own right; the list is closed meanwhile; with the person go the tellings."""
    await publish_due(world.services, world.registers)
    desk = Desk(call)
    who = await desk.person(1)
    await desk.asks("restriction", who, restriction_ground="18(1)(c)")
    batch = {**TELL, "customers": [{"system": "webshop", "id": "c-1"}]}
    made = await call("webshop", "POST", "/v1/tellings", batch, expect=200)
    assert made["recorded"] == 1
    assert (await call("webshop", "GET", f"/v1/customers/{who}/tellings")).status_code == 409

    who, batch = await desk.person(2), {**TELL, "customers": [{"system": "webshop", "id": "c-2"}]}
    await call("webshop", "POST", "/v1/tellings", batch, expect=200)
    assert len(await world.rows("SELECT id FROM tellings")) == 2
    erasure = await desk.asks("erasure", who)
    await desk.decides(erasure["case_number"])
    assert await world.run_due() == 1
    assert len(await world.rows("SELECT id FROM tellings")) == 1
    again = await call("owner", "POST", "/v1/tellings", {**batch, "customers": [{"id": who}]}, expect=200)
    assert [one["status"] for one in again["results"]] == [410]
    assert (await call("dpo", "GET", f"/v1/customers/{who}/tellings")).status_code == 410
