"""OWASP API1, API3, API5 by object, property and function: an integration cannot tell a stranger from nobody."""

import re
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.auth.roles import SCOPES, Role
from app.openapi import bodies_of
from tests.customers.people import erase, person, upsert
from tests.http.stage import OWN_SYSTEM
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

INTEGRATIONS = ("webshop", "booking", "mailer")
OTHER = {"webshop": "booking", "booking": "webshop", "mailer": "webshop"}


def concerning_people(world: World) -> list[tuple[str, str, str, set[str]]]:
    """Every guarded operation whose path names a person: method, path, operation, scopes."""
    found = []
    for path, item in world.app.openapi()["paths"].items():
        for method, operation in item.items():
            if "{customer_id}" in path:
                scopes = set(operation["security"][0]["bearer"])
                found.append((method.upper(), path, operation["operationId"], scopes))
    return found


def told(answer: httpx.Response, *names: str) -> tuple[int, str]:
    """Status and text of an answer, without the name by which each was asked."""
    text = answer.text
    for name in names:
        text = text.replace(name, "…")
    return answer.status_code, text


async def test_a_stranger_is_nobody_on_every_path(call: Caller, world: World) -> None:
    """Known to another integration only, erased among those, or never there: one answer, 404, and no row about them."""
    asked = 0
    for role in ("webshop", "booking"):
        stranger = (await upsert(call, "s-1", OTHER[role], name="Stiina Stranger"))["id"]
        erased = (await upsert(call, "s-2", OTHER[role], name=f"{role}s Erased", phone=None))["id"]
        await erase(call, world, erased)
        for method, path, operation_id, scopes in concerning_people(world):
            if not scopes <= {str(scope) for scope in SCOPES[Role(role)]}:
                continue
            asked += 1
            bodies: list[Any] = list(bodies_of(operation_id).values()) or [None]
            answers = [
                told(await _ask(call, role, method, path, who, bodies[0]), who)
                for who in (stranger, erased, str(uuid4()))
            ]
            assert answers[0][0] == 404, (operation_id, answers[0])
            assert answers[0] == answers[1] == answers[2], (operation_id, answers)
    assert asked >= 14


async def _ask(call: Caller, role: str, method: str, path: str, who: str, body: Any) -> httpx.Response:
    values = {"customer_id": who, "system": OWN_SYSTEM.get(role, "webshop"), "purpose": "newsletter"}
    values |= {"hold_id": who, "proposal_id": who}
    whole = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "1"), path)
    answer: httpx.Response = await call(role, method, whole, body, If_Match="*")
    return answer


GIVEN = {
    "purpose": "newsletter", "channels": ["email"], "action": "given", "collected_via": "checkout",
    "wording": {"id": "newsletter", "version": 1, "language": "fi"}, "occurred_at": "2026-11-20T10:00:00Z",
}  # fmt: skip
WITHDRAWN = {**GIVEN, "action": "withdrawn", "collected_via": "unsubscribe_link", "wording": None}


def naming(who: dict[str, str], event: str) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The calls that name a person in their body."""
    event_id = {"event_id": event}
    withdrawn = {name: value for name, value in WITHDRAWN.items() if value is not None}
    disclosed = {"recipient": "mailchimp", "purpose": "newsletter", "categories": ["contact_details"]}
    return {
        "given": ("POST", "/v1/consents", {**GIVEN, **event_id, "customer": who}),
        "withdrawn": ("POST", "/v1/consents", {**withdrawn, **event_id, "customer": who}),
        "batch": ("POST", "/v1/consents/batch", {"items": [{**GIVEN, **event_id, "customer": who}]}),
        "invitation": (
            "POST",
            "/v1/consents/invitations",
            {**{n: GIVEN[n] for n in ("purpose", "channels", "wording")}, "customer": who},
        ),
        "check": ("POST", "/v1/processing-checks", {"purpose": "newsletter", "channel": "email", "subjects": [who]}),
        "search": (
            "POST",
            "/v1/customers/search",
            {"reference": who} if "system" in who else {"email": who.get("email")},
        ),
        "disclosure": ("POST", "/v1/disclosures", {**disclosed, "customer": who, "channel": "api"}),
        "disclosures": ("POST", "/v1/disclosures/batch", {**disclosed, "customers": [who], "channel": "file"}),
    }


@pytest.mark.parametrize("role", ["webshop", "booking"])
async def test_a_stranger_in_a_body_is_nobody(call: Caller, role: str) -> None:
    """Named by id, by another's reference or by address: the answer is the one for somebody who is not there."""
    made = await upsert(call, "s-1", OTHER[role], name="Stiina Stranger")
    ways = {
        "id": ({"id": made["id"]}, {"id": str(uuid4())}),
        "reference": ({"system": OTHER[role], "id": "s-1"}, {"system": OTHER[role], "id": "s-9"}),
        "email": ({"email": made["email"]}, {"email": "nemo@example.fi"}),
    }
    for by, (stranger, nobody) in ways.items():
        one, two = f"{by}-1", f"{by}-2"
        for (name, first), second in zip(naming(stranger, one).items(), naming(nobody, two).values(), strict=True):
            there = told(await call(role, *first), *stranger.values(), one)
            absent = told(await call(role, *second), *nobody.values(), two)
            assert without_ids(there) == without_ids(absent), (by, name)
            assert made["name"] not in there[1], (by, name)


async def test_an_erased_stranger_in_a_body_is_nobody(call: Caller, world: World) -> None:
    """That somebody was once there, and has been erased, is told to those who knew them only."""
    made = await upsert(call, "s-1", "booking", name="Stiina Stranger")
    await erase(call, world, made["id"])
    by_id = {"id": made["id"]}, {"id": str(uuid4())}
    by_reference = {"system": "booking", "id": "s-1"}, {"system": "booking", "id": "s-9"}
    for way, (erased, nobody) in enumerate((by_id, by_reference)):
        one, two = f"e-{way}1", f"e-{way}2"
        for (name, first), second in zip(naming(erased, one).items(), naming(nobody, two).values(), strict=True):
            there = told(await call("webshop", *first), *erased.values(), one)
            absent = told(await call("webshop", *second), *nobody.values(), two)
            assert without_ids(there) == without_ids(absent), (erased, name)


def without_ids(answer: tuple[int, str]) -> tuple[int, str]:
    """Ids of what was made differ from call to call."""
    return answer[0], re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "#", answer[1])


async def test_another_integrations_references_are_out_of_reach(call: Caller, world: World) -> None:
    """Writing under another's system, binding its reference, moving its order: refused whoever stands behind it."""
    await upsert(call, "s-1", "booking", name="Stiina Stranger")
    own = await upsert(call, "c-1")
    for reference in ("s-1", "s-9"):
        binding = {"system": "booking", "id": reference}
        for method, path, body in (
            ("PUT", f"/v1/customers/by-reference/booking/{reference}", person()),
            ("POST", "/v1/customers", person(references=[binding])),
            ("PATCH", f"/v1/customers/{own['id']}", {"references": [binding]}),
        ):
            answer = await call("webshop", method, path, body, If_Match="*")
            assert (answer.status_code, answer.json()["code"]) == (403, "system-not-owned"), (method, path)
    assert await world.rows("SELECT 1 FROM customer_references WHERE external_id = 's-9'") == []


async def test_lists_show_an_integration_its_own_people_only(call: Caller, world: World) -> None:
    """Search by every means and the feed of changes hold nobody of another integration's."""
    stranger = await upsert(call, "s-1", "booking", name="Stiina Stranger", phone="040 765 4321")
    await upsert(call, "c-1")
    await call(
        "admin", "PATCH", f"/v1/customers/{stranger['id']}", {"name": "Stiina Changed"}, expect=200, If_Match="*"
    )
    for query in ({"email": stranger["email"]}, {"name": "Stiina"}, {"phone": stranger["phone"]}):
        for role, found in (("webshop", []), ("booking", [stranger["id"]])):
            items = (await call(role, "POST", "/v1/customers/search", query, expect=200))["items"]
            assert [item["id"] for item in items] == found, (role, query)
    assert stranger["id"] not in str(await call("webshop", "GET", "/v1/changes", expect=200))


async def test_nobody_sets_what_is_not_theirs_to_set(call: Caller, world: World) -> None:
    """Members that the service keeps for itself are unknown in every input (API3): 422, and nothing changes."""
    made = await upsert(call)
    before = await world.rows("SELECT version FROM customers")
    own = {
        "id": str(uuid4()), "version": 9, "audit_key": "x", "erased_at": "2026-11-20T10:00:00Z", "created_at": None,
        "restricted": False, "suppressions": [], "email_hash": "x", "kind_of_client": "owner", "token_hash": "x",
    }  # fmt: skip
    for name, value in own.items():
        changed = {**person(), name: value}
        assert (await call("webshop", "PUT", "/v1/customers/by-reference/webshop/c-1", changed)).status_code == 422, (
            name
        )
        patch = await call("webshop", "PATCH", f"/v1/customers/{made['id']}", {name: value}, If_Match="*")
        assert patch.status_code == 422, name
        client = {"name": "x", "role": "mailer", name: value}
        assert (await call("owner", "POST", "/v1/api-clients", client)).status_code == 422, name
    assert await world.rows("SELECT version FROM customers") == before


def test_no_answer_has_room_for_what_is_kept_inside(app: Any) -> None:
    """No output schema of the document declares a hash, a key of the trail or anything sealed."""
    schemas = app.openapi()["components"]["schemas"]
    inside = re.compile(r"(_hash$|^audit_key$|^sealed$|^secret|cipher)")
    found = [
        f"{name}.{member}"
        for name, schema in schemas.items()
        for member in schema.get("properties", ())
        if inside.search(member)
    ]
    assert found == []


async def test_integrations_have_no_function_of_people(call: Caller) -> None:
    """Decisions, requests, clients, the definition, the trail (API5): 403 for everything under their paths."""
    for role, (method, path) in product(
        INTEGRATIONS,
        (
            ("GET", "/v1/subject-requests"),
            ("GET", "/v1/subject-requests/2026-00001"),
            ("POST", "/v1/subject-requests/2026-00001/decision"),
            ("POST", "/v1/api-clients"),
            ("PUT", "/v1/register"),
            ("GET", "/v1/audit-events"),
            ("GET", "/v1/customers/duplicates"),
        ),
    ):
        answer = await call(role, method, path, None if method == "GET" else {})
        assert answer.status_code == 403, (role, method, path)
