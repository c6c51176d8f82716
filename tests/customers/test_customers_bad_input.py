"""Hostile and broken input: a clear problem+json that repeats nothing, and nothing changed."""

import json
from typing import Any

import httpx
import pytest

from tests.customers.people import BY_REFERENCE, person, upsert
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio

PATH = f"{BY_REFERENCE}/webshop/c-1"
HEADERS = {"Authorization": f"Bearer {TOKENS['webshop']}", "Content-Type": "application/json"}
MARK = "zebra"
"""Part of every bad value, and of no answer."""
TEXTS: list[Any] = [
    f"{MARK}\0",
    f"{MARK}\u202e",
    f"{MARK}\u2066",
    f"{MARK}\u200b",
    f"{MARK}\ud800",
    f"{MARK}\n",
    f"a\n{MARK}",
    MARK * 2000,
    [MARK],
    {MARK: MARK},
    7,
    True,
]
INSTANTS: list[Any] = [
    "2026-11-20T10:00:00",
    "2026-11-20",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-02-30T10:00:00Z",
    MARK,
    1763632800,
    None,
]


async def _put(api: httpx.AsyncClient, body: str | bytes, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return await api.put(PATH, content=raw, headers={**HEADERS, **headers})


def _is_clear(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"]
    assert MARK not in answer.text


async def test_texts(api: httpx.AsyncClient, world: World) -> None:
    """NUL, overrides, lone surrogates, line breaks, 10 kB, other types: 422 in every text member."""
    for value in TEXTS:
        for member in ("name", "email", "phone", "language", "source"):
            if isinstance(value, str) and value.endswith("\n") and member != "source":
                continue  # surrounding white space is not an error
            _is_clear(await _put(api, json.dumps({**person(), member: value})), 422)
        address = {"street": value, "postal_code": "33200", "city": "Tampere"}
        if not (isinstance(value, str) and value.endswith("\n")):
            _is_clear(await _put(api, json.dumps(person(address=address))), 422)
    assert await world.rows("SELECT 1 FROM customers") == []
    assert await world.rows("SELECT 1 FROM audit_events") == []


async def test_instants(api: httpx.AsyncClient, world: World) -> None:
    """Zone-less, absurd, numeric or missing instants: 422."""
    for at in INSTANTS:
        _is_clear(await _put(api, json.dumps(person(interaction={"kind": "form", "occurred_at": at}))), 422)
    assert await world.rows("SELECT 1 FROM customers") == []


async def test_emails_and_phones(call: Caller) -> None:
    """What is no address is refused as such, without quoting it."""
    for email in (
        MARK,
        f"{MARK}@",
        f"@{MARK}.fi",
        f"{MARK} x@example.fi",
        f"Zebra <{MARK}@example.fi>",
        f"{MARK}@x..fi",
    ):
        problem = await call("webshop", "PUT", PATH, person(email=email), expect=422)
        assert MARK not in json.dumps(problem)
    for phone in ("1", "12 34", "+358", "040 123 4567 89 10 11 12", "+999 1234567"):
        await call("webshop", "PUT", PATH, person(phone=phone), expect=422)
    long = "\ufdfa" * 20 + "@example.fi"
    assert (await call("webshop", "PUT", PATH, person(email=long), expect=422))["errors"][0]["pointer"] == "#/email"


async def test_bodies(api: httpx.AsyncClient, world: World) -> None:
    """Half a document, other types, deep nesting, wrong encoding, nothing: 400 or 422."""
    deep = '{"name":' + "[" * 100_000 + "]" * 100_000 + "}"
    bodies: list[str | bytes] = [
        "",
        "{",
        "[]",
        "null",
        "7",
        f'"{MARK}"',
        "{}",
        deep,
        b'{"name": "\xff\xfe"}',
        '{"name": NaN}',
    ]
    for body in bodies:
        _is_clear(await _put(api, body), 400, 422)
    _is_clear(await _put(api, '{"name": 1' + "0" * 5000 + "}"), 400, 422)
    assert await world.rows("SELECT 1 FROM customers") == []


async def test_media_types(api: httpx.AsyncClient, world: World) -> None:
    """A form or a text is not taken for JSON."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        _is_clear(await _put(api, json.dumps(person()), **{"Content-Type": kind}), 415, 422)
    assert await world.rows("SELECT 1 FROM customers") == []


async def test_addresses_of_resources(call: Caller) -> None:
    """Ids, systems and references of impossible form find nothing and break nothing."""
    made = await upsert(call)
    for path in ("/v1/customers/x", f"/v1/customers/{made['id']}x", "/v1/customers/%00"):
        assert (await call("webshop", "GET", path)).status_code in {404, 422}
    for place in ("webshop/%00", "webshop/%F0%9F%A6%93", "WEBSHOP/c-1", f"webshop/{'x' * 101}", "webshop/-c"):
        assert (await call("webshop", "PUT", f"{BY_REFERENCE}/{place}", person())).status_code in {404, 422}


async def test_searches(call: Caller) -> None:
    """NUL and the like in a search are refused before the database sees them."""
    for query in ({"email": f"{MARK}\0@x.fi"}, {"name": f"{MARK}\0"}, {"phone": "\0"}, {"email": "x" * 300}):
        await call("admin", "POST", "/v1/customers/search", query, expect=422)
